"""A bell cuts short what waits for something else, and nothing more."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from tilewright.queue.bell import Bell, Rung
from tilewright.queue.tasks import end


def run(work: Coroutine[Any, Any, None]) -> None:
    async def soon() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(soon())


async def for_ever() -> None:
    await asyncio.Event().wait()


async def seven() -> int:
    return 7


def test_what_is_done_before_it_rings_is_done() -> None:
    async def work() -> None:
        bell = Bell()
        assert await bell.until(seven()) == 7
        assert not bell.rung

    run(work())


def test_it_cuts_short_all_that_waits_and_all_that_comes_later() -> None:
    async def work() -> None:
        bell = Bell()
        waiting = [asyncio.create_task(bell.until(for_ever())) for _ in range(3)]
        await asyncio.sleep(0)
        bell.ring()
        bell.ring()

        for task in waiting:
            with pytest.raises(Rung):
                await task
            assert task.cancelling() == 0
        with pytest.raises(Rung):
            await bell.until(seven())
        await bell.wait()

    run(work())


def test_it_cuts_again_what_did_not_heed_the_first_time() -> None:
    async def work() -> None:
        async def deaf_once() -> None:
            try:
                await for_ever()
            except asyncio.CancelledError:
                await for_ever()

        bell = Bell()
        waiting = asyncio.create_task(bell.until(deaf_once()))
        await asyncio.sleep(0)
        bell.ring()
        with pytest.raises(Rung):
            await waiting

    run(work())


def test_a_task_that_somebody_else_ends_is_ended_though_it_rings_too() -> None:
    async def work() -> None:
        bell = Bell()
        waiting = asyncio.create_task(bell.until(for_ever()))
        await asyncio.sleep(0)
        bell.ring()
        await end(waiting)
        assert waiting.cancelled()

    run(work())


def test_of_two_bells_the_outer_one_is_heard_through_the_inner() -> None:
    async def work() -> None:
        inner, outer = Bell(), Bell()
        waiting = asyncio.create_task(outer.until(inner.until(for_ever())))
        await asyncio.sleep(0)
        outer.ring()
        with pytest.raises(Rung):
            await waiting
        assert not inner.rung

    run(work())
