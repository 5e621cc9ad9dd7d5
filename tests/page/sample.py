"""A status page as it might be: twelve endpoints in three groups, with everything that can happen to one.

The standings come from timelines by way of the books, so that their figures agree with each other.
`python -m tests.page.sample FOLDER` writes the page there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from uptally import books
from uptally.model.credit_note import CreditNotes
from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.model.statement import LatencyCourse, LatencyHour, LatencyPart, LatencyWindow, Standing
from uptally.model.terms import Terms
from uptally.model.timeline import SAMPLES_MOST, Blip, State, Timeline, Turn
from uptally.page import Board, endpoint_path, publish, render, render_endpoint
from uptally.page.incidents import NO_BOARD
from uptally.units.ratio import parse_percent
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Window

ZONE = ZoneInfo("Europe/Dublin")
CANARY = "canary-7f3a91-must-never-be-published"
"""Stands in every text of the sample that comes from a target or is secret."""


def at(text: str) -> int:
    """The instant of a UTC time such as ``2026-11-23 14:38:07``."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_MS


NOW_MS = at("2026-11-23 14:38:07")


@dataclass(frozen=True)
class Trouble:
    """A stretch that was not up; one without a length lasts until now."""

    begin: str
    length_ms: int | None
    state: State = State.DOWN
    reason: Reason = Reason.RESPONSE_TIMEOUT


def down(begin: str, seconds: float | None, reason: Reason = Reason.RESPONSE_TIMEOUT) -> Trouble:
    return Trouble(begin, None if seconds is None else round(seconds * SECOND_MS), State.DOWN, reason)


def blind(begin: str, minutes: float | None) -> Trouble:
    return Trouble(begin, None if minutes is None else round(minutes * MINUTE_MS), State.UNKNOWN, Reason.OWN_NETWORK)


def endpoint(
    name: str,
    *,
    group: str = "",
    sla: str | None = None,
    description: str = "",
    interval_ms: int = 2_000,
    is_public: bool = True,
) -> Endpoint:
    slug = "-".join(
        "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name.lower()).split()
    )
    return Endpoint(
        name=name,
        slug=slug or "endpoint",
        check=HttpCheck(f"https://{CANARY}.example/{CANARY}", f"{CANARY}.example", 443),
        interval_ms=interval_ms,
        timeout_ms=5_000,
        group=group,
        description=description,
        is_public=is_public,
        terms=None if sla is None else Terms.bare(sla, parse_percent(sla)),
    )


def observation(of: Endpoint, at_ms: int, outcome: Outcome, reason: Reason) -> Observation:
    evidence = Evidence(CANARY, 503, "203.0.113.9", CANARY, None, f"<h1>{CANARY}</h1>")
    return Observation(
        of.slug, CANARY, 1, 1, Kind.GRID, at_ms, 80_000, outcome, reason, of.interval_ms, of.timeout_ms, evidence
    )


def timeline(
    of: Endpoint, troubles: Sequence[Trouble], *, first: str, last_ms: int, last: Outcome | None = None
) -> Timeline:
    """The turns of an endpoint that was up but for some troubles; each edge is as wide as its interval."""
    turns = [turn(at(first), State.UP, Reason.NONE, of, width_ms=0)]
    for each in sorted(troubles, key=lambda trouble: trouble.begin):
        start_ms = at(each.begin)
        turns.append(turn(start_ms, each.state, each.reason, of))
        if each.length_ms is not None:
            end_ms = start_ms + each.length_ms
            turns.append(turn(end_ms, State.UP, Reason.NONE, of))
    outcomes = {State.UP: Outcome.UP, State.DOWN: Outcome.DOWN, State.UNKNOWN: Outcome.UNKNOWN}
    newest = turns[-1]
    outcome = last or outcomes[newest.state]
    # Two hours before the end, one attempt hung that was refuted at once.
    hung_ms = last_ms - 2 * HOUR_MS
    blip = Blip(hung_ms, hung_ms - of.interval_ms, hung_ms + of.timeout_ms, Reason.RESPONSE_TIMEOUT)
    return Timeline(at(first), tuple(turns), observation(of, last_ms, outcome, newest.reason), (blip,))


def turn(start_ms: int, state: State, reason: Reason, of: Endpoint, *, width_ms: int | None = None) -> Turn:
    """A change of state between two attempts that are so far apart, or an interval; outages have samples enough."""
    half_ms = (of.interval_ms if width_ms is None else width_ms) // 2
    first_ms, samples = start_ms + half_ms, SAMPLES_MOST if state is State.DOWN else 0
    return Turn(start_ms, state, reason, start_ms - half_ms, first_ms, first_ms + 80, of.interval_ms, samples)


class Known:
    """What the books ask a ledger for, from memory."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []
        self.by_slug: dict[str, Timeline] = {}

    def locations(self) -> list[str]:
        return [CANARY]

    def timelines(self, *, location: str, since_ms: int, slugs: Sequence[str] | None = None) -> dict[str, Timeline]:
        return self.by_slug

    def add(
        self,
        of: Endpoint,
        *troubles: Trouble,
        first: str = "2026-07-02 09:30:00",
        last_ms: int = NOW_MS - SECOND_MS,
        last: Outcome | None = None,
    ) -> None:
        """Watch an endpoint from an instant on; it was up but for its troubles."""
        self.endpoints.append(of)
        self.by_slug[of.slug] = timeline(of, troubles, first=first, last_ms=last_ms, last=last)

    def standings(self, now_ms: int = NOW_MS) -> list[Standing]:
        canary = endpoint("Canary")
        whole = Settings(
            file="probes.yaml",
            page=settings(),
            monitor=MonitorSettings(CANARY, (canary,), 1_000, 100),
            store=StoreSettings(Path(CANARY)),
            server=ServerSettings(False, "127.0.0.1", 0),
            endpoints=tuple(self.endpoints),
            findings=(),
            notes=(),
            revision=CANARY,
        )
        return books.standings(self, whole, now_ms=now_ms)


def standings() -> list[Standing]:
    payments, platform, tools = "Payments", "Platform", "Tools"
    known = Known()
    known.add(
        endpoint("Checkout API", group=payments, sla="99.99%", description="Card and wallet payments at checkout."),
        down("2026-11-23 14:32:00", None, Reason.STATUS),
        down("2026-11-11 03:12:41", 6),
        down("2026-11-04 19:05:12", 13, Reason.CONNECT_REFUSED),
        down("2026-10-02 07:44:03", 92, Reason.TLS_EXPIRED),
        down("2026-09-17 22:10:56", 3, Reason.RESET),
    )
    known.add(
        endpoint("Payment webhooks", group=payments, sla="99.95%"),
        down("2026-11-13 11:00:00", 20.5),
        down("2026-10-19 10:00:00", 75),
        down("2026-09-09 10:00:00", 12),
    )
    known.add(
        endpoint("Card vault", group=payments, sla="99.999%", interval_ms=1_000),
        down("2026-11-06 04:20:00", 19.4),
        down("2026-09-30 17:00:00", 0.6),
    )
    known.add(
        endpoint("Payouts", group=payments, sla="99.99%"),
        down("2026-11-18 10:00:00", 7.9),
        down("2026-10-27 10:00:00", 72),
        down("2026-10-14 10:00:00", 321),
        down("2026-10-03 10:00:00", 88),
        down("2026-09-22 10:00:00", 6.5),
        last=Outcome.SLOW,
    )
    known.add(endpoint("Login and single sign-on", group=platform, sla="99.99%"))
    known.add(
        endpoint("DNS", group=platform, sla="99.999%", interval_ms=1_000),
        down("2026-11-17 05:00:00", 31.2),
    )
    known.add(
        endpoint("Edge network, South America (São Paulo)", group=platform, sla="99.95%"),
        blind("2026-11-23 14:21:00", None),
        blind("2026-11-07 10:00:00", 8),
        blind("2026-11-06 10:00:00", 22),
        blind("2026-11-05 10:00:00", 40),
        down("2026-10-09 09:00:00", 22),
    )
    known.add(
        endpoint("Message queue", group=platform, sla="99.9%"),
        down("2026-11-20 10:00:00", 55),
        first="2026-11-02 08:00:00",
    )
    known.endpoints.append(endpoint("New region", group=platform, sla="99.9%"))
    known.add(
        endpoint("Dashboard", group=tools, interval_ms=30_000),
        down("2026-11-20 10:00:00", 55),
        down("2026-10-08 10:00:00", 61),
        down("2026-09-15 10:00:00", 4_000, Reason.DNS_UNAVAILABLE),
    )
    known.add(
        endpoint("Reporting exports", group=tools, sla="99.9%", interval_ms=10_000),
        blind("2026-10-21 10:00:00", 23),
        blind("2026-10-20 10:00:00", 31),
        down("2026-10-05 10:00:00", 812),
    )
    known.add(
        endpoint("Email delivery", group=tools, sla="99.5%", interval_ms=10_000),
        down("2026-11-04 10:00:00", 610),
        down("2026-09-25 10:00:00", 300),
        last_ms=at("2026-11-23 14:30:00"),
    )
    known.add(endpoint(f"Hidden {CANARY}", group=tools, is_public=False), down("2026-11-23 14:00:00", None))
    return known.standings()


def latencies(slug: str, now_ms: int = NOW_MS) -> list[LatencyHour]:
    """A day of latencies with two hours missing; none for an endpoint that was never observed."""
    if slug == "new-region":
        return []
    newest_ms = now_ms - now_ms % HOUR_MS
    hours = []
    for back in range(24):
        if back in (10, 11):
            continue
        wave = abs(12 - back) * 11_000 + (back * 7_919) % 9_000
        hours.append(LatencyHour(newest_ms - back * HOUR_MS, 1_800, 82_000 + wave // 2, 194_000 + wave * 2))
    return hours[::-1]


def courses(now_ms: int = NOW_MS) -> tuple[LatencyCourse, ...]:
    """A week and a quarter of latencies, of which some is missing in the midst, as is what lies before the first."""
    told = []
    for label, step_ms, steps, missing in (("7d", 6 * HOUR_MS, 28, {9, 10, 11}), ("90d", DAY_MS, 90, {0, 1, 2, 40})):
        end_ms = now_ms + -now_ms % step_ms
        window = Window(end_ms - steps * step_ms, end_ms)
        parts = [
            LatencyPart(
                window.start_ms + place * step_ms,
                82_000 + place * 7_919 % 23_000,
                190_000 + place * 104_729 % 90_000 + (240_000 if place == steps - 7 else 0),
            )
            for place in range(steps)
            if place not in missing
        ]
        told.append(LatencyCourse(label, window, step_ms, parts))
    return tuple(told)


def windows(now_ms: int = NOW_MS) -> tuple[LatencyWindow, ...]:
    """The figures of a day, a week and a quarter."""
    end_ms = now_ms + -now_ms % HOUR_MS
    return tuple(
        LatencyWindow(label, Window(end_ms - days * DAY_MS, end_ms), days * 39_600, 91_000 + days, 240_000 + days)
        for label, days in (("24h", 1), ("7d", 7), ("90d", 90))
    )


def settings(directory: Path = Path("site")) -> PageSettings:
    return PageSettings(
        title="Acme Cloud",
        description="State and promises of Acme Cloud’s services.",
        zone=ZONE,
        directory=directory,
        refresh_ms=60_000,
    )


def pages(now_ms: int = NOW_MS) -> dict[str, bytes]:
    all_standings = standings()
    return {
        **render(all_standings, settings=settings(), latencies=latencies, now_ms=now_ms, version="0.1.0"),
        **with_courses(all_standings[0], settings(), now_ms=now_ms),
    }


def with_courses(
    one: Standing, of: PageSettings, *, now_ms: int = NOW_MS, board: Board = NO_BOARD, notes: CreditNotes | None = None
) -> dict[str, bytes]:
    """The page of an endpoint that has been measured for long."""
    page = render_endpoint(
        one,
        settings=of,
        latencies=latencies(one.endpoint.slug, now_ms),
        latency_windows=windows(now_ms),
        latency_courses=courses(now_ms),
        now_ms=now_ms,
        version="0.1.0",
        board=board,
        notes=notes,
    )
    return {endpoint_path(one.endpoint.slug): page}


if __name__ == "__main__":
    publish(Path(sys.argv[1]), pages())
