"""The address and port that are listened on."""

import socket
from ipaddress import ip_address

from tilewright.contract import FieldFault, InvalidRequest, TilewrightError


class Busy(TilewrightError):
    """Another service runs on this data folder, or another program on this port."""

    code = "busy"
    wrong_input = True


def check_port(host: str, port: int) -> None:
    """Raise `Busy` for a port that is taken: the server itself would share it without a word."""
    try:
        family = socket.AF_INET6 if ":" in number_of(host) else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((number_of(host), port))
    except OSError as error:
        reason = error.strerror or error
        raise Busy(
            f"cannot listen on {host} port {port}: {reason}; name another with --host and --port"
        ) from None


def number_of(host: str) -> str:
    """The address itself; names may lead to several, and here one is listened on."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:
        sentence = f"must be the IP address to listen on, like 127.0.0.1 or 0.0.0.0, not {host!r}"
        raise InvalidRequest([FieldFault("host", sentence)]) from None
