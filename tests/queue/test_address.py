"""The queue opens by what its operator chose: a token, a name and a password, or a .creds file."""

import asyncio
import base64
import json
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

import nkeys
import pytest

from tests.fleet.nats import TOKEN, Nats
from tilewright.contract import QueueUnavailable
from tilewright.queue import Address, read_address, tell_cancelled

CREDS = """\
-----BEGIN NATS USER JWT-----
{token}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
{seed}
------END USER NKEY SEED------
"""


def opens(address: Address) -> bool:
    return asyncio.run(tell_cancelled(address, "a-job"))


def test_a_token_opens_the_queue_and_another_does_not(tmp_path: Path) -> None:
    with Nats(tmp_path / "nats") as nats:
        assert opens(Address(nats.url, TOKEN))
        assert not opens(Address(nats.url, "another"))


def test_a_name_and_a_password_in_the_url_open_the_queue(tmp_path: Path) -> None:
    with Nats(tmp_path / "nats", lock='authorization { user: ann, password: "pass" }') as nats:
        assert opens(Address(nats.url.replace("//", "//ann:pass@")))
        assert not opens(Address(nats.url.replace("//", "//ann:wrong@")))


def test_a_creds_file_opens_a_queue_that_knows_signed_users_only(tmp_path: Path) -> None:
    operator, account, user = (Key(kind) for kind in ("OPERATOR", "ACCOUNT", "USER"))
    limits = dict.fromkeys(("subs", "conn", "leaf", "imports", "exports", "data", "payload"), -1)
    signed = operator.signs(account, limits=limits)
    lock = (
        f"operator: {operator.signs(operator)}\n"
        f"resolver: MEMORY\nresolver_preload {{ {account.name}: {signed} }}"
    )
    creds = tmp_path / "worker.creds"
    creds.write_text(CREDS.format(token=account.signs(user, subs=-1, data=-1), seed=user.seed))
    with Nats(tmp_path / "nats", lock=lock, jetstream=False) as nats:
        assert opens(Address(nats.url, credentials=str(creds)))
        assert not opens(Address(nats.url))


def test_nothing_is_said_to_a_server_that_does_not_encrypt_where_it_should() -> None:
    heard: list[bytes] = []

    def plain(greeted: socket.socket) -> None:
        with greeted.accept()[0] as line:
            line.sendall(b'INFO {"server_id":"S","version":"2.11.0","max_payload":1048576}\r\n')
            while said := line.recv(4096):
                heard.append(said)

    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = threading.Thread(target=plain, args=[server])
        listening.start()
        assert not opens(Address(f"tls://127.0.0.1:{server.getsockname()[1]}", TOKEN))
        listening.join()
    assert heard == []


def test_a_queue_that_cannot_even_be_dialed_is_not_told(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")
    assert not opens(Address("nats://127.0.0.1:4222", credentials=gone))
    assert not opens(Address("tls://127.0.0.1:4222", authority=gone))


@pytest.mark.parametrize("url", ["nats://127.0.0.1:port", "nats://127.0.0.1", 7, None])
def test_an_address_that_was_garbled_is_no_address(tmp_path: Path, url: object) -> None:
    (tmp_path / "nats.json").write_text(json.dumps({"url": url, "token": None}))
    with pytest.raises(QueueUnavailable, match="does not hold the address of a queue"):
        read_address(tmp_path / "nats.json")


class Key:
    """An nkey that signs others, as an operator's tools make them."""

    def __init__(self, kind: str) -> None:
        self._kind = kind.lower()
        prefix = getattr(nkeys, f"PREFIX_BYTE_{kind}")
        self.seed = nkeys.encode_seed(bytes([prefix]) * 32, prefix).decode()
        self._pair = nkeys.from_seed(bytearray(self.seed.encode()))
        self.name = self._pair.public_key.decode()

    def signs(self, other: "Key", **rights: object) -> str:
        claims = {
            "jti": "none",
            "iat": 1,
            "iss": self.name,
            "sub": other.name,
            "name": other._kind,
            "nats": {"type": other._kind, "version": 2, **rights},
        }
        said = ".".join(_coded(part) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims))
        return f"{said}.{_base64(self._pair.sign(said.encode()))}"


def _coded(part: Mapping[str, object]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
