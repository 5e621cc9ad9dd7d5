"""What speaks for our own network: who could be reached, and when; and what speaks against it: how many could not."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from uptally.model.observation import Attempt

SLICE_NS = 50_000_000
SLICES_KEPT = 2_400
"""Two minutes, if something begins all the time."""

CROWD_MIN = 5
"""Fewer networks are no crowd: among four, two may well fail by chance."""


class Proofs:
    """Remembers on which networks attempts succeeded, by when they set out.

    Instants are those of the monotonic clock.
    """

    def __init__(self) -> None:
        self._begins: dict[int, dict[str, int]] = {}
        """The newest begins on two networks, of which one is another than any that is asked about; by slice of time."""

    def note(self, network: str, began_ns: int) -> None:
        """Take an attempt that has just succeeded."""
        number = began_ns // SLICE_NS
        begins = self._begins.get(number)
        if begins is None:
            begins = self._begins[number] = {}
            # They come about in the order of time.
            while len(self._begins) > SLICES_KEPT:
                del self._begins[next(iter(self._begins))]
        newest_ns = begins.get(network)
        if (len(begins) < 2) if newest_ns is None else (newest_ns < began_ns):
            begins[network] = began_ns

    def is_proven(self, network: str, since_ns: int, until_ns: int) -> bool:
        """Tell whether an attempt elsewhere than on a network succeeded that began between two instants."""
        return any(
            since_ns <= began_ns <= until_ns and other != network
            for number in range(until_ns // SLICE_NS, since_ns // SLICE_NS - 1, -1)
            for other, began_ns in self._begins.get(number, {}).items()
        )


class Crowd:
    """Counts on how many of the networks that are probed nobody answered of late."""

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}
        """The network on which an endpoint was last sought, by slug."""
        self._members: Counter[str] = Counter()
        self._failing: dict[str, int] = {}
        """Until when the last failure on a network counts."""
        self._expiries: list[tuple[int, str]] = []

    def reach(self, slug: str, network: str) -> None:
        """Take it that an endpoint has answered."""
        if self._homes.get(slug) != network:
            self._settle(slug, network)
        if self._failing:
            self._failing.pop(network, None)

    def miss(self, slug: str, network: str, *, until_ns: int) -> None:
        """Take it that an endpoint has not answered, which counts until an instant; its network may be unknown."""
        self._settle(slug, network)
        home = self._homes.get(slug, "")
        if home:
            if home not in self._failing:
                heappush(self._expiries, (until_ns, home))
            self._failing[home] = max(until_ns, self._failing.get(home, 0))

    def is_half_failing(self, now_ns: int) -> bool:
        """Tell whether half of the networks fail, if there are enough to tell."""
        while self._expiries and self._expiries[0][0] <= now_ns:
            _, network = heappop(self._expiries)
            until_ns = self._failing.get(network)
            if until_ns is not None and until_ns > now_ns:
                heappush(self._expiries, (until_ns, network))
            else:
                self._failing.pop(network, None)
        return len(self._members) >= CROWD_MIN and len(self._failing) * 2 >= len(self._members)

    def _settle(self, slug: str, network: str) -> None:
        home = self._homes.get(slug)
        if not network or home == network:
            return
        if home is not None:
            self._members[home] -= 1
            if not self._members[home]:
                del self._members[home]
                self._failing.pop(home, None)
        self._homes[slug] = network
        self._members[network] += 1


def set_out_ns(attempt: Attempt, began_ns: int) -> int:
    """Return when an attempt that succeeded sent its first packet to the target, which proves our network: not before
    its name was looked up, which may have taken until that worked again.
    """
    return began_ns + (attempt.phases.resolve_us or 0) * 1_000


def address_of(attempt: Attempt) -> str:
    """Return the address that an attempt reached, or else tried first; empty where its name led to none."""
    return attempt.address or (attempt.evidence.address if attempt.evidence else "")


class Place(NamedTuple):
    """An address as the weighing sees it. `network` is its /24, or its /48 for IPv6; all empty without an address."""

    address: str
    network: str
    is_loopback: bool
    is_public: bool
    """Beyond our own network, so that reaching it proves the way out."""


def place_of(address: str) -> Place:
    """Read an address.

    >>> place_of("::ffff:93.184.216.34")[1:], place_of("10.0.0.1")[1:], place_of("2606:2800:220:1::1")[1:]
    (('93.184.216.0/24', False, True), ('10.0.0.0/24', False, False), ('2606:2800:220::/48', False, True))
    """
    if not address:
        return Place("", "", is_loopback=False, is_public=False)
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed
    network = ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False)
    return Place(address, str(network), is_loopback=parsed.is_loopback, is_public=parsed.is_global)
