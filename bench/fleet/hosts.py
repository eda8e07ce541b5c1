"""Hosts made of network namespaces on this machine, whose cables can be pulled."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fleet.fleet import Host

NET = "10.213.77"
"""Inside the namespaces only: nothing of it is connected to the machine's own network."""


class Hosts:
    """One switch, and hosts around it; `here` is the namespace that this process was moved to."""

    def __init__(self) -> None:
        self._mark = f"tw{os.getpid() % 100_000}"
        self._switch = f"{self._mark}-switch"
        self._made: list[str] = []

    def add(self) -> Host:
        """One more host."""
        number = len(self._made) + 1
        name = f"{self._mark}-{number}"
        address = f"{NET}.{number}"
        if not self._made:
            self._make(self._switch)
            _ip("-n", self._switch, "link", "add", "br", "type", "bridge")
            _ip("-n", self._switch, "link", "set", "br", "up")
        self._make(name)
        self._made.append(name)
        port = f"p{number}"
        _ip("-n", self._switch, "link", "add", port, "type", "veth", "peer", "eth0", "netns", name)
        _ip("-n", self._switch, "link", "set", port, "master", "br", "up")
        _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")
        return Host(address, ("ip", "netns", "exec", name))

    @contextmanager
    def cut(self, host: Host) -> Iterator[None]:
        """Nothing comes from that host, and nothing reaches it, meanwhile."""
        port = f"p{host.address.rpartition('.')[2]}"
        _ip("-n", self._switch, "link", "set", port, "down")
        try:
            yield
        finally:
            _ip("-n", self._switch, "link", "set", port, "up")

    def close(self) -> None:
        """Remove them all."""
        for name in [*self._made, *([self._switch] if self._made else [])]:
            _ip("netns", "del", name)

    def _make(self, name: str) -> None:
        _ip("netns", "add", name)
        _ip("-n", name, "link", "set", "lo", "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def move_into(host: Host) -> None:
    """This thread, and whatever it starts, is on that host from now on."""
    with open(f"/run/netns/{host.inside[-1]}") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns failed")
