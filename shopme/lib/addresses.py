"""Which network addresses a machine of ours may call on somebody else's word: public ones only."""

import ipaddress
import socket
from typing import Final

# An IPv6 address that carries an IPv4 one: what counts is the one inside.
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
# Old, local and special forms nobody public uses, which the library calls global.
_NEVER: Final = tuple(ipaddress.ip_network(net) for net in ("192.0.0.0/24", "::/96", "64:ff9b:1::/48", "fec0::/10"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(text: str) -> bool:
    """Whether `text`, an address as a socket names it, is open to everybody: not this machine, not its neighbours."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if any(address in net for net in _NEVER):
        return False
    inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else address
    if inner != address:
        return is_public(str(inner))
    return address.is_global and not address.is_multicast and not address.is_reserved


def _inner(address: ipaddress.IPv6Address) -> Address:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address


def addresses_of(host: str, port: int) -> list[str]:
    """Every address `host` stands for now, once each. Raises `OSError` when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))
