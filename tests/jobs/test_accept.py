"""What is accepted is one job and one hold; what is refused leaves nothing."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from tests.jobs.people import (
    COST,
    NOW,
    accepted,
    now_of,
    purse,
    somebody,
    started,
    submitted,
    tile,
    wish,
)
from tilewright.accounts import Caller
from tilewright.contract import (
    IdempotencyConflict,
    NotEnoughCredits,
    NotFound,
    TilewrightError,
    TooManyAtOnce,
)
from tilewright.database import reading, writing
from tilewright.database.tables import jobs
from tilewright.jobs import (
    Accepted,
    Job,
    Submission,
    Upload,
    accepting,
    cancel,
    finish,
    keep_upload,
    refuse,
)
from tilewright.jobs.job import RETENTION_SECONDS


def rows(database: Engine) -> int:
    with reading(database) as tx:
        return tx.scalars(select(func.count()).select_from(jobs)).one()


def test_the_record_is_the_row_column_by_column() -> None:
    assert Job._fields == tuple(column.name for column in jobs.c)
    assert Upload._fields == tuple(column.name for column in jobs.metadata.tables["uploads"].c)


def test_an_accepted_job_waits_and_its_cost_is_held(database: Engine) -> None:
    caller = somebody(database)

    job = accepted(database, caller, request={"prompt": "Ziegel"}, seed=7, options={"base64": True})

    assert now_of(database, job) == job
    assert (job.state, job.seed, job.cost) == ("QUEUED", 7, COST)
    assert (job.request, job.options) == ({"prompt": "Ziegel"}, {"base64": True})
    assert purse(database, caller) == Decimal(1) - COST


def test_who_cannot_pay_gets_no_job(database: Engine) -> None:
    caller = somebody(database, dollars="0.02")

    with pytest.raises(NotEnoughCredits) as refusal:
        accepted(database, caller)

    assert (refusal.value.cost, refusal.value.balance) == (COST, Decimal("0.02"))
    assert rows(database) == 0
    assert purse(database, caller) == Decimal("0.02")


def test_the_same_key_and_body_are_the_same_job(database: Engine) -> None:
    caller = somebody(database)
    first = accepted(database, caller, idempotency_key="once")

    again = submitted(database, caller, NOW + 1, idempotency_key="once")

    assert again == Accepted(first, new=False)
    assert purse(database, caller) == Decimal(1) - COST


def test_the_same_key_with_another_body_is_refused(database: Engine) -> None:
    caller = somebody(database)
    first = accepted(database, caller, idempotency_key="once")

    with pytest.raises(IdempotencyConflict, match=first.id):
        accepted(database, caller, idempotency_key="once", body_hash="another")


def test_the_keys_of_two_accounts_have_nothing_to_do_with_each_other(database: Engine) -> None:
    ann, bob = somebody(database), somebody(database, name="bob")

    ids = {accepted(database, who, idempotency_key="once").id for who in (ann, bob)}

    assert len(ids) == 2


def test_a_key_is_free_again_when_its_job_has_expired(database: Engine) -> None:
    caller = somebody(database)
    first = started(database, caller, idempotency_key="once")
    with writing(database) as tx:
        finish(tx, first.id, first.attempt, tile(first), NOW)

    late = accepted(database, caller, NOW + RETENTION_SECONDS, idempotency_key="once")

    assert late.id != first.id


def test_the_same_key_from_many_threads_is_one_job_and_one_hold(database: Engine) -> None:
    caller = somebody(database)
    together = Barrier(10)

    def send(_: int) -> Accepted:
        together.wait()
        return submitted(database, caller, idempotency_key="once")

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(send, range(10)))

    assert len({answer.job.id for answer in answers}) == 1
    assert [answer.new for answer in answers].count(True) == 1
    assert rows(database) == 1
    assert purse(database, caller) == Decimal(1) - COST


def send_many(database: Engine, caller: Caller, number: int) -> list[str]:
    """What came of submits of one account that several doors take at once: ids, codes of errors."""
    together = Barrier(number)

    def send(_: int) -> str:
        together.wait()
        try:
            return submitted(database, caller).job.id
        except TilewrightError as error:
            return error.code

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(send, range(number)))


def test_many_at_once_never_overdraw(database: Engine) -> None:
    caller = somebody(database, dollars="0.10")

    answers = send_many(database, caller, 12)

    assert answers.count("not_enough_credits") == 9
    assert rows(database) == 3
    assert purse(database, caller) == Decimal("0.01")


def test_many_at_once_do_not_slip_past_the_number_of_jobs(database: Engine) -> None:
    caller = somebody(database, at_once=3)

    answers = send_many(database, caller, 12)

    assert answers.count("too_many_at_once") == 9
    assert rows(database) == 3
    assert purse(database, caller) == Decimal(1) - 3 * COST


def test_a_place_is_free_when_a_job_ends(database: Engine) -> None:
    caller = somebody(database, at_once=1)
    job = accepted(database, caller)
    with pytest.raises(TooManyAtOnce, match="may have 1 jobs"):
        accepted(database, caller)

    with writing(database) as tx:
        cancel(tx, None, job.id, NOW)

    assert accepted(database, caller).state == "QUEUED"


def photo(account_id: str, expires_at: float) -> Upload:
    return Upload("u1", account_id, "uploads/u1", "image/png", 9, NOW, expires_at)


def test_an_upload_that_has_expired_cannot_be_used(database: Engine) -> None:
    caller = somebody(database)
    with writing(database) as tx:
        keep_upload(tx, photo(caller.account_id, NOW + 60))

    used = {"inputs": {"image_1": "uploads/u1"}, "uploads": ("u1",)}
    assert accepted(database, caller, NOW + 59, **used).inputs == {"image_1": "uploads/u1"}
    with pytest.raises(NotFound, match="upload u1 not found"):
        accepted(database, caller, NOW + 60, **used)
    assert rows(database) == 1
    assert purse(database, caller) == Decimal(1) - COST


def test_an_upload_of_somebody_else_cannot_be_used(database: Engine) -> None:
    owner, thief = somebody(database), somebody(database, name="bob")
    with writing(database) as tx:
        keep_upload(tx, photo(owner.account_id, NOW + 60))

    with pytest.raises(NotFound):
        accepted(database, thief, inputs={"image_1": "uploads/u1"}, uploads=("u1",))


def together(database: Engine, caller: Caller, *wishes: Submission) -> list[Job | TilewrightError]:
    """What comes of submissions that share a transaction, one after the other."""
    found: list[Job | TilewrightError] = []
    with writing(database) as tx, accepting(tx, caller.account_id) as acceptance:
        for number, one in enumerate(wishes):
            try:
                found.append(acceptance.accept(caller, one, NOW + number).job)
            except TilewrightError as refusal:
                found.append(refusal)
    return found


def test_those_that_share_a_transaction_are_each_as_if_alone(database: Engine) -> None:
    caller = somebody(database, dollars="0.10")
    key = {"idempotency_key": "one"}

    found = together(
        database,
        caller,
        wish(inputs={"image_1": "a"}),
        wish(**key, inputs={"image_1": "b"}),
        wish(**key, inputs={"image_1": "c"}),
        wish(**key, body_hash="another"),
        wish(engine="qwen"),
        wish(),
    )

    first, keyed, again, other, painted, last = found
    assert again == keyed
    assert isinstance(other, IdempotencyConflict)
    assert isinstance(last, NotEnoughCredits)
    for job in (first, keyed, painted):
        assert isinstance(job, Job)
        assert now_of(database, job) == job
    assert [job.turn for job in (first, keyed, painted) if isinstance(job, Job)] == [0, 1, 0]
    assert rows(database) == 3
    assert purse(database, caller) == Decimal("0.01")


def test_those_that_share_a_transaction_do_not_slip_past_the_number_of_jobs(
    database: Engine,
) -> None:
    caller = somebody(database, at_once=3)
    accepted(database, caller)

    found = together(database, caller, wish(), wish(), wish())

    assert [type(one) for one in found] == [Job, Job, TooManyAtOnce]
    assert rows(database) == 3


def test_what_a_refused_job_gives_back_is_there_for_the_next(database: Engine) -> None:
    caller = somebody(database, dollars=str(COST), at_once=1)

    with writing(database) as tx, accepting(tx, caller.account_id) as acceptance:
        bad = acceptance.accept(caller, wish(), NOW).job
        acceptance.write()
        assert refuse(tx, bad.id, "a bad word", NOW).state == "FAILED"
        good = acceptance.accept(caller, wish(), NOW).job

    assert now_of(database, good).state == "QUEUED"
    assert purse(database, caller) == 0
