"""A job travels from the door through the queue to a worker process and back."""

import asyncio
import signal
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from tests.queue.engines import TILE
from tests.queue.keeper import ENGINE
from tests.queue.street import street, until
from tilewright.worker import LOST
from tilewright.worker.thread import EngineThread


def test_a_job_travels_to_a_worker_and_back(tmp_path: Path) -> None:
    async def travel() -> None:
        async with street(tmp_path) as there, there.hire():
            with there.carrier.watch("one") as events:
                row = there.accept("one ticks=8")
                await there.all_end()

                assert (row.state, row.attempt) == ("COMPLETED", 1)
                assert row.outcome is not None
                output = row.outcome["output"]
                assert there.blobs.get(output["blob"]) == TILE + b" of a photo"
                assert output["content_type"] == "image/webp"
                assert output["file_name"] == "one.webp"
                assert (output["width"], output["height"]) == (32, 16)
                assert output["report"]["prompt"] == "one ticks=8"

                heard = [await events.get()]
                while heard[-1].kind != "done":
                    heard.append(await events.get())
                assert heard[-1].state == "COMPLETED"
                stages = [event.progress.stage for event in heard if event.progress]
                assert stages == [f"stage {number}" for number in range(4)]
                assert there.carrier.progress("one") is None

    asyncio.run(travel())


def test_two_workers_share_the_jobs_and_none_runs_twice(tmp_path: Path) -> None:
    async def share() -> None:
        async with street(tmp_path) as there, there.hire() as first, there.hire() as second:
            for number in range(100):
                there.accept(f"job{number} pause=0.005")
            await there.all_end()

            pids = set()
            for row in there.keeper.rows.values():
                begin, *rest = there.diary(row.job)
                assert rest == ["tick", "end"]
                assert (row.attempt, row.refused) == (1, [])
                pids.add(begin)
            assert pids == {f"begin {first.pid}", f"begin {second.pid}"}

    asyncio.run(share())


def test_a_killed_workers_job_runs_on_another_one(tmp_path: Path) -> None:
    async def kill() -> None:
        async with street(tmp_path, lease=1) as there:
            async with there.hire(lease=1) as worker:
                row = there.accept("long ticks=400 pause=0.01")
                await until(lambda: there.ticks("long") > 3)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
            async with there.hire(lease=1):
                await until(lambda: there.keeper.recover() == 1)
                there.carrier.wake()
                await there.all_end()

            assert (row.state, row.attempt, row.generation) == ("COMPLETED", 2, 1)

    asyncio.run(kill())


def test_a_job_that_kills_its_worker_ends_no_other_job(tmp_path: Path) -> None:
    async def die() -> None:
        async with street(tmp_path, lease=1) as there:
            async with there.hire(lease=1) as worker:
                there.accept("poison die")
                await until(lambda: worker.poll() == -signal.SIGKILL)
            async with there.hire(lease=1):
                row = there.accept("good")
                await until(lambda: row.state == "COMPLETED")

    asyncio.run(die())


def test_a_worker_that_loses_its_engine_ends_and_the_job_goes_to_another(tmp_path: Path) -> None:
    async def lose() -> None:
        async with street(tmp_path, lease=1) as there:
            row = there.accept("card lose")
            async with there.hire(lease=1) as worker:
                await until(lambda: worker.poll() == LOST)
            async with there.hire(lease=1) as worker:
                await until(lambda: there.keeper.recover() == 1)
                there.carrier.wake()
                await until(lambda: worker.poll() == LOST)
            assert (row.state, row.attempt) == ("PROCESSING", 2)

    asyncio.run(lose())


@pytest.mark.parametrize("words", ["ticks=2 pause=60", "ticks=2 burn=60"])
def test_a_worker_whose_engine_hangs_ends_and_the_job_goes_to_another(
    words: str, tmp_path: Path
) -> None:
    """Whether it waits for ever or computes for ever."""

    async def hang() -> None:
        async with street(tmp_path, lease=1) as there:
            async with there.hire(lease=1, hang=1) as worker:
                row = there.accept(f"stuck {words}")
                assert await asyncio.to_thread(worker.wait, 30) == 1
            async with there.hire(lease=1, grace=1):
                await until(lambda: there.keeper.recover() == 1)
                there.carrier.wake()
                await until(lambda: row.attempt == 2)
                there.keeper.cancel("stuck")
                there.carrier.cancelled("stuck")

    asyncio.run(hang())


HANGS_AT_LOADING = """
import time
from tilewright.queue import Address
from tilewright.worker import Worker, run_worker

nowhere = Address("nats://127.0.0.1:1")
worker = Worker(
    lambda: nowhere, None, lambda: time.sleep(60), "qwen", load_first=True, load=0.5
)
run_worker(worker)
"""


def test_a_worker_that_hangs_while_it_loads_its_engine_ends_and_says_where() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HANGS_AT_LOADING], capture_output=True, text=True, timeout=30
    )

    assert ran.returncode == 1
    assert "Timeout (0:00:00.5" in ran.stderr
    assert "in <lambda>" in ran.stderr


def test_an_engine_that_moves_may_take_as_long_as_it_takes(tmp_path: Path) -> None:
    async def move() -> None:
        async with street(tmp_path) as there, there.hire(hang=3) as worker:
            row = there.accept("slow ticks=16 pause=0.25")
            await there.all_end()
            assert (row.state, row.attempt) == ("COMPLETED", 1)
            assert worker.poll() is None

    asyncio.run(move())


def test_a_worker_understands_a_newer_door(tmp_path: Path) -> None:
    async def understand() -> None:
        async with street(tmp_path) as there, there.hire():
            there.keeper.news = {"mood": "good"}
            row = there.accept("one")
            await there.all_end()
            assert row.state == "COMPLETED"

    asyncio.run(understand())


def test_a_cancel_stops_the_engine_within_a_few_ticks(tmp_path: Path) -> None:
    async def cancel() -> None:
        async with street(tmp_path) as there, there.hire():
            with there.carrier.watch("long") as events:
                row = there.accept("long ticks=3000 pause=0.1")
                await until(lambda: there.ticks("long") > 1)
                ticks = there.ticks("long")
                there.keeper.cancel("long")
                there.carrier.cancelled("long")
                await until(lambda: there.diary("long")[-1].startswith("stopped"))

                # One tick takes at least 100 ms: 10 of them are a second or more.
                assert there.ticks("long") - ticks <= 10
                heard = await events.get()
                while heard.kind != "done":
                    heard = await events.get()
                assert heard.state == "FAILED"

                there.accept("next")
                await there.all_end()
                assert there.diary("next")[-1] == "end"
                assert row.refused == []

    asyncio.run(cancel())


def test_a_cancel_that_was_not_heard_is_learned_at_the_next_renewal(tmp_path: Path) -> None:
    async def cancel() -> None:
        async with street(tmp_path, lease=0.6) as there, there.hire(lease=0.6):
            there.accept("long ticks=3000 pause=0.01")
            await until(lambda: there.ticks("long") > 3)
            there.keeper.cancel("long")
            await until(lambda: there.diary("long")[-1] == "stopped the job was stopped: lost")

    asyncio.run(cancel())


def test_leases_are_renewed_while_the_engine_computes(tmp_path: Path) -> None:
    async def renew() -> None:
        async with street(tmp_path, lease=3) as there:
            async with there.hire(lease=3):
                row = there.accept("hard ticks=1 burn=3.5")
                await until(lambda: there.keeper.recover() == 0 and row.state == "COMPLETED")

            assert (row.attempt, row.generation) == (1, 0)
            assert there.keeper.renewed >= 2

    asyncio.run(renew())


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("refuse", "surface_unusable", "there is no surface"),
        ("break", "engine_broke", "the engine broke on this request"),
    ],
)
def test_a_job_that_fails_says_why(words: str, code: str, sentence: str, tmp_path: Path) -> None:
    async def fail() -> None:
        async with street(tmp_path) as there:
            async with there.hire():
                row = there.accept(f"bad {words}")
                await there.all_end()

            assert row.outcome == {"state": "FAILED", "error": sentence, "code": code}

    asyncio.run(fail())


def test_a_job_whose_photo_is_gone_or_request_is_wrong_fails(tmp_path: Path) -> None:
    async def fail() -> None:
        async with street(tmp_path) as there:
            async with there.hire():
                gone = there.keeper.add("gone", {"prompt": "gone"}, ["0" * 32, None, None])
                none = there.keeper.add("none", {"prompt": "none"}, [None, None, None])
                wrong = there.keeper.add("wrong", {"promt": "wrong"}, [there.photo, None, None])
                there.carrier.wake()
                await there.all_end()

            codes = [(row.outcome or {}).get("code") for row in (gone, none, wrong)]
            assert codes == ["photo_gone", "photo_refused", "invalid_request"]

    asyncio.run(fail())


def test_an_outcome_waits_for_a_door_that_restarts(tmp_path: Path) -> None:
    async def restart() -> None:
        async with street(tmp_path) as there, there.hire():
            row = there.accept("one ticks=30 pause=0.1")
            await until(lambda: there.ticks("one") > 0)
            await there.carrier.close()
            await asyncio.to_thread(there.server.close)
            await until(lambda: there.diary("one")[-1] == "end")
            assert row.state == "PROCESSING"

            async with there.opened_again():
                await there.all_end()

            assert (row.state, row.attempt, row.refused) == ("COMPLETED", 1, [])

    asyncio.run(restart())


def test_an_outcome_waits_for_a_database_that_is_locked(tmp_path: Path) -> None:
    async def lock() -> None:
        async with street(tmp_path) as there, there.hire():
            row = there.accept("one ticks=3 pause=0.1")
            await until(lambda: row.state == "PROCESSING")
            there.keeper.broken = True
            await until(lambda: there.diary("one")[-1:] == ["end"])
            there.keeper.broken = False
            await there.all_end()

            assert (row.state, row.attempt, row.refused) == ("COMPLETED", 1, [])

    asyncio.run(lock())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_go_finishes_its_job_first(number: int, tmp_path: Path) -> None:
    async def leave() -> None:
        async with street(tmp_path) as there:
            async with there.hire() as worker:
                row = there.accept("one ticks=20 pause=0.1")
                other = there.accept("two")
                await until(lambda: there.ticks("one") > 0)
                worker.send_signal(number)
                assert await asyncio.to_thread(worker.wait, 30) == 0

            assert (row.state, row.attempt) == ("COMPLETED", 1)
            assert other.state == "QUEUED"

    asyncio.run(leave())


@pytest.mark.parametrize("words", ["ticks=3000 pause=0.01", "ticks=2 pause=60", "blur=60"])
def test_a_worker_without_time_hands_its_job_back(words: str, tmp_path: Path) -> None:
    """Also where the engine does not tick, so that it cannot be stopped."""

    async def leave() -> None:
        async with street(tmp_path) as there:
            async with there.hire(grace=0.1) as worker:
                row = there.accept(f"one {words}")
                await until(lambda: there.ticks("one") > 0)
                worker.terminate()
                assert await asyncio.to_thread(worker.wait, 30) == 0

            assert (row.state, row.generation) == ("QUEUED", 1)

    asyncio.run(leave())


def test_a_job_that_a_door_is_giving_when_its_worker_must_go_is_handed_back(tmp_path: Path) -> None:
    async def leave() -> None:
        async with street(tmp_path) as there:
            async with there.hire(grace=0) as worker:
                there.keeper.tells.clear()
                row = there.accept("one ticks=3000 pause=0.01")
                await until(lambda: row.state == "PROCESSING")
                worker.terminate()
                await until(lambda: there.carrier.presence.living(ENGINE, "ready") == 0)
                there.keeper.tells.set()
                assert await asyncio.to_thread(worker.wait, 30) == 0

            assert (row.state, row.generation) == ("QUEUED", 1)

    asyncio.run(leave())


def test_a_second_signal_does_not_wait_for_the_job(tmp_path: Path) -> None:
    async def leave() -> None:
        async with street(tmp_path) as there:
            async with there.hire(grace=600) as worker:
                row = there.accept("one ticks=30000 pause=0.01")
                await until(lambda: there.ticks("one") > 0)
                worker.terminate()
                other = there.accept("two")
                ticks = there.ticks("one")
                await until(lambda: there.ticks("one") > ticks + 5)
                worker.terminate()
                assert await asyncio.to_thread(worker.wait, 30) == 0

            assert (row.state, other.state) == ("QUEUED", "QUEUED")

    asyncio.run(leave())


def test_an_idle_worker_goes_at_once_with_or_without_a_queue(tmp_path: Path) -> None:
    async def leave() -> None:
        async with street(tmp_path) as there, there.hire() as worker:
            there.accept("one")
            await there.all_end()
            await there.carrier.close()
            await asyncio.to_thread(there.server.close)
            worker.terminate()
            assert await asyncio.to_thread(worker.wait, 30) == 0

    asyncio.run(leave())


def test_an_idle_worker_has_not_loaded_what_engines_need() -> None:
    ask = "import tilewright.worker, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)

    assert {"cv2", "numpy", "PIL", "sqlalchemy", "fastapi"} & set(done.stdout.split()) == set()


def test_the_engine_has_one_thread_which_keeps_nothing_of_a_job() -> None:
    class Tile:
        def __init__(self) -> None:
            self.made_in = threading.get_ident()

    async def make() -> None:
        thread = EngineThread()
        tile = await thread.do(Tile)
        kept = weakref.ref(tile)
        assert await thread.do(threading.get_ident) == tile.made_in != threading.get_ident()
        del tile
        assert kept() is None

    asyncio.run(make())


def test_what_is_raised_in_the_engines_thread_is_raised_where_it_is_awaited() -> None:
    async def fail() -> None:
        thread = EngineThread()
        with pytest.raises(ZeroDivisionError):
            await thread.do(lambda: 1 / 0)
        assert await thread.do(lambda: "the next") == "the next"

    asyncio.run(fail())
