"""Which addresses are not on the public internet, and where an attempt may go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from uptally.model.observation import Reason
from uptally.probe.progress import Progress
from uptally.probe.reasons import Failure

IsPrivate = Callable[[str], bool]

# An explicit table: what `ipaddress` calls global differs between versions of Python, and includes multicast.
_PRIVATE = [
    ip_network(text)
    for text in [
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/3",
        "::/128",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "2001:db8::/32",
    ]
]

# Where clouds hand out credentials: no name and no redirect has any business there.
_METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192"})

# Prefixes that carry an IPv4 address inside: how far to shift it out.
_CARRIERS = [
    (ip_network(prefix), shift)
    for prefix, shift in (
        ("::/96", 0),
        ("::ffff:0:0/96", 0),
        ("64:ff9b::/96", 0),
        ("64:ff9b:1::/48", 0),
        ("2002::/16", 80),
    )
]
_TEREDO = ip_network("2001::/32")


@lru_cache(maxsize=4_096)
def is_private(address: str) -> bool:
    """Tell whether an address is private, loopback, link-local, multicast or reserved, or IPv6 that carries such a one.

    >>> is_private("10.0.0.1"), is_private("64:ff9b::a9fe:a9fe"), is_private("93.184.216.34")
    (True, True, False)
    """
    return any(inner in network for inner in _unwrapped(address) for network in _PRIVATE)


@lru_cache(maxsize=4_096)
def is_metadata(address: str) -> bool:
    """Tell whether an address is that of a cloud's metadata service, also where IPv6 only carries it."""
    return any(str(inner) in _METADATA for inner in _unwrapped(address))


def _unwrapped(address: str) -> list[IPv4Address | IPv6Address]:
    """Return the address and every IPv4 address that it carries."""
    outer = ip_address(address.partition("%")[0])
    if isinstance(outer, IPv4Address):
        return [outer]
    number = int(outer)
    inner = [number >> shift & 0xFFFF_FFFF for prefix, shift in _CARRIERS if outer in prefix and number > 1]
    if outer in _TEREDO:
        # Server, and client with its bits flipped (RFC 4380).
        inner += [number >> 64 & 0xFFFF_FFFF, ~number & 0xFFFF_FFFF]
    return [outer, *map(IPv4Address, inner)]


class Vetting:
    """Says whether an attempt may connect to what a name resolved to.

    What the config names is allowed, loopback and private addresses too. Two ways lead from there to places that it
    never named, and are blocked: a redirect from a public to a private address, and a name that was public and now is
    not (rebinding). One bad address among several blocks all, since which of them is reached is chance.
    """

    def __init__(self, is_private: IsPrivate = is_private) -> None:
        self._is_private = is_private
        self._public_names: set[str] = set()

    def vet(self, progress: Progress, host: str, addresses: Sequence[str], *, is_configured: bool) -> None:
        """Raise Failure with `ADDRESS_BLOCKED` where the attempt must not go on."""
        is_literal = addresses[0] == host
        if is_configured and is_literal:
            return
        for address in addresses:
            if is_metadata(address):
                raise Failure(Reason.ADDRESS_BLOCKED, f"{host} leads to {address}, a cloud's metadata service")
        private = next((address for address in addresses if self._is_private(address)), None)
        if is_configured:
            if private is None:
                self._public_names.add(host.lower())
            elif host.lower() in self._public_names:
                raise Failure(Reason.ADDRESS_BLOCKED, f"{host} had a public address and now leads to {private}")
        elif private is not None and progress.was_public:
            raise Failure(Reason.ADDRESS_BLOCKED, f"a redirect from a public address leads to {private}")

    def note_reached(self, progress: Progress, address: str) -> None:
        """Remember that the attempt has been at a public address, from where no redirect leads inside."""
        if not progress.was_public and not self._is_private(address):
            progress.was_public = True
