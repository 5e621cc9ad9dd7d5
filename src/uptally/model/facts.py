"""What happened: all that terms are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from uptally.units.stretches import NEVER, Stretches


class Impact(NamedTuple):
    """A stretch of downtime that affected only a share of those who use the service."""

    start_ms: int
    end_ms: int
    share: Fraction


class History(NamedTuple):
    """What a component was: up wherever it was neither down nor unknown.

    `deployed` is when it existed, for components that are pooled; None for always.
    """

    down: Stretches = NEVER
    unknown: Stretches = NEVER
    impacts: tuple[Impact, ...] = ()
    deployed: Stretches | None = None


class Exclusion(NamedTuple):
    """Time that the terms may leave out, and when it was announced (None where it was not)."""

    id: str
    kind: str
    start_ms: int
    end_ms: int
    notified_ms: int | None


class RequestCount(NamedTuple):
    """How many requests an interval had, and how many of them failed."""

    total: int
    failed: int


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """Requests by interval: `listed` by the interval's start, and what all others had."""

    default: RequestCount
    listed: Mapping[int, RequestCount]


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened: the components of a service by name, exclusions, requests, and claims by the period's label.

    `as_of_ms` is when a period in progress is looked at; nothing recorded after it is read. `reported` is the
    time from the customer's report of an incident to its end, for terms that count no other. `margins` are, by the
    labels of a period and of a window, so many milliseconds more of downtime than can be shown as stretches, or fewer:
    what no attempt saw, or what is still to come. `shares` are, by the label of a period, what parts of the fee are
    given for promises besides availability.
    """

    components: Mapping[str, History]
    exclusions: tuple[Exclusion, ...] = ()
    requests: RequestCounts | None = None
    as_of_ms: int | None = None
    claims: Mapping[str, int] = field(default_factory=dict)
    reported: Stretches = NEVER
    margins: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    shares: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
