"""What befalls a world, drawn from a seed before it begins: targets that fail, and a monitor that is disturbed.

Instants are milliseconds of true time since the world's begin, which no suspend stops and nobody sets.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import Generic, NamedTuple, TypeVar

from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.units.time import HOUR_MS, MINUTE_MS, Window

ISOLATION = 15
"""So many intervals lie between two outages of a target at least, so that the ledger has cause to tell them apart."""

_T = TypeVar("_T")


class Failing(Enum):
    """How a target fails."""

    REFUSED = "refused"
    STATUS = "503"
    RESET = "reset"
    HANGING = "hanging"
    """Connections are accepted, and answered when the outage is over."""
    SILENT = "silent"
    """No packet is answered."""
    NAMELESS = "nameless"
    """Its name is gone."""


class Fault(Enum):
    """What is amiss on the monitor's side for a while."""

    ROUTE_SILENT = "packets are lost"
    ROUTE_UNREACHABLE = "there is no route"
    RESOLVER_SILENT = "the resolver is silent"
    RESOLVER_FAILING = "the resolver fails"
    STARVED = "no descriptors are left"
    DISK_FULL = "the disk is full"


class Event(Enum):
    """What happens to the monitor; for how long, `Happening.length_ms` says."""

    STALL = "the process stands still"
    SUSPEND = "the machine sleeps"
    STEP = "the wall clock is set"
    RESTART = "the daemon is stopped and started"
    KILL = "the daemon is killed and started"
    CHANGE = "an endpoint's interval is changed and put back"
    REMOVE = "an endpoint is taken away and comes back"


class Happening(NamedTuple):
    """An event and when it is due. The length of a step back is negative."""

    at_ms: int
    event: Event
    length_ms: int


class Timed(Generic[_T]):
    """What is so during windows that do not overlap."""

    def __init__(self, entries: Iterable[tuple[Window, _T]] = ()) -> None:
        self.entries = sorted(entries, key=lambda entry: entry[0].start_ms)
        self._starts = [window.start_ms for window, _ in self.entries]

    def at(self, at_ms: float) -> _T | None:
        """Return what is so at an instant, if anything."""
        found = self.entry(at_ms)
        return found and found[1]

    def entry(self, at_ms: float) -> tuple[Window, _T] | None:
        """Return it with its window."""
        index = bisect_right(self._starts, at_ms) - 1
        if index < 0 or at_ms >= self.entries[index][0].end_ms:
            return None
        return self.entries[index]


@dataclass(frozen=True)
class Host:
    """Where an endpoint is, how long a packet takes there and back, and how long it thinks about its answer."""

    address: str
    round_trip_ms: int
    answers_after_ms: int
    is_named: bool
    """Whether its address must be looked up, and its name may go."""

    @property
    def is_loopback(self) -> bool:
        return self.address == "127.0.0.1"


@dataclass(frozen=True)
class Plan:
    """All that is to come."""

    seed: int
    length_ms: int
    endpoints: tuple[Endpoint, ...]
    canaries: tuple[Endpoint, ...]
    hosts: Mapping[str, Host]
    outages: Mapping[str, Timed[Failing]]
    """By slug, canaries included."""
    route: Timed[Fault]
    resolver: Timed[Fault]
    descriptors: Timed[Fault]
    disk: Timed[Fault]
    events: tuple[Happening, ...]

    @classmethod
    def of(cls, seed: int, length_ms: int) -> Plan:
        random = Random(seed)
        # In some worlds something is always amiss, in others there is time to tell outages.
        calm = random.choice((1, 4, 15))
        endpoints = _endpoints(random)
        canaries = tuple(_endpoint(name, 30_000, 5_000) for name in ("canary:one", "canary:two"))
        hosts = {each.slug: _host(random, each, number) for number, each in enumerate((*endpoints, *canaries))}
        faults = {
            fault: _stretches(random, length_ms, every_ms=calm * every_ms, shortest_ms=50, longest_ms=longest_ms)
            for fault, every_ms, longest_ms in _FAULTS
        }
        return cls(
            seed=seed,
            length_ms=length_ms,
            endpoints=endpoints,
            canaries=canaries,
            hosts=hosts,
            outages={
                **{each.slug: Timed(_outages(random, each, hosts[each.slug], length_ms)) for each in endpoints},
                **{each.slug: Timed(_silences(random, length_ms)) for each in canaries},
            },
            route=_either(random, faults, Fault.ROUTE_SILENT, Fault.ROUTE_UNREACHABLE),
            resolver=_either(random, faults, Fault.RESOLVER_SILENT, Fault.RESOLVER_FAILING),
            descriptors=_either(random, faults, Fault.STARVED),
            disk=_either(random, faults, Fault.DISK_FULL),
            events=tuple(sorted(_events(random, length_ms, calm), key=lambda each: each.at_ms)),
        )


_FAULTS = (
    (Fault.ROUTE_SILENT, 4 * MINUTE_MS, 60_000),
    (Fault.RESOLVER_SILENT, 10 * MINUTE_MS, 60_000),
    (Fault.STARVED, 15 * MINUTE_MS, 30_000),
    (Fault.DISK_FULL, 20 * MINUTE_MS, 120_000),
)
"""How often each comes about, and how long it lasts at most; what else a way or a resolver does shares its time."""

_EVENTS = (
    (Event.STALL, 2 * MINUTE_MS, 100, 30_000),
    (Event.SUSPEND, 20 * MINUTE_MS, 1_000, 20 * MINUTE_MS),
    (Event.STEP, 30 * MINUTE_MS, 300, HOUR_MS),
    (Event.RESTART, 30 * MINUTE_MS, 300, 60_000),
    (Event.KILL, 15 * MINUTE_MS, 300, 60_000),
    (Event.CHANGE, 30 * MINUTE_MS, 1_000, 5 * MINUTE_MS),
    (Event.REMOVE, 30 * MINUTE_MS, 1_000, 2 * MINUTE_MS),
)
"""How often each comes about, and its shortest and longest length."""


def _endpoints(random: Random) -> tuple[Endpoint, ...]:
    """Few, or enough of them on different networks to make a crowd; one of them beside the monitor."""
    slow = (2_000, 5_000, 10_000, 10_000)
    cadences = [10_000] * 6 if random.random() < 0.25 else [random.choice((1_000, *slow)), *random.choices(slow, k=2)]
    timeouts = (1_000, 2_000, 5_000, 10_000)
    return (
        *(_endpoint(f"e{number}", cadence, random.choice(timeouts)) for number, cadence in enumerate(cadences)),
        _endpoint("local", 10_000, 1_000),
    )


def _endpoint(slug: str, interval_ms: int, timeout_ms: int) -> Endpoint:
    return Endpoint(slug, slug, TcpCheck(f"{slug}.test", 443), interval_ms, timeout_ms)


def _host(random: Random, endpoint: Endpoint, number: int) -> Host:
    if endpoint.slug == "local":
        return Host("127.0.0.1", 1, answers_after_ms=1, is_named=False)
    answers_after_ms = random.choice((1, 20, 300, min(800, endpoint.timeout_ms // 2)))
    return Host(f"93.{number}.1.1", random.randint(3, 60), answers_after_ms, is_named=random.random() < 0.5)


def _outages(random: Random, endpoint: Endpoint, host: Host, length_ms: int) -> Iterator[tuple[Window, Failing]]:
    at_ms = 0
    while True:
        at_ms += ISOLATION * endpoint.interval_ms + round(random.expovariate(1 / (4 * MINUTE_MS)))
        window = Window(at_ms, at_ms + _length_ms(random, 300, 20 * MINUTE_MS if random.random() < 0.05 else MINUTE_MS))
        if window.end_ms >= length_ms:
            return
        yield window, random.choice([each for each in Failing if each is not Failing.NAMELESS or host.is_named])
        at_ms = window.end_ms


def _silences(random: Random, length_ms: int) -> Iterator[tuple[Window, Failing]]:
    for window in _stretches(random, length_ms, every_ms=30 * MINUTE_MS, shortest_ms=300, longest_ms=MINUTE_MS):
        yield window, Failing.SILENT


def _stretches(
    random: Random, length_ms: int, *, every_ms: int, shortest_ms: int, longest_ms: int
) -> tuple[Window, ...]:
    """Return windows at random, that do not overlap; short ones as often as long ones."""
    found: list[Window] = []
    at_ms = 0
    while True:
        at_ms += 1_000 + round(random.expovariate(1 / every_ms))
        window = Window(at_ms, at_ms + _length_ms(random, shortest_ms, longest_ms))
        if window.end_ms >= length_ms:
            return tuple(found)
        found.append(window)
        at_ms = window.end_ms


def _length_ms(random: Random, shortest_ms: int, longest_ms: int) -> int:
    return round(shortest_ms * math.pow(longest_ms / shortest_ms, random.random()))


def _either(random: Random, faults: Mapping[Fault, Sequence[Window]], first: Fault, *others: Fault) -> Timed[Fault]:
    return Timed((window, random.choice((first, *others))) for window in faults[first])


def _events(random: Random, length_ms: int, calm: int) -> Iterator[Happening]:
    for event, every_ms, shortest_ms, longest_ms in _EVENTS:
        bounds = {"shortest_ms": shortest_ms, "longest_ms": longest_ms}
        for window in _stretches(random, length_ms, every_ms=calm * every_ms, **bounds):
            sign = random.choice((1, -1)) if event is Event.STEP else 1
            yield Happening(window.start_ms, event, sign * window.length_ms)
