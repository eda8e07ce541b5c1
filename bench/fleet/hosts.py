"""Hosts made of network namespaces on this machine, whose cables can be pulled."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fleet.fleet import Host

NET = "10.213"
"""Inside the namespaces only: nothing of it is connected to the machine's own network."""

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")


class Hosts:
    """A router, and hosts around it, each on a network of its own."""

    def __init__(self) -> None:
        self._mark = f"tw{os.getpid()}"
        self._router = f"{self._mark}-router"
        self._made: list[str] = []

    def add(self) -> Host:
        """One more host."""
        if not self._made:
            self._make(self._router)
            _ip("netns", "exec", self._router, "sh", "-c", f"echo 1 > {FORWARD}")
        number = len(self._made)
        name = self._make(f"{self._mark}-{number}")
        port, near, far = f"p{number}", f"{NET}.{number}.1", f"{NET}.{number}.2"
        _ip("-n", self._router, "link", "add", port, "type", "veth", "peer", "eth0", "netns", name)
        for namespace, device, address in ((self._router, port, near), (name, "eth0", far)):
            _ip("-n", namespace, "address", "add", f"{address}/24", "dev", device)
            _ip("-n", namespace, "link", "set", device, "up")
        _ip("-n", name, "route", "add", "default", "via", near)
        return Host(far, ("ip", "netns", "exec", name))

    @contextmanager
    def cut(self, host: Host) -> Iterator[None]:
        """Meanwhile what is sent to that host, and what it sends, is lost without a word."""
        ways = (("to", host.address), ("from", host.address))
        for way in ways:
            _ip("-n", self._router, "rule", "add", *way, "blackhole", "priority", "10")
        try:
            yield
        finally:
            for way in ways:
                _ip("-n", self._router, "rule", "del", *way, "blackhole", "priority", "10")

    def close(self) -> None:
        """Remove them all."""
        for name in self._made:
            _ip("netns", "del", name)

    def _make(self, name: str) -> str:
        _ip("netns", "add", name)
        self._made.append(name)
        _ip("-n", name, "link", "set", "lo", "up")
        return name


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def move_into(host: Host) -> None:
    """This thread, and whatever it starts, is on that host from now on."""
    with open(f"/run/netns/{host.inside[-1]}") as namespace:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(namespace.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), "setns failed")
