"""What was accepted is carried, whatever is killed or deleted on the way."""

import asyncio
import logging
import os
import shutil
import signal
from functools import partial
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js.errors import NotFoundError

from tests.queue.keeper import ENGINE, MemoryKeeper
from tests.queue.street import PATIENCE, Street, street, until
from tilewright.contract import QueueUnavailable
from tilewright.engine.choose import ENGINES
from tilewright.queue import Address, Carrier, Puller, QueueServer, read_address
from tilewright.queue.loop import new_loop
from tilewright.queue.subjects import STREAM
from tilewright.queue.tasks import end


def kill_queue(there: Street) -> None:
    pid = there.server.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def ran_once(there: Street) -> bool:
    """Whether each job was granted once and has one whole run in its diary."""
    return all(
        (row.attempt, row.refused, there.diary(row.job)[1:]) == (1, [], ["tick", "end"])
        for row in there.keeper.rows.values()
    )


def test_jobs_survive_a_queue_that_is_killed_under_load(tmp_path: Path) -> None:
    async def kill() -> None:
        async with street(tmp_path, lease=2) as there, there.hire(lease=2), there.hire(lease=2):
            for number in range(150):
                there.accept(f"job{number} pause=0.005")
                await asyncio.sleep(0)
            for share in (20, 50, 80, 110):
                await until(partial(done, there, share))
                kill_queue(there)
            await there.all_end()

            assert ran_once(there)

    with asyncio.Runner(loop_factory=new_loop) as runner:  # the loop that a real door has
        runner.run(kill())


def test_a_worker_that_finds_no_queue_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    async def look() -> None:
        nobody = Address("nats://127.0.0.1:9")
        puller = Puller(lambda: nobody, "a worker", ENGINE, lambda job: None)
        puller.open()
        await until(lambda: "start `tilewright serve` on the same" in caplog.text)
        await puller.close()

    asyncio.run(look())


def done(there: Street, share: int) -> bool:
    return sum(row.state == "COMPLETED" for row in there.keeper.rows.values()) >= share


def test_a_store_deleted_while_the_queue_was_down_loses_nothing(tmp_path: Path) -> None:
    async def delete() -> None:
        async with street(tmp_path) as there:
            for number in range(100):
                there.accept(f"job{number}")
            await held(there, at_least=50)
            shutil.rmtree(tmp_path / "nats")
            kill_queue(there)
            async with there.hire():
                await there.all_end()

            assert ran_once(there)

    asyncio.run(delete())


def test_a_store_deleted_under_a_running_queue_loses_nothing(tmp_path: Path) -> None:
    async def delete() -> None:
        async with street(tmp_path) as there:
            for number in range(50):
                there.accept(f"job{number}")
            await held(there, at_least=50)
            shutil.rmtree(tmp_path / "nats" / "jetstream")
            for number in range(50, 100):
                there.accept(f"job{number}")
            async with there.hire():
                await there.all_end()

            assert ran_once(there)

    asyncio.run(delete())


@pytest.mark.parametrize("what", ["stream", "consumer", "messages"])
def test_what_is_deleted_from_the_queue_is_made_again(what: str, tmp_path: Path) -> None:
    async def delete() -> None:
        async with street(tmp_path) as there, there.hire():
            there.accept("first")
            await there.all_end()
            there.accept("busy ticks=30000 pause=0.01")
            await until(lambda: there.ticks("busy") > 0)
            for number in range(20):
                there.accept(f"job{number}")
            await held(there, at_least=20)
            async with there.spy() as client:
                jobs = client.jetstream()
                if what == "stream":
                    await jobs.delete_stream(STREAM)
                elif what == "consumer":
                    await jobs.delete_consumer(STREAM, ENGINE)
                else:
                    await jobs.purge_stream(STREAM)
            there.keeper.cancel("busy")
            there.carrier.cancelled("busy")
            await there.all_end()

            assert all(row.attempt == 1 for row in there.keeper.rows.values())

    asyncio.run(delete())


async def held(there: Street, at_least: int) -> None:
    """Wait until the stream holds so many jobs."""
    async with there.spy() as client, asyncio.timeout(PATIENCE):
        while await messages(client) < at_least:
            await asyncio.sleep(0.002)


async def messages(client: Client) -> int:
    try:
        return (await client.jetstream().stream_info(STREAM)).state.messages
    except NotFoundError:
        return -1


async def lag(client: Client) -> tuple[int | None, int | None]:
    """How many calls wait, and how many run: what an autoscaler reads."""
    found = await client.jetstream().consumer_info(STREAM, ENGINE)
    return found.num_pending, found.num_ack_pending


def test_the_stream_holds_as_many_calls_as_jobs_wait_and_no_more_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an autoscaler sees what waits, and a long queue fills no memory."""
    monkeypatch.setattr("tilewright.queue.dispatch.WINDOW", 100)

    async def fill() -> None:
        async with street(tmp_path) as there:
            for number in range(60):
                there.accept(f"job{number}")
            await held(there, at_least=60)
            for number in range(60, 300):
                there.accept(f"job{number}")
            await held(there, at_least=100)
            async with there.spy() as client:
                assert await messages(client) == 100
                lag = await client.jetstream().consumer_info(STREAM, ENGINE)
                assert lag.num_pending == 100

            async with there.hire():
                await there.all_end()
            assert ran_once(there)

    asyncio.run(fill())


def test_a_worker_gets_jobs_for_its_own_engine_only(tmp_path: Path) -> None:
    async def share() -> None:
        async with street(tmp_path) as there, there.hire() as one, there.hire(engine="qwen") as two:
            rows = [there.accept(f"job{number}", ENGINES[number % 2]) for number in range(40)]
            await there.all_end()

            pids = {"synthesis": one.pid, "qwen": two.pid}
            for row in rows:
                assert there.diary(row.job)[0] == f"begin {pids[row.engine]}"

    asyncio.run(share())


def test_an_autoscaler_sees_what_waits_and_what_runs(tmp_path: Path) -> None:
    """So that nobody takes a worker away that is at work, nor leaves one that has none."""

    async def look() -> None:
        async with street(tmp_path) as there, there.hire(lease=1), there.spy() as client:
            for words in ("one ticks=3000 pause=0.05", "two", "three"):
                there.accept(words)
            await until(lambda: there.ticks("one") > 20)  # longer than a third of the lease
            assert await lag(client) == (2, 1)
            there.keeper.cancel("one")
            there.carrier.cancelled("one")
            await there.all_end()
            async with asyncio.timeout(PATIENCE):
                while await lag(client) != (0, 0):
                    await asyncio.sleep(0.01)

    asyncio.run(look())


def test_a_worker_that_is_done_gets_the_next_job_with_the_answer(tmp_path: Path) -> None:
    async def count() -> None:
        async with street(tmp_path) as there, there.spy() as client:
            for number in range(30):
                there.accept(f"job{number}")
            await held(there, at_least=30)
            asked = await client.subscribe("tw.claim")
            await client.flush()
            async with there.hire():
                await there.all_end()
                async with asyncio.timeout(PATIENCE):
                    while await lag(client) != (0, 0):
                        await asyncio.sleep(0.01)
            await client.flush()

            assert asked.pending_msgs == 1
            assert ran_once(there)

    asyncio.run(count())


def test_an_outcome_is_taken_even_if_no_next_job_can_be_given(tmp_path: Path) -> None:
    async def jam() -> None:
        async with street(tmp_path) as there, there.hire():
            one = there.accept("one ticks=200 pause=0.01")
            await until(lambda: there.ticks("one") > 0)
            two = there.accept("two")
            await held(there, at_least=2)
            there.keeper.jammed = True
            await until(lambda: one.state == "COMPLETED")
            there.keeper.jammed = False
            await there.all_end()

            assert (one.refused, two.attempt) == ([], 1)

    asyncio.run(jam())


def test_a_job_waits_for_a_worker_of_its_engine(tmp_path: Path) -> None:
    async def wait() -> None:
        async with street(tmp_path) as there, there.hire():
            painted = there.accept("painted", "qwen")
            other = there.accept("other")
            await until(lambda: other.state == "COMPLETED")
            assert painted.state == "QUEUED"
            async with there.hire(engine="qwen"):
                await there.all_end()

    asyncio.run(wait())


def test_a_job_that_was_just_accepted_is_sent_without_a_look(tmp_path: Path) -> None:
    async def send() -> None:
        async with street(tmp_path) as there, there.hire():
            there.accept("first")
            await there.all_end()
            there.keeper.blind = True
            there.accept("second")
            await there.all_end()

            assert ran_once(there)

    asyncio.run(send())


def test_jobs_that_nobody_told_of_are_found_by_the_sweep(tmp_path: Path) -> None:
    async def sweep() -> None:
        async with street(tmp_path) as there, there.hire():
            there.keeper.add("quiet", {"prompt": "quiet"}, [there.photo, None, None])
            await there.all_end()

    asyncio.run(sweep())


def test_two_doors_on_one_database_carry_each_job_once(tmp_path: Path) -> None:
    async def carry() -> None:
        async with street(tmp_path) as there, there.hire(), there.hire():
            other = there.door()
            await other.open()
            try:
                with other.watch("job7") as events:
                    for number in range(60):
                        there.accept(f"job{number}")
                        other.wake()
                    await there.all_end()
                    heard = await events.get()
                    while heard.kind != "done":
                        heard = await events.get()
                    assert heard.state == "COMPLETED"
            finally:
                await other.close()

            assert ran_once(there)

    asyncio.run(carry())


def test_a_grant_that_was_not_heard_is_given_again(tmp_path: Path) -> None:
    async def ask_twice() -> None:
        async with street(tmp_path) as there, there.spy() as client:
            there.keeper.add("one", {"prompt": "one"}, [there.photo])
            answers = [
                (await client.request("tw.claim", question, timeout=5)).data
                for question in (
                    b'{"engine": "synthesis", "worker": "w", "ask": "a"}',
                    b'{"engine": "synthesis", "worker": "w", "ask": "a"}',
                    b'{"engine": "synthesis", "worker": "w", "ask": "b"}',
                )
            ]

            assert answers[0] == answers[1]
            assert b'"granted":true' in answers[0]
            assert answers[2] == b'{"granted":false,"claimed":null}'

    asyncio.run(ask_twice())


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"{}", b'{"job": "x"}', b"\xff"])
def test_nonsense_on_the_wire_stops_nobody(nonsense: bytes, tmp_path: Path) -> None:
    async def talk_nonsense() -> None:
        async with street(tmp_path) as there, there.hire(), there.spy() as client:
            await held(there, at_least=0)
            await client.jetstream().publish("tw.job.synthesis", nonsense)
            for subject in ("tw.claim", "tw.renew", "tw.finish", "tw.hand_back"):
                answer = await client.request(subject, nonsense, timeout=5)
                assert answer.data == b'{"error":"the door could not answer"}'
            for subject in ("tw.progress.one", "tw.done.one", "tw.cancel.one", "tw.here.one"):
                await client.publish(subject, nonsense)

            there.accept("good")
            await there.all_end()
            assert ran_once(there)

    asyncio.run(talk_nonsense())


def test_of_questions_in_a_row_that_cannot_be_answered_the_log_has_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While a database is away, each worker asks several times a second."""

    async def ask_in_vain() -> None:
        async with street(tmp_path) as there, there.spy() as client:
            for question in (b"[]", b"[]", b"[]", b'{"engine": "synthesis", "worker": "w"}', b"[]"):
                await client.request("tw.claim", question, timeout=5)

    asyncio.run(ask_in_vain())
    told = [one for one in caplog.records if "could not be answered: tw.claim" in one.message]
    assert [one.levelname for one in told if one.levelno >= logging.WARNING] == ["ERROR"] * 2


def test_watchers_are_told_to_look_when_the_line_was_broken(tmp_path: Path) -> None:
    async def break_the_line() -> None:
        async with street(tmp_path) as there:
            with there.carrier.watch("one") as events:
                kill_queue(there)
                event = await events.get()
                assert event.kind == "look"
                assert there.carrier.connected

                there.carrier.ended("one", "FAILED")
                event = await events.get()
                assert (event.kind, event.state) == ("done", "FAILED")

    asyncio.run(break_the_line())


def test_a_door_without_a_queue_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tilewright.queue.carrier.CONNECT_SECONDS", 0.3)

    async def knock() -> None:
        carrier = Carrier(lambda: Address("nats://127.0.0.1:9"), MemoryKeeper(), [ENGINE])
        with pytest.raises(QueueUnavailable, match="does not answer"):
            await carrier.open()

    asyncio.run(knock())


def test_after_its_close_a_door_is_deaf_and_dumb(tmp_path: Path) -> None:
    async def close() -> None:
        carrier = Carrier(partial(read_address, tmp_path / "nats.json"), MemoryKeeper(), [ENGINE])
        await carrier.open()
        await carrier.close()
        await carrier.close()
        carrier.wake()
        carrier.cancelled("one")
        carrier.ended("one", "FAILED")
        assert not carrier.connected
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with QueueServer(tmp_path):
        asyncio.run(close())


def test_a_close_at_any_moment_ends_everything(tmp_path: Path) -> None:
    async def close(moment: float) -> None:
        address = partial(read_address, tmp_path / "nats.json")
        carrier, puller = (
            Carrier(address, MemoryKeeper(), [ENGINE]),
            Puller(address, "worker", ENGINE, print),
        )
        puller.open()
        others = [asyncio.create_task(carrier.open()), asyncio.create_task(puller.offer())]
        await asyncio.sleep(moment)
        async with asyncio.timeout(10):
            await carrier.close()
            await puller.close()
            await end(*others)
            while asyncio.all_tasks() != {asyncio.current_task()}:
                await asyncio.sleep(0)

    with QueueServer(tmp_path):
        for step in range(40):
            asyncio.run(close(step / 2000))
