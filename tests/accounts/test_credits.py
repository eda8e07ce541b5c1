"""Every cent has its row, and nobody spends one that is not there."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError

from tilewright.accounts import (
    balance,
    charge,
    create_account,
    differences,
    grant,
    hold,
    release,
    statement,
    to_dollars,
    to_micros,
)
from tilewright.contract import IdempotencyConflict, InvalidRequest, NotEnoughCredits, NotFound
from tilewright.database import reading, writing
from tilewright.database.tables import accounts, ledger

NOW = 1_800_000_000.0


def rich(database: Engine, dollars: str) -> str:
    with writing(database) as tx:
        account = create_account(tx, "ann", NOW)
        grant(tx, account, Decimal(dollars), "welcome", NOW)
    return account


def test_what_is_held_comes_back_or_stays_away(database: Engine) -> None:
    account = rich(database, "1.50")

    with writing(database) as tx:
        hold(tx, account, {"kept": 400_000}, NOW)
        hold(tx, account, {"returned": 100_001}, NOW)
        assert balance(tx, account) == Decimal("0.999999")
        charge(tx, account, "kept", NOW)
        release(tx, account, "returned", 100_001, NOW)

        assert balance(tx, account) == Decimal("1.10")
        assert differences(tx) == []
        assert [(entry.kind, entry.dollars) for entry in statement(tx, account, 3)] == [
            ("release", Decimal("0.100001")),
            ("charge", Decimal(0)),
            ("hold", Decimal("-0.100001")),
        ]
        assert [entry.note for entry in statement(tx, account, 9)][-1] == "welcome"


def test_a_grant_that_comes_again_is_given_once(database: Engine) -> None:
    account = rich(database, "1")
    together = Barrier(4)

    def give(_: int) -> None:
        together.wait()
        with writing(database) as tx:
            grant(tx, account, Decimal("5"), "invoice 7", NOW, "seven")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(give, range(4)))

    with writing(database) as tx:
        assert balance(tx, account) == 6
        assert differences(tx) == []
        assert {entry.job_id for entry in statement(tx, account, 9)} == {None}
        bob = create_account(tx, "bob", NOW)
    for who, dollars in ((account, "4"), (bob, "5")):
        with pytest.raises(IdempotencyConflict), writing(database) as tx:
            grant(tx, who, Decimal(dollars), "invoice 7", NOW, "seven")
    with pytest.raises(InvalidRequest), writing(database) as tx:
        grant(tx, bob, Decimal(-1), "too much", NOW, "eight")
    with writing(database) as tx:  # what was refused has not used up its word
        grant(tx, bob, Decimal(1), "invoice 8", NOW, "eight")
        assert balance(tx, bob) == 1


def test_holds_from_many_threads_never_overdraw(database: Engine) -> None:
    account = rich(database, "1")
    together = Barrier(16)

    def spend(number: int) -> int:
        together.wait()
        held = 0
        for turn in range(3):
            try:
                with writing(database) as tx:
                    hold(tx, account, {f"{number}.{turn}": 70_000}, NOW)
                held += 1
            except NotEnoughCredits:
                pass
        return held

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(spend, range(16))) == 14

    with reading(database) as tx:
        assert balance(tx, account) == Decimal("0.02")


def test_the_last_cent_can_be_spent(database: Engine) -> None:
    account = rich(database, "0.03")

    with writing(database) as tx:
        hold(tx, account, {"job": 30_000}, NOW)
        with pytest.raises(NotEnoughCredits, match=r"costs 0\.000001 dollars .* holds 0\.00;"):
            hold(tx, account, {"another": 1}, NOW)


@pytest.mark.parametrize("kind", ["hold", "release"])
def test_nothing_is_taken_or_given_twice(database: Engine, kind: str) -> None:
    account = rich(database, "1")
    twice = {
        "hold": lambda tx: hold(tx, account, {"job": 30_000}, NOW),
        "release": lambda tx: release(tx, account, "job", 30_000, NOW),
    }
    with writing(database) as tx:
        hold(tx, account, {"job": 30_000}, NOW)
        release(tx, account, "job", 30_000, NOW)

    with pytest.raises(IntegrityError), writing(database) as tx:
        twice[kind](tx)

    with reading(database) as tx:
        assert balance(tx, account) == 1


@pytest.mark.parametrize(
    ("dollars", "sentence"),
    [
        ("0", "more than 0"),
        ("-1", "so that 1 cannot be taken back"),
        ("1." + 40 * "0" + "1", "at most 6 decimal places"),
        ("NaN", "must be a number"),
        ("Infinity", "must be a number"),
        ("1e30", "at most 1000000000 dollars"),
    ],
)
def test_a_strange_amount_is_refused(database: Engine, dollars: str, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        rich(database, dollars)


def test_what_was_given_too_much_is_taken_back_and_what_is_held_is_not(database: Engine) -> None:
    account = rich(database, "100")

    with writing(database) as tx:
        hold(tx, account, {"running": 4_000_000}, NOW)
        grant(tx, account, Decimal(-90), "meant 10", NOW)
        with pytest.raises(InvalidRequest, match="so that 7 cannot be taken back"):
            grant(tx, account, Decimal(-7), "", NOW)

        charge(tx, account, "running", NOW)
        assert balance(tx, account) == Decimal(6)
        assert differences(tx) == []


def test_an_account_that_is_not_there_has_no_balance(database: Engine) -> None:
    with reading(database) as tx, pytest.raises(NotFound):
        balance(tx, "nobody")
    with writing(database) as tx, pytest.raises(NotFound):
        grant(tx, "nobody", Decimal(1), "", NOW)


@pytest.mark.parametrize("dollars", ["0", "0.03", "0.000001", "999999999.999999", "-2.5"])
def test_dollars_are_exact(dollars: str) -> None:
    assert to_dollars(to_micros(Decimal(dollars))) == Decimal(dollars)


def test_the_audit_sees_what_is_wrong(database: Engine) -> None:
    account = rich(database, "1")
    with writing(database) as tx:
        tx.execute(update(accounts).values(balance_micros=5))
        row = {"account_id": account, "note": "", "at": NOW, "job_id": "lost"}
        tx.execute(insert(ledger), {**row, "kind": "charge", "micros": 0})

        wrong = differences(tx)

    assert wrong == [
        "account ann holds 5 micros, but its ledger adds up to 1000000",
        "job lost (deleted, 0 micros) has {'charge': 0}",
    ]
