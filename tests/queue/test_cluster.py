"""A cluster of three queue servers goes on when one of them dies."""

import asyncio
import itertools
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error
from nats.js.errors import NotFoundError

from tests.queue.keeper import ENGINE, MemoryKeeper
from tests.queue.street import PATIENCE, until
from tilewright.queue import Address, Carrier, Puller
from tilewright.queue.program import command
from tilewright.queue.subjects import STREAM
from tilewright.queue.tasks import end

CONFIG = """\
listen: "127.0.0.1:{port}"
server_name: "node{port}"
jetstream {{ store_dir: "{folder}", max_memory_store: 16MB, max_file_store: 1GB }}
cluster {{ name: "three", listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def cluster(folder: Path) -> Iterator[dict[int, subprocess.Popen[bytes]]]:
    """Three servers by their ports."""
    ports, roads = free_ports(3), free_ports(3)
    routes = ", ".join(f'"nats://127.0.0.1:{road}"' for road in roads)
    nodes: dict[int, subprocess.Popen[bytes]] = {}
    with ExitStack() as stack:
        for port, road in zip(ports, roads, strict=True):
            config = folder / f"{port}.conf"
            store = folder / str(port)
            config.write_text(CONFIG.format(port=port, folder=store, route=road, routes=routes))
            log = stack.enter_context((folder / f"{port}.log").open("wb"))
            node = subprocess.Popen(command(config), stdin=subprocess.DEVNULL, stderr=log)
            stack.enter_context(node)
            stack.callback(node.kill)
            nodes[port] = node
        yield nodes


async def leader(ports: list[int]) -> int | None:
    """The port of the server that leads the stream; None while there is no stream."""
    for port in ports:
        client = Client()
        with suppress(Error, OSError, TimeoutError, NotFoundError):
            await client.connect(f"nats://127.0.0.1:{port}", allow_reconnect=False)
            try:
                found = await client.jetstream(timeout=1).stream_info(STREAM)
            finally:
                await client.close()
            assert found.config.num_replicas == 3
            if found.cluster is not None and found.cluster.leader:
                return int(found.cluster.leader.removeprefix("node"))
    return None


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[dict[int, subprocess.Popen[bytes]]]:
    with cluster(tmp_path) as there:
        yield there


def test_a_stream_held_by_three_outlives_its_leader(
    nodes: dict[int, subprocess.Popen[bytes]],
) -> None:
    async def outlive() -> None:
        ports = list(nodes)
        alive = list(ports)
        tries = itertools.count()

        def address() -> Address:
            return Address(f"nats://127.0.0.1:{alive[next(tries) % len(alive)]}")

        keeper = MemoryKeeper()
        carrier = Carrier(address, keeper, [ENGINE], replicas=3)
        puller = Puller(address, "worker", ENGINE, print)
        await carrier.open()
        puller.open()

        async def work() -> None:
            while True:
                if claimed := await puller.claim(await puller.offer()):
                    await puller.finish(claimed, {"state": "COMPLETED", "output": {}}, 30)
                    await puller.done(claimed)

        working = asyncio.create_task(work())
        try:
            keeper.add("before", {}, [])
            carrier.accepted(ENGINE)
            await until(lambda: keeper.states() == {"COMPLETED"})
            async with asyncio.timeout(PATIENCE):
                while (lost := await leader(ports)) is None:
                    pass  # a server may be slow to answer
            nodes[lost].send_signal(signal.SIGKILL)
            alive.remove(lost)
            for number in range(20):
                keeper.add(f"after{number}", {}, [])
                carrier.accepted(ENGINE)
            await until(lambda: keeper.states() == {"COMPLETED"})
        finally:
            await end(working)
            await puller.close()
            await carrier.close()

    asyncio.run(outlive())
