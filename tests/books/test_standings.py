"""A ledger and the terms become statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.timelines import observation, observe, timeline_of
from uptally.books import DAYS, MONTHS, Calendar, month_availabilities, standings
from uptally.errors import QuantityError
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.model.statement import Availability
from uptally.model.terms import Terms
from uptally.model.timeline import State, Timeline
from uptally.rules.availability import measure
from uptally.units.time import DAY_MS, HOUR_MS, Window, month_window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = month_window("2026-10", BERLIN)
WEB = Endpoint("Web", "web", TcpCheck("host", 1), 1_000, 500, terms=Terms.bare("99.9%", Fraction(999, 1000)))
SETTINGS = Settings(
    file="probes.yaml",
    page=PageSettings("Status", "", BERLIN, Path("site"), 10_000),
    monitor=MonitorSettings("local", (), 1_000, 100),
    store=StoreSettings(Path("uptally.db")),
    server=ServerSettings(False, "127.0.0.1", 0),
    endpoints=(WEB, replace(WEB, name="Other", slug="other")),
    findings=(),
    notes=(),
    revision="{}",
)


class Known:
    """A ledger that knows the timelines it was given, at the location `local`, and at `elsewhere` if it says so."""

    def __init__(self, *, elsewhere: Mapping[str, Timeline] | None = None, **timelines: Timeline) -> None:
        self._timelines = timelines
        self._elsewhere = elsewhere

    def locations(self) -> Sequence[str]:
        return ["local"] if self._elsewhere is None else ["elsewhere", "local"]

    def timelines(self, *, location: str, since_ms: int, slugs: Sequence[str] | None = None) -> Mapping[str, Timeline]:
        known = self._timelines if location == "local" else self._elsewhere or {}
        return {slug: line for slug, line in known.items() if slugs is None or slug in slugs}

    def availabilities(
        self, windows: Sequence[Window], *, location: str, as_of_ms: int, slugs: Collection[str] | None = None
    ) -> Mapping[str, tuple[Availability, ...]]:
        assert location == "local"
        wanted = self._timelines if slugs is None else slugs
        lines = {slug: self._timelines.get(slug, Timeline(None, (), None)) for slug in wanted}
        return {
            slug: tuple(measure(line, window, as_of_ms=as_of_ms) for window in windows) for slug, line in lines.items()
        }


def test_a_standing_tells_the_last_known_state_and_since_when() -> None:
    known = Known(web=timeline_of(observe("uuddd", start_ms=OCTOBER.start_ms)))
    standing = standings(known, SETTINGS, now_ms=OCTOBER.start_ms + 4_100)[0]
    assert (standing.state, standing.since_ms, standing.is_stale) == (State.DOWN, OCTOBER.start_ms + 1_500, False)


@pytest.mark.parametrize(
    ("story", "since_ms"), [("ud??d", 500), ("ud   dd", 500), ("u??d", 2_500), ("u?u", 1_500), ("ud?", 1_500)]
)
def test_what_is_down_is_so_since_its_outage_began_and_what_is_up_since_it_was_seen_again(
    story: str, since_ms: int
) -> None:
    known = Known(web=timeline_of(observe(story, start_ms=OCTOBER.start_ms)))
    standing = standings(known, SETTINGS, now_ms=OCTOBER.start_ms + len(story) * 1_000)[0]
    assert standing.since_ms == OCTOBER.start_ms + since_ms


def test_a_standing_goes_stale_and_keeps_the_last_known_state() -> None:
    known = Known(web=timeline_of(observe("uu", start_ms=OCTOBER.start_ms)))
    standing = standings(known, SETTINGS, now_ms=OCTOBER.start_ms + HOUR_MS)[0]
    assert (standing.state, standing.is_stale) == (State.UP, True)


@pytest.mark.parametrize(
    ("story", "known"),
    [
        ("uudd", None),
        ("??", None),
        ("udd?", (State.DOWN, 500, 2_000)),
        ("uu?    ?", (State.UP, 0, 1_000)),
        ("u??d??", (State.DOWN, 2_500, 3_000)),
    ],
)
def test_before_unknown_time_stands_what_was_known_last_and_when_it_was_seen(
    story: str, known: tuple[State, int, int] | None
) -> None:
    observations = observe(story, start_ms=OCTOBER.start_ms)
    last_known = standings(Known(web=timeline_of(observations)), SETTINGS, now_ms=observations[-1].at_ms + 100)[
        0
    ].last_known
    found = last_known and (
        last_known.state, last_known.since_ms - OCTOBER.start_ms, last_known.seen_ms - OCTOBER.start_ms
    )  # fmt: skip
    assert found == known


def test_an_endpoint_never_observed_stands_without_state_and_figures() -> None:
    standing = standings(Known(), SETTINGS, now_ms=OCTOBER.start_ms)[0]
    assert (standing.state, standing.since_ms, standing.last, standing.is_stale) == (None, None, None, False)
    assert {statement.availability.ratio for statement in standing.statements} == {None}
    assert [statement.label for statement in standing.statements] == [
        "1h",
        "24h",
        "7d",
        "30d",
        "90d",
        "365d",
        "2026-10",
    ]


def test_standings_follow_the_configurations_order() -> None:
    known = Known(other=timeline_of(observe("u")), web=timeline_of(observe("u")))
    assert [each.endpoint.slug for each in standings(known, SETTINGS, now_ms=5_000)] == ["web", "other"]


def test_days_are_local_and_the_newest_ninety() -> None:
    standing = standings(Known(), SETTINGS, now_ms=month_window("2026-10", BERLIN).end_ms - 1)[0]
    assert len(standing.days) == DAYS
    # 25 October 2026 has 25 hours in Berlin.
    assert [day.window.length_ms for day in standing.days[-7:]] == [25 * HOUR_MS] + [DAY_MS] * 6


def test_months_reach_back_to_the_first_observation_but_not_without_end() -> None:
    def months(start_ms: int) -> list[str]:
        known = Known(web=timeline_of(observe("u", start_ms=start_ms)))
        statements = standings(known, SETTINGS, now_ms=OCTOBER.end_ms - 1)[0].statements
        return [statement.label for statement in statements if "-" in statement.label]

    assert months(month_window("2026-08", BERLIN).start_ms) == ["2026-10", "2026-09", "2026-08"]
    assert len(months(0)) == MONTHS


def test_outages_come_newest_first() -> None:
    known = Known(web=timeline_of(observe("ududu", start_ms=OCTOBER.start_ms)))
    outages = standings(known, SETTINGS, now_ms=OCTOBER.start_ms + 4_100)[0].outages
    assert [outage.start_ms - OCTOBER.start_ms for outage in outages] == [2_500, 500]


def test_an_outage_that_reaches_into_the_days_is_whole_and_one_that_ended_before_them_is_left_out() -> None:
    now_ms = OCTOBER.end_ms
    first_day_ms = Calendar.at(now_ms, BERLIN).days[0].start_ms
    story = [
        observation(letter, first_day_ms + at_ms, sequence=number, interval_ms=DAY_MS)
        for number, (letter, at_ms) in enumerate(
            [("u", -9_000), ("d", -8_000), ("u", -7_000), ("d", -4_000), ("?", -2_000), ("d", 1_000), ("u", 3_000)]
        )
    ]
    [outage] = standings(Known(web=timeline_of(story)), SETTINGS, now_ms=now_ms)[0].outages
    assert outage.end_ms is not None
    assert (outage.start_ms - first_day_ms, outage.end_ms - first_day_ms) == (-5_500, 2_000)
    assert outage.start_earliest_ms == first_day_ms - 7_000


def test_blips_are_listed_newest_first_and_up_in_the_figures() -> None:
    story = observe("u" * 30, start_ms=OCTOBER.start_ms)
    for index in (3, 20):
        at_ms = OCTOBER.start_ms + index * 1_000
        story[index] = observation("t", at_ms, sequence=index, duration_us=3_000_000)
    standing = standings(Known(web=timeline_of(story)), SETTINGS, now_ms=story[-1].at_ms + 100)[0]
    assert [blip.at_ms - OCTOBER.start_ms for blip in standing.blips] == [20_000, 3_000]
    assert standing.outages == ()
    assert standing.days[-1].down_ms == 0


@pytest.mark.parametrize(("quorum", "down_ms"), [(None, 1_000), (1, 4_000), (2, 1_000)])
def test_several_locations_stand_and_are_billed_by_their_votes(quorum: int | None, down_ms: int) -> None:
    stories = [observe(story, start_ms=OCTOBER.start_ms) for story in ("uudddu", "uuuudd")]
    known = Known(web=timeline_of(stories[0]), elsewhere={"web": timeline_of(stories[1])})
    settings = replace(SETTINGS, endpoints=(replace(WEB, quorum=quorum),))
    now_ms = OCTOBER.start_ms + 5_500
    [standing] = standings(known, settings, now_ms=now_ms)
    [availability] = month_availabilities(known, settings, settings.endpoints, "2026-10", now_ms=now_ms)
    assert standing.state is (State.DOWN if quorum == 1 else State.UP)
    assert availability.down_ms == down_ms
    assert [each.availability for each in standing.statements if each.label == "2026-10"] == [availability]


def test_what_only_another_location_observed_is_as_it_observed_it() -> None:
    line = timeline_of(observe("uudu", start_ms=OCTOBER.start_ms))
    known = Known(elsewhere={"web": line})
    now_ms = OCTOBER.start_ms + 3_500
    standing = standings(known, SETTINGS, now_ms=now_ms)[0]
    assert (standing.state, standing.last) == (State.UP, line.last)
    assert standing.days[-1] == measure(line, standing.days[-1].window, as_of_ms=now_ms)


def test_in_a_month_without_observations_nothing_was_scheduled() -> None:
    found = month_availabilities(Known(), SETTINGS, [WEB], "2026-10", now_ms=OCTOBER.end_ms)
    assert [each.scheduled_ms for each in found] == [0]


def test_text_that_is_no_month_is_refused() -> None:
    with pytest.raises(QuantityError, match="is no month"):
        month_availabilities(Known(), SETTINGS, [WEB], "october", now_ms=0)
