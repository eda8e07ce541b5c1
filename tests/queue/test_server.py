"""The queue server starts, comes back when killed, and never outlives its parent."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from shutil import rmtree

import nats.errors
import pytest
from nats.aio.client import Client

from tests.queue.street import PATIENCE, until
from tilewright.contract import QueueUnavailable
from tilewright.queue import Address, QueueServer, program, read_address
from tilewright.queue.orphan import command_line


def runs(pid: int) -> bool:
    return bool(command_line(pid))


async def answers(address: Address) -> bool:
    """Whether a client with the token is let in, at the first knock."""

    async def ignore(error: Exception) -> None:
        """It is raised too."""

    client = Client()
    try:
        await client.connect(
            address.url,
            token=address.token,
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=ignore,
        )
    except (nats.errors.Error, OSError):
        return False
    finally:
        await client.close()
    return True


def test_it_answers_with_its_token_as_soon_as_it_has_started(tmp_path: Path) -> None:
    with QueueServer(tmp_path) as address:
        assert read_address(tmp_path / "nats.json") == address
        assert address.url.startswith("nats://127.0.0.1:")
        assert asyncio.run(answers(address))
        for file in ("nats.json", "nats/nats.conf", "nats/nats.pid"):
            assert (tmp_path / file).stat().st_mode & 0o777 == 0o600


def test_it_chooses_its_port_by_itself_and_keeps_it(tmp_path: Path) -> None:
    """One that was chosen for it could be somebody else's by the time it listens."""
    config = tmp_path / "nats" / "nats.conf"
    server = QueueServer(tmp_path)
    address = server.start()
    try:
        assert 'listen: "127.0.0.1:-1"' in config.read_text()
        first = server.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        asyncio.run(until(lambda: server.pid not in (first, None)))
        port = int(address.url.rpartition(":")[2])
        assert f'listen: "127.0.0.1:{port}"' in config.read_text()
    finally:
        server.close()


def test_a_wrong_token_is_refused(tmp_path: Path) -> None:
    with QueueServer(tmp_path) as address:
        assert not asyncio.run(answers(address._replace(token="wrong")))
        assert not asyncio.run(answers(address._replace(token=None)))


def test_the_next_start_takes_the_same_address(tmp_path: Path) -> None:
    with QueueServer(tmp_path) as first:
        pass
    with QueueServer(tmp_path) as second:
        assert first == second


def test_a_port_that_was_taken_meanwhile_changes_the_token_too(tmp_path: Path) -> None:
    with QueueServer(tmp_path) as first:
        pass
    port = int(first.url.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)), QueueServer(tmp_path) as second:
        assert asyncio.run(answers(second))

    assert first.url != second.url
    assert first.token != second.token


def test_it_ends_with_its_close_and_leaves_nothing_running(tmp_path: Path) -> None:
    server = QueueServer(tmp_path)
    server.start()
    pid = server.pid
    assert pid is not None

    server.close()
    server.close()

    assert not runs(pid)
    assert server.pid is None
    assert not (tmp_path / "nats" / "nats.pid").exists()


def test_a_child_that_cannot_be_started_again_is_as_soon_as_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "nats"

    async def spoil(server: QueueServer, first: int) -> None:
        """Let a file stand where its folder was, as a full disk would, until it was missed."""
        await asyncio.to_thread(rmtree, folder)
        folder.touch()
        os.kill(first, signal.SIGKILL)
        await until(lambda: "started again: [Errno" in caplog.text)
        folder.unlink()
        async with asyncio.timeout(PATIENCE):
            while not await answers(address):
                await asyncio.sleep(0.01)

    server = QueueServer(tmp_path)
    address = server.start()
    try:
        assert server.pid is not None
        asyncio.run(spoil(server, server.pid))
    finally:
        server.close()


def test_a_first_start_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "nats" / "nats.conf").mkdir(parents=True)
    with pytest.raises(QueueUnavailable, match=r"last words: .*nats\.conf"):
        QueueServer(tmp_path).start()


def test_a_killed_child_is_back_on_the_same_port(tmp_path: Path) -> None:
    async def kill() -> None:
        server = QueueServer(tmp_path)
        address = server.start()
        try:
            for _ in range(3):
                pid = server.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
                async with asyncio.timeout(PATIENCE):
                    while server.pid == pid or not await answers(address):
                        await asyncio.sleep(0.01)
        finally:
            server.close()

    asyncio.run(kill())


PARENT = """
import sys, time
from pathlib import Path
from tilewright.queue import QueueServer
server = QueueServer(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


def parent(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_child_dies_with_its_parent_however_that_dies(tmp_path: Path) -> None:
    with parent(tmp_path) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert runs(child)
        process.kill()
        process.wait()

    asyncio.run(until(lambda: not runs(child)))


def test_an_orphan_of_a_killed_run_is_ended(tmp_path: Path) -> None:
    with QueueServer(tmp_path):
        pass
    words = [program.find_program(), "-c", str((tmp_path / "nats" / "nats.conf").resolve())]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as orphan:
        assert orphan.stderr is not None
        assert any("Server is ready" in line for line in orphan.stderr)
        (tmp_path / "nats" / "nats.pid").write_text(str(orphan.pid))

        with QueueServer(tmp_path) as address:
            assert orphan.wait(30) == -signal.SIGKILL
            assert asyncio.run(answers(address))


@pytest.mark.parametrize("pid", ["ours", "1", "999999999", "", "x", "-1"])
def test_nobody_elses_process_is_touched(pid: str, tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    (tmp_path / "nats" / "nats.pid").write_text(str(os.getpid()) if pid == "ours" else pid)

    with QueueServer(tmp_path) as address:
        assert asyncio.run(answers(address))


def test_a_missing_program_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "NAME", "no-such-server")

    with pytest.raises(QueueUnavailable, match=r"pip install 'tilewright\[server\]'"):
        QueueServer(tmp_path).start()


def test_a_server_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    (tmp_path / "nats" / "jetstream").write_text("in the way")

    with pytest.raises(QueueUnavailable, match="not a directory"):
        QueueServer(tmp_path).start()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 1}', "\x00"])
def test_an_address_file_that_is_none_is_refused_and_written_anew(
    text: str, tmp_path: Path
) -> None:
    (tmp_path / "nats.json").write_text(text)
    with pytest.raises(QueueUnavailable, match="tilewright serve"):
        read_address(tmp_path / "nats.json")

    with QueueServer(tmp_path) as address:
        assert read_address(tmp_path / "nats.json") == address


def test_a_folder_without_a_queue_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(QueueUnavailable, match="start `tilewright serve`"):
        read_address(tmp_path / "nats.json")
