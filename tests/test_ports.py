"""A port that a test was given is nobody else's, though its server listens on it later."""

import socket

import pytest

from tests.ports import free_port


def test_a_port_is_given_to_one_only_and_its_server_may_come_again() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    for _ in range(2):
        with (
            socket.create_server(("127.0.0.1", port)),
            socket.create_connection(("127.0.0.1", port)),
        ):
            pass
