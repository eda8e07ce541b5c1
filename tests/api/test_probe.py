"""A store that takes connections and never answers: doors say so, and do not hang with it."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tilewright.api.probe import StoreProbe
from tilewright.store import Access, open_blobs


def is_open(connection: socket.socket) -> bool:
    """Whether who is at its other end still waits for an answer."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    return False


def test_nobody_waits_as_long_as_the_store_may_take_and_it_is_asked_once_for_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = Access(f"http://127.0.0.1:{silent.getsockname()[1]}", "here", "id", "a secret")
        probe = StoreProbe(open_blobs("s3://tiles", access))
        with ThreadPoolExecutor(3) as askers:
            told = list(askers.map(lambda _: probe.takes_photos(), range(3)))

        assert told == [False] * 3
        connection, _ = silent.accept()
        with connection:
            assert is_open(connection), "the store could still have answered"
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()
