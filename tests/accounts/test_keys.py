"""A key opens its account while it is good, and nothing that is kept gives it away."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from tilewright.accounts import (
    Caller,
    Key,
    authenticate,
    create_account,
    create_key,
    find_account,
    list_keys,
    revoke,
    touch,
    webhook_secret,
)
from tilewright.contract import Forbidden, InvalidRequest, NotFound, Unauthorized
from tilewright.database import open_database, reading, writing
from tilewright.database.tables import accounts

NOW = 1_800_000_000.0


def made(database: Engine, expires_at: float | None = None, **limits: Any) -> tuple[Key, str]:
    with writing(database) as tx:
        account = create_account(tx, "ann", NOW)
        return create_key(tx, account, "laptop", NOW, expires_at, **limits)


def test_a_key_tells_who_asks_and_what_they_may(database: Engine) -> None:
    key, secret = made(database, per_minute=60, at_once=3)

    with reading(database) as tx:
        assert authenticate(tx, secret, NOW) == Caller(
            key.account_id, key.id, 60, 3, credits=Decimal(0)
        )
        assert list_keys(tx) == [key]
    assert secret.startswith("tw_")
    assert key.start == secret[:8]


@pytest.mark.parametrize("secret", ["", "tw_", "tw_guess", "ключ", "half \ud83e", "nul \0"])
def test_an_unknown_key_opens_nothing(database: Engine, secret: str) -> None:
    made(database)

    with reading(database) as tx, pytest.raises(Unauthorized, match="not known"):
        authenticate(tx, secret, NOW)


def test_a_revoked_key_opens_nothing(database: Engine) -> None:
    key, secret = made(database)

    with writing(database) as tx:
        assert revoke(tx, key.id, NOW)
        assert not revoke(tx, key.id, NOW + 1)
        assert not revoke(tx, "unknown", NOW)
        with pytest.raises(Unauthorized, match="revoked"):
            authenticate(tx, secret, NOW)
        assert list_keys(tx, key.account_id) == [key._replace(revoked_at=NOW)]


def test_a_key_opens_until_it_expires(database: Engine) -> None:
    _, secret = made(database, expires_at=NOW + 60)

    with reading(database) as tx:
        authenticate(tx, secret, NOW + 59)
        with pytest.raises(Unauthorized, match="expired"):
            authenticate(tx, secret, NOW + 60)


def test_a_disabled_account_is_closed(database: Engine) -> None:
    _, secret = made(database)

    with writing(database) as tx:
        tx.execute(update(accounts).values(disabled=True))
        with pytest.raises(Forbidden, match="operator"):
            authenticate(tx, secret, NOW)


def test_an_account_is_made_once(database: Engine) -> None:
    with writing(database) as tx:
        first = create_account(tx, "ann", NOW)
        assert create_account(tx, "ann", NOW + 1) == first == find_account(tx, "ann")
        assert create_account(tx, "bob", NOW) != first
        assert webhook_secret(tx, first).startswith("whsec_")
        with pytest.raises(NotFound, match="account eve"):
            find_account(tx, "eve")
        with pytest.raises(InvalidRequest, match="account: must not be empty"):
            create_account(tx, " ", NOW)


def test_limits_are_at_least_one(database: Engine) -> None:
    with pytest.raises(InvalidRequest, match="at_once: must be at least 1, not 0"):
        made(database, at_once=0)


def test_when_a_key_was_used_is_noted_once_a_minute(database: Engine) -> None:
    _, secret = made(database)

    seen = []
    for later in (0, 59, 61):
        with writing(database) as tx:
            touch(tx, authenticate(tx, secret, NOW + later), NOW + later)
            seen.append(list_keys(tx)[0].last_used_at)

    assert seen == [NOW, NOW, NOW + 61]


def test_requests_that_come_together_note_it_once(database: Engine) -> None:
    _, secret = made(database)
    with writing(database) as tx:
        both = [authenticate(tx, secret, NOW) for _ in range(2)]

    for later, caller in enumerate(both):
        with writing(database) as tx:
            touch(tx, caller, NOW + later)

    with writing(database) as tx:
        assert list_keys(tx)[0].last_used_at == NOW


def test_the_secret_is_nowhere_in_the_file(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'tilewright.db'}")
    key, secret = made(engine)
    engine.dispose()

    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert key.id.encode() in kept
    assert secret.encode() not in kept
