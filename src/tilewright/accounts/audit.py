"""Adds the ledger up anew and says whatever does not fit."""

from sqlalchemy import Connection, func, select

from tilewright.database.tables import accounts, jobs, ledger


def differences(tx: Connection) -> list[str]:
    """One sentence for each thing that is wrong with anybody's credits; none if all is exact."""
    return [*_balances(tx), *_settlements(tx)]


def _balances(tx: Connection) -> list[str]:
    total = func.coalesce(func.sum(ledger.c.micros), 0)
    rows = tx.execute(
        select(accounts.c.name, accounts.c.balance_micros, total)
        .join_from(accounts, ledger, ledger.c.account_id == accounts.c.id, isouter=True)
        .group_by(accounts.c.id)
    )
    return [
        f"account {name} holds {held} micros, but its ledger adds up to {added}"
        for name, held, added in rows
        if held != added or held < 0
    ]


def _settlements(tx: Connection) -> list[str]:
    """A job that runs is held and not settled, one that ended is both, with the right sum."""
    booked: dict[str, dict[str, int]] = {}
    for job_id, kind, micros in tx.execute(
        select(ledger.c.job_id, ledger.c.kind, ledger.c.micros).where(ledger.c.kind != "grant")
    ):
        booked.setdefault(job_id, {})[kind] = micros
    there = tx.execute(select(jobs.c.id, jobs.c.state, jobs.c.cost_micros)).all()
    gone = [(job_id, "", -kinds.get("hold", 0)) for job_id, kinds in booked.items()]
    known = {row.id for row in there}
    cases = [tuple(row) for row in there] + [case for case in gone if case[0] not in known]
    return [
        f"job {job_id} ({state or 'deleted'}, {cost} micros) has {booked.get(job_id, {})}"
        for job_id, state, cost in cases
        if booked.get(job_id, {}) not in _right(state, cost)
    ]


def _right(state: str, cost: int) -> list[dict[str, int]]:
    held = {"hold": -cost}
    charged, released = {**held, "charge": 0}, {**held, "release": cost}
    right = {"COMPLETED": [charged], "FAILED": [released], "": [charged, released]}
    return right.get(state, [held])
