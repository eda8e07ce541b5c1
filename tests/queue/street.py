"""A door, a queue server and workers, all real but for the database."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from nats.aio.client import Client

from tests.queue.engines import diary
from tests.queue.keeper import ENGINE, MemoryKeeper, Row
from tilewright.engine.choose import ENGINES
from tilewright.queue import Carrier, QueueServer, read_address
from tilewright.store import Blobs, open_blobs

PATIENCE = 60.0
HOUSE = Path(__file__).parents[2]


async def until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for a condition that another process brings about, which tells nobody."""
    async with asyncio.timeout(patience):
        while not condition():
            await asyncio.sleep(0.002)


class Street:
    """One data folder: its queue server, its store, its door, and the workers that were hired."""

    def __init__(self, folder: Path, server: QueueServer, keeper: MemoryKeeper) -> None:
        self.folder = folder
        self.server = server
        self.keeper = keeper
        self.blobs: Blobs = open_blobs(folder / "blobs")
        self.photo = self.blobs.put(b" of a photo")
        self.carrier = self.door()
        (folder / "diary").mkdir()

    def door(self) -> Carrier:
        return Carrier(partial(read_address, self.folder / "nats.json"), self.keeper, ENGINES)

    @asynccontextmanager
    async def opened_again(self) -> AsyncIterator[None]:
        """The next run on the same folder, with its own queue server and door."""
        with QueueServer(self.folder):
            self.carrier = self.door()
            await self.carrier.open()
            try:
                yield
            finally:
                await self.carrier.close()

    def accept(self, prompt: str, engine: str = ENGINE) -> Row:
        """Accept a job that is named like the first word of its prompt, and tell the door."""
        photos = [self.photo, None, None]
        row = self.keeper.add(prompt.split()[0], {"prompt": prompt}, photos, engine)
        self.carrier.accepted(engine)
        return row

    def diary(self, name: str) -> list[str]:
        return diary(self.folder / "diary", name)

    def ticks(self, name: str) -> int:
        return self.diary(name).count("tick")

    @asynccontextmanager
    async def spy(self) -> AsyncIterator[Client]:
        """Somebody else with the token."""
        address = read_address(self.folder / "nats.json")
        client = Client()
        await client.connect(address.url, token=address.token)
        try:
            yield client
        finally:
            await client.close()

    async def all_end(self) -> None:
        await until(lambda: self.keeper.states() <= {"COMPLETED", "FAILED"})

    @asynccontextmanager
    async def hire(
        self, lease: float = 15, grace: float = 20, engine: str = ENGINE, hang: float = 60
    ) -> AsyncIterator["subprocess.Popen[bytes]"]:
        """A worker process, which is told to go at the end."""
        command = [sys.executable, "-m", "tests.queue.worker_process", str(self.folder)]
        options = [str(lease), str(grace), engine, str(hang)]
        with subprocess.Popen([*command, *options], cwd=HOUSE) as worker:
            try:
                yield worker
            finally:
                worker.terminate()
                try:
                    await asyncio.to_thread(worker.wait, PATIENCE)
                finally:
                    worker.kill()


@asynccontextmanager
async def street(folder: Path, lease: float = 15) -> AsyncIterator[Street]:
    """Everything but workers, up and running."""
    server = QueueServer(folder)
    await asyncio.to_thread(server.start)
    try:
        there = Street(folder, server, MemoryKeeper(lease))
        await there.carrier.open()
        try:
            yield there
        finally:
            await there.carrier.close()
    finally:
        await asyncio.to_thread(server.close)
