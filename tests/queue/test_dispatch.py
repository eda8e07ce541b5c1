"""The dispatcher: what it does while the queue is away and jobs keep coming."""

import asyncio
import os
import signal
import threading
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from tests.queue.street import PATIENCE, until
from tilewright.queue import Address, QueueServer, read_address
from tilewright.queue.dispatch import Dispatcher
from tilewright.queue.line import Line
from tilewright.queue.tasks import end

KILLS = 5


async def nothing(_: Client) -> None:
    """The line needs no greeting."""


async def none_waits(engine: str, most: int) -> int:
    return 0


def stands_anew(line: Line, lost: Client) -> bool:
    return line.client not in (None, lost)


async def loses_the_line(folder: Path) -> None:
    """Kill the queue server while jobs become ready all the time, until the line stands again."""
    line = Line(partial(read_address, folder / "nats.json"), "a door", nothing)
    dispatcher = Dispatcher(line, ["synthesis"], none_waits)
    line.open()
    sending = asyncio.create_task(dispatcher.run())

    async def jobs_come() -> None:
        while True:
            dispatcher.wake()
            await asyncio.sleep(0)

    coming = asyncio.create_task(jobs_come())
    try:
        for _ in range(KILLS):
            lost = await line.up()
            os.kill(int((folder / "nats" / "nats.pid").read_text()), signal.SIGKILL)
            await until(partial(stands_anew, line, lost))
    finally:
        await end(coming, sending)
        await line.close()


async def looks_for_an_address(folder: Path) -> None:
    """Ask in vain a few times, then start the queue."""
    asked: list[None] = []

    def address() -> Address:
        asked.append(None)
        return read_address(folder / "nats.json")

    line = Line(address, "a worker", nothing)
    line.open()
    await until(lambda: len(asked) > 2)
    with QueueServer(folder):
        await asyncio.wait_for(line.up(), PATIENCE)
        await line.close()


def test_a_worker_that_knows_no_queue_yet_finds_it_when_there_is_one(tmp_path: Path) -> None:
    asyncio.run(looks_for_an_address(tmp_path))


def test_a_door_whose_line_breaks_while_jobs_come_in_lays_it_again(tmp_path: Path) -> None:
    with QueueServer(tmp_path):
        door = threading.Thread(target=asyncio.run, args=[loses_the_line(tmp_path)], daemon=True)
        door.start()
        door.join(2 * PATIENCE)
        assert not door.is_alive()
