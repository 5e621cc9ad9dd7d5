"""How services of several endpoints stand, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.page.sample import CANARY, NOW_MS, Known, at, blind, down, endpoint
from tests.page.sample import settings as page_settings
from uptally.books.combined import combined_standings, composite_of
from uptally.model.agreement import Service
from uptally.model.settings import MonitorSettings, ServerSettings, Settings, StoreSettings
from uptally.model.statement import Standing
from uptally.model.terms import Composite, CompositeMode, Terms
from uptally.model.timeline import State
from uptally.units.ratio import parse_percent
from uptally.units.time import Window

ANY, ALL = Composite(CompositeMode.ANY_DOWN), Composite(CompositeMode.ALL_DOWN)
WEIGHTED = Composite(CompositeMode.WEIGHTED, weights={"web": Fraction(1), "mail": Fraction(2)})
TWO = Composite(CompositeMode.AT_LEAST_DOWN, least=2)
TERMS = Terms.bare("99.9%", parse_percent("99.9%"))


def service(composite: Composite | None, *components: str, terms: tuple[Terms, ...] = (TERMS,)) -> Service:
    return Service("Shop", "shop", components, composite, group="Front", description="All of it.", terms=terms)


def standing_of(of: Service) -> Standing:
    """The web was down from 10:00 to 10:10 yesterday, the mail from 10:04 to 10:20 and since 14:30 today; the disk is
    not seen since noon.
    """
    known = Known()
    known.add(endpoint("Web"), down("2026-11-22 10:00:00", 600))
    known.add(endpoint("Mail", interval_ms=10_000), down("2026-11-22 10:04:00", 960), down("2026-11-23 14:30:00", None))
    known.add(endpoint("Disk"), blind("2026-11-23 12:00:00", None))
    monitor = MonitorSettings(CANARY, (), 1_000, 100)
    store, server = StoreSettings(Path(CANARY)), ServerSettings(False, "127.0.0.1", 0)
    asked = tuple(known.endpoints)
    settings = Settings("probes.yaml", page_settings(), monitor, store, server, asked, (), (), revision="")
    [found] = combined_standings(known, settings, [of], now_ms=NOW_MS)
    return found


@pytest.mark.parametrize(
    ("composite", "components", "state", "since", "down_s"),
    [
        (ANY, ("web", "mail"), State.DOWN, "2026-11-23 14:30:00", 1_200),
        (None, ("web", "mail"), State.DOWN, "2026-11-23 14:30:00", 1_200),
        (ALL, ("web", "mail"), State.UP, "2026-11-22 10:10:00", 360),
        (WEIGHTED, ("web", "mail"), State.DOWN, "2026-11-23 14:30:00", 1_200),
        (ANY, ("web", "disk"), State.UNKNOWN, "2026-11-23 12:00:00", 600),
        (ALL, ("web", "disk"), State.UP, "2026-07-02 09:30:00", 0),
        (TWO, ("web", "mail", "disk"), State.UNKNOWN, "2026-11-23 14:30:00", 360),
    ],
)
def test_a_service_is_what_its_components_come_to(
    composite: Composite | None, components: tuple[str, ...], state: State, since: str, down_s: int
) -> None:
    found = standing_of(service(composite, *components))
    assert (found.state, found.since_ms, found.is_stale) == (state, at(since), False)
    assert found.days[-2].down_ms == down_s * 1_000
    assert not found.statements


def test_outages_have_the_bounds_of_the_parts_that_made_them() -> None:
    [outage] = standing_of(service(ALL, "web", "mail")).outages
    begin_ms, end_ms = at("2026-11-22 10:04:00"), at("2026-11-22 10:10:00")
    assert (outage.start_ms, outage.end_ms) == (begin_ms, end_ms)
    # The mail is asked every ten seconds, the web every two.
    assert (outage.start_earliest_ms, outage.start_latest_ms) == (begin_ms - 5_000, begin_ms + 5_080)
    assert (outage.end_earliest_ms, outage.end_latest_ms) == (end_ms - 1_000, end_ms + 1_080)


def test_it_stands_under_its_own_name_and_is_asked_as_rarely_as_the_slowest() -> None:
    shown = standing_of(service(ANY, "web", "mail")).endpoint
    assert (shown.name, shown.slug, shown.group, shown.description) == ("Shop", "shop", "Front", "All of it.")
    assert (shown.interval_ms, shown.terms) == (10_000, None)


def test_one_endpoint_under_another_name_is_held_to_its_bare_target() -> None:
    found = standing_of(service(None, "web", terms=(replace(TERMS, zone=page_settings().zone),)))
    assert found.endpoint.terms is not None
    november = next(each for each in found.statements if each.label == "2026-11")
    assert (november.availability.down_ms, november.verdict is not None) == (600_000, True)


def test_the_terms_in_force_say_how_components_combine_and_else_the_service_does() -> None:
    early = replace(TERMS, contract=Window(0, NOW_MS), composite=ALL)
    late = replace(TERMS, contract=Window(NOW_MS, 2 * NOW_MS), composite=WEIGHTED)
    both = service(ANY, "web", "mail", terms=(early, late))
    assert composite_of(both, now_ms=NOW_MS - 1) == ALL
    assert composite_of(both, now_ms=NOW_MS) == WEIGHTED
    assert composite_of(service(ALL, "web", "mail"), now_ms=NOW_MS) == ALL
    assert composite_of(service(None, "web", "mail"), now_ms=NOW_MS) == ANY
