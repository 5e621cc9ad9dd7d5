"""Agreements over timelines written as text, and a ledger that knows just these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from uptally.books.recorded import Recorded
from uptally.books.statements import statements_of_month
from uptally.model.agreement import Agreement, Approval, Coverage, Party, Service
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, CreditRules, Tier, Tiers
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.exclusion import Recurrence
from uptally.model.fee import Fee
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.model.terms import ServiceWindow, Terms
from uptally.model.timeline import Timeline
from uptally.rules.course import derive
from uptally.rules.sketch import Sketch
from uptally.units.instant import UTC as UTC_ZONE
from uptally.units.stretches import Stretches, covers
from uptally.units.time import SECOND_MS, Window

INTERVAL_MS = 10 * SECOND_MS
TARGET = Fraction(999, 1000)


def at(text: str) -> int:
    """Return an instant from UTC text, such as ``2026-10-05T12:00``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_MS


NOW_MS = at("2026-11-10")


def tiers(*steps: tuple[str, str]) -> CreditRules:
    """Return credits by tiers: below so many percent, so many percent of the fee."""
    return CreditRules(
        (
            Tiers(
                tuple(
                    Tier((Bound(Comparison.LT, Fraction(below) / 100),), Award(Fraction(share) / 100))
                    for below, share in steps
                )
            ),
        )
    )


CREDITS = tiers(("99.9", "10"), ("99", "25"))
TERMS = Terms("gold", (ServiceWindow("always", TARGET, credit=CREDITS),), fee=Fee(Decimal("1000.00"), "EUR"))


def watched(
    *outages: tuple[str, str],
    since: str = "2026-09-01",
    until: str | int = NOW_MS,
    gaps: Sequence[tuple[str, str]] = (),
) -> Timeline:
    """Return what is known of an endpoint that was asked every ten seconds, and failed within the outages; within the
    gaps nobody asked. Attempts in the midst of long stretches stand for their neighbours.
    """
    until_ms = until if isinstance(until, int) else at(until)
    edges = sorted({at(since), until_ms, *(at(each) for pair in (*outages, *gaps) for each in pair)})
    found: list[Observation] = []
    for start_ms, end_ms in pairwise(edges):
        if any(at(begin) <= start_ms < at(end) for begin, end in gaps):
            continue
        is_down = any(at(begin) <= start_ms < at(end) for begin, end in outages)
        last_ms = end_ms - INTERVAL_MS
        for number in range(2 if last_ms > start_ms else 1):
            at_ms = last_ms if number else start_ms
            speaks_ms = (
                max(INTERVAL_MS, end_ms - start_ms - INTERVAL_MS) if not number and last_ms > start_ms else INTERVAL_MS
            )
            found.append(_observation(at_ms, len(found), speaks_ms, is_down=is_down))
    return _timeline(found)


def _observation(at_ms: int, sequence: int, interval_ms: int, *, is_down: bool) -> Observation:
    outcome, reason = (Outcome.DOWN, Reason.CONNECT_REFUSED) if is_down else (Outcome.UP, Reason.NONE)
    return Observation("web", "local", 1, sequence, Kind.RECHECK, at_ms, 1_000, outcome, reason, interval_ms, 1_000)


def _timeline(observations: Sequence[Observation]) -> Timeline:
    found = derive(observations)
    # The turns tell the cadence that was asked for, not how long an observation stands for here.
    turns = tuple(turn._replace(interval_ms=INTERVAL_MS) for turn in found.turns)
    return Timeline(observations[0].at_ms, turns, observations[-1], found.blips)


class Known:
    """A ledger that knows the timelines it was given."""

    def __init__(self, timelines: Mapping[str, Timeline], observations: Sequence[Observation] = ()) -> None:
        self._timelines = timelines
        self._observations = observations

    def locations(self) -> Sequence[str]:
        return ["local"]

    def timelines(self, *, location: str, since_ms: int, slugs: Sequence[str] | None = None) -> Mapping[str, Timeline]:
        return {slug: line for slug, line in self._timelines.items() if slugs is None or slug in slugs}

    def observations(self, slug: str, *, location: str, window: Window) -> Iterator[Observation]:
        yield from (each for each in self._observations if window.start_ms <= each.at_ms < window.end_ms)

    def latencies(self, slug: str, *, location: str, time: Stretches) -> Mapping[int, int]:
        inside = [each for each in self._observations if covers(time, each.at_ms) and each.outcome is Outcome.UP]
        return Sketch.of(each.duration_us for each in inside).counts


def agreement(*terms: Terms, service: str = "web") -> Agreement:
    """Return an approved agreement of a customer for one service."""
    return Agreement(
        "Acme",
        "acme",
        Party("Acme Ltd"),
        Party("Us"),
        (Coverage(service, terms or (TERMS,)),),
        approved=Approval("Ann", date(2026, 9, 1)),
    )


def settings_of(
    slugs: Iterable[str], *, services: Sequence[Service] = (), agreements: Sequence[Agreement] = ()
) -> Settings:
    """Return a configuration with endpoints of these slugs."""
    return Settings(
        file="probes.yaml",
        page=PageSettings("Status", "", UTC_ZONE, Path("site"), 10_000),
        monitor=MonitorSettings("local", (), 1_000, 100),
        store=StoreSettings(Path("uptally.db")),
        server=ServerSettings(False, "127.0.0.1", 0),
        endpoints=tuple(
            Endpoint(slug.title(), slug, TcpCheck("host", 1), interval_ms=INTERVAL_MS, timeout_ms=1_000)
            for slug in slugs
        ),
        findings=(),
        notes=(),
        revision="{}",
        services=tuple(services),
        agreements=tuple(agreements),
    )


def never_recurs(recurrence: Recurrence, window: Window) -> Iterable[tuple[int, int]]:
    """Stand for occurrences where nothing recurs."""
    raise AssertionError("nothing here recurs")


def stated(
    timelines: Mapping[str, Timeline],
    settings: Settings,
    month: str = "2026-10",
    *,
    now_ms: int = NOW_MS,
    recorded: Recorded = Recorded(),  # noqa: B008  # it is frozen
    observations: Sequence[Observation] = (),
) -> list[PeriodStatement]:
    """Return the statements of a month; the observations tell how fast answers were."""
    return statements_of_month(
        Known(timelines, observations), settings, month, now_ms=now_ms, recorded=recorded, occurrences=never_recurs
    )


def acme(
    timeline: Timeline, *terms: Terms, now_ms: int = NOW_MS, month: str = "2026-10", **fields: object
) -> PeriodStatement:
    """Return the one statement of an agreement for one endpoint."""
    settings = settings_of(["web"], agreements=[replace(agreement(*terms), **fields)])  # type: ignore[arg-type]  # by name
    (found,) = stated({"web": timeline}, settings, month, now_ms=now_ms)
    return found
