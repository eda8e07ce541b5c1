"""Which network addresses a stranger's URL may lead to: public unicast ones only."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

REFUSED_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; 0.0.0.0 is this machine on Linux
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; cloud metadata of Alibaba
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent: a public number that never leaves the machine
        "169.254.0.0/16",  # link-local; cloud metadata of AWS, Azure, Google
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; cloud metadata of Oracle
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
"""The IANA special-purpose registry, and what Python's `is_global` lets through."""

GLOBAL_V6 = IPv6Network("2000::/3")
"""All of IPv6 that is handed out as global unicast. Outside of it lie loopback, link-local,
site-local, unique local, multicast and the IPv4-compatible `::/96`."""

REFUSED_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documentation
    )
)
"""Teredo and 6to4 are tunnels into IPv4, retired by RFC 7526 and by their operators: refused whole,
whatever they carry."""

CARRIERS_OF_V4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""IPv4 in the last 32 bits and nothing else: mapped addresses, and NAT64 as IPv6-only networks
use it to reach IPv4. The local NAT64 prefix 64:ff9b:1::/48 is outside `GLOBAL_V6`."""

ISATAP = 0x0000_5EFE
ISATAP_FLAGS = 0x0300_0000
"""Bits 32..63 of an ISATAP address, and the two of them (universal, group) that vary."""

REMEDY = (
    "use one that anybody can reach, or ask whoever runs this to name its network in "
    "TILEWRIGHT_ALLOWED_NETWORKS"
)
"""For whoever names an address that is refused. The rule is public, what is allowed is not told."""


def is_public(ip: str) -> bool:
    """Whether `ip` (an address, not a name) is public unicast, and the IPv4 inside it too."""
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_v4(address)
    return address.scope_id is None and _is_public_v6(address)


def _is_public_v4(address: IPv4Address) -> bool:
    return not any(address in block for block in REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    inner = IPv4Address(int(address) & 0xFFFF_FFFF)
    if any(address in block for block in CARRIERS_OF_V4):
        return _is_public_v4(inner)
    if address not in GLOBAL_V6 or any(address in block for block in REFUSED_V6):
        return False
    return not _is_isatap(address) or _is_public_v4(inner)


def _is_isatap(address: IPv6Address) -> bool:
    return (int(address) >> 32) & 0xFFFF_FFFF & ~ISATAP_FLAGS == ISATAP
