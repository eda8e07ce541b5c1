"""Only public addresses may be connected to, in whatever form they are written."""

import pytest

from tilewright.intake import is_public

NOT_PUBLIC = {
    "0.0.0.0": "this machine",
    "0.1.2.3": "this network",
    "10.0.0.1": "private",
    "100.64.0.1": "shared by carriers",
    "100.100.100.200": "cloud metadata in the shared block",
    "100.127.255.255": "the end of the shared block",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "168.63.129.16": "a cloud's host agent",
    "169.254.169.254": "cloud metadata, link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.1": "protocol assignments",
    "192.0.0.192": "cloud metadata in the protocol assignments",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmark",
    "198.19.255.255": "benchmark",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "this machine",
    "::1": "loopback",
    "::8.8.8.8": "IPv4-compatible, retired",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped loopback",
    "::ffff:a00:1": "IPv4-mapped private, in hexadecimal",
    "::ffff:169.254.169.254": "IPv4-mapped metadata",
    "::ffff:0:127.0.0.1": "IPv4-translated",
    "64:ff9b::127.0.0.1": "NAT64 to loopback",
    "64:ff9b::a9fe:a9fe": "NAT64 to metadata",
    "64:ff9b:1::8.8.8.8": "local NAT64",
    "100::1": "discard",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2": "Teredo",
    "2001:2::1": "benchmark",
    "2001:20::1": "ORCHID",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4 to loopback",
    "2002:808:808::1": "6to4, retired",
    "2606:4700::5efe:10.0.0.1": "ISATAP to private",
    "2606:4700::200:5efe:127.0.0.1": "ISATAP to loopback, universal bit set",
    "3ffe::1": "6bone",
    "3fff::1": "documentation",
    "5f00::1": "segment routing",
    "fc00::1": "unique local",
    "fd00:ec2::254": "cloud metadata, unique local",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local with its interface",
    "2606:4700::1111%eth0": "an interface where none belongs",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
}

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2606:4700:4700::1111",
    "2606:4700::5efe:8.8.8.8",
    "2a00:1450:4001:80b::200e",
]

NOT_AN_ADDRESS = ["", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "8.8.8.8/32"]


@pytest.mark.parametrize("ip", NOT_PUBLIC, ids=lambda ip: f"{ip} ({NOT_PUBLIC[ip]})")
def test_an_address_that_is_not_public_is_refused(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_a_public_address_is_allowed(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize("text", NOT_AN_ADDRESS)
def test_what_is_not_a_plain_address_is_refused(text: str) -> None:
    assert not is_public(text)
