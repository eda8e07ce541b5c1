"""Ports of this machine that no two tests are given, in whatever process they run."""

import socket


def free_port() -> int:
    """A port of 127.0.0.1 for one server, which may end and come again.

    It stays bound here until this process ends, so that the system gives it to nobody else before
    the server has it: that takes a second, in which other tests ask for ports. A server that says
    SO_REUSEADDR, as all do, listens on it nevertheless.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port
