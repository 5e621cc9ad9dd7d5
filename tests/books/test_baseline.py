"""What could be promised, by what the ledger knows."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.books.agreed import NOW_MS, TERMS, Known, never_recurs, settings_of, watched
from uptally.books.baseline import Proposal, proposals
from uptally.books.recorded import Recorded
from uptally.model.agreement import Service
from uptally.model.timeline import Timeline
from uptally.units.time import HOUR_MS

SHORT, LONG = ("2026-10-05T12:00", "2026-10-05T12:10"), ("2026-08-05T12:00", "2026-08-05T14:00")


def proposed(
    timeline: Timeline, *, months: int = 4, met: int | None = None, service: Service | None = None
) -> Proposal:
    settings = settings_of(["web"], services=[service] if service else [])
    (found,) = proposals(
        Known({"web": timeline}),
        settings,
        months=months,
        met=met,
        now_ms=NOW_MS,
        recorded=Recorded(),
        occurrences=never_recurs,
    )
    return found


def test_the_target_is_the_highest_that_even_the_worst_of_so_many_months_reaches() -> None:
    line = watched(SHORT, LONG, since="2026-06-01")
    found = proposed(line)
    assert [label for label, _ in found.months] == ["2026-07", "2026-08", "2026-09", "2026-10"]
    worst = dict(found.months)["2026-08"]
    assert worst < 1 - Fraction(2 * HOUR_MS, 31 * 24 * HOUR_MS)
    assert found.target is not None
    assert found.target <= worst < found.target + Fraction(1, 100_000)
    assert found.met == 4
    three = proposed(line, met=3)
    assert three.target is not None
    assert found.target < three.target <= dict(found.months)["2026-10"]
    assert three.met == 3


def test_a_month_that_was_not_watched_from_its_begin_does_not_count() -> None:
    found = proposed(watched(since="2026-08-15"))
    assert [label for label, _ in found.months] == ["2026-09", "2026-10"]
    assert (found.met, found.chance) == (2, Fraction(223, 1000))


@pytest.mark.parametrize("met", [3, 4])
def test_where_too_few_months_are_known_nothing_is_proposed(met: int) -> None:
    found = proposed(watched(since="2026-08-15"), met=met)
    assert (found.target, found.chance) == (None, None)


def test_the_terms_of_a_service_say_what_counts() -> None:
    own = Service("Web", "web", ("web",), terms=(TERMS,))
    assert proposed(watched(SHORT), service=own).window == "always"


def test_an_endpoint_within_a_service_has_no_proposal_of_its_own() -> None:
    service = Service("Shop", "shop", ("web",))
    assert proposed(watched(SHORT), service=service).service is service
