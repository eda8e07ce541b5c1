"""Watchers hear of their job and no other, and one that does not listen costs nothing."""

from tilewright.queue import Event, Progress
from tilewright.queue.watch import MOST_KEPT, MOST_WAITING, Watchers

HALF = Progress("weave", 0.5)


def test_a_watcher_hears_of_its_job_only_and_as_long_as_it_watches() -> None:
    watchers = Watchers()
    with watchers.watch("one") as first, watchers.watch("one") as second:
        watchers.progressed("one", HALF)
        watchers.progressed("two", HALF)
        watchers.ended("one", "COMPLETED")

        for events in (first, second):
            assert events.get_nowait() == Event("progress", HALF)
            assert events.get_nowait() == Event("done", state="COMPLETED")
            assert events.empty()
    watchers.ended("one", "FAILED")
    assert first.empty()


def test_the_last_progress_is_known_until_the_end() -> None:
    watchers = Watchers()

    watchers.progressed("one", HALF)
    assert watchers.last("one") == HALF
    watchers.ended("one", "COMPLETED")
    assert watchers.last("one") is None


def test_a_slow_watcher_misses_steps_but_not_the_end() -> None:
    watchers = Watchers()
    with watchers.watch("one") as events:
        for _ in range(2 * MOST_WAITING):
            watchers.progressed("one", HALF)
        watchers.ended("one", "COMPLETED")

        heard = [events.get_nowait() for _ in range(events.qsize())]
    assert len(heard) == MOST_WAITING
    assert heard[-1].state == "COMPLETED"


def test_a_door_that_goes_lets_everybody_go_and_whoever_comes_then() -> None:
    watchers = Watchers()
    with watchers.watch("one") as before:
        watchers.leave()
        with watchers.watch("two") as after:
            assert [before.get_nowait(), after.get_nowait()] == [Event("leave")] * 2


def test_jobs_whose_end_was_not_heard_do_not_pile_up() -> None:
    watchers = Watchers()

    for number in range(MOST_KEPT + 10):
        watchers.progressed(str(number), HALF)

    assert watchers.last("9") is None
    assert watchers.last("10") == HALF
