"""Which exclusions count, and what they take of a window's time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.rules.contract.stories import at, between, dates, drawn
from uptally.model.facts import Exclusion
from uptally.model.terms import Business, ExclusionRule, ExclusionRules, Hours, Terms
from uptally.rules.contract.exclusions import Candidates, candidates, excluded_of
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import DAY_MS, HOUR_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
PERIOD = Window(0, 100)
NIGHTS = (Hours(frozenset(range(7)), 2 * HOUR_MS, 4 * HOUR_MS),)


def terms(*rules: ExclusionRule, zone: ZoneInfo = BERLIN, business: Business | None = None) -> Terms:
    bare = Terms.bare("gold", Fraction(1), zone)
    return replace(bare, exclusions=ExclusionRules(rules), business=business or Business())


def maintenance(start_ms: int, end_ms: int, notified_ms: int | None = None, *, name: str = "M1") -> Exclusion:
    return Exclusion(name, "maintenance", start_ms, end_ms, notified_ms)


def found(
    rule: ExclusionRule, *exclusions: Exclusion, period: Window = PERIOD, as_of_ms: int | None = None
) -> Candidates:
    return candidates(terms(rule), exclusions, period, as_of_ms=as_of_ms)


def refusal(rule: ExclusionRule, exclusion: Exclusion, **when: int | None) -> str | None:
    """Return why an exclusion does not count; None where it does."""
    period = Window(exclusion.start_ms, exclusion.end_ms)
    refused = candidates(terms(rule), [exclusion], period, as_of_ms=when.get("as_of_ms")).refused
    return refused[0][1] if refused else None


FREE = ExclusionRule("maintenance")
DAYS_NOTICE = ExclusionRule("maintenance", notice_ms=DAY_MS)


def test_kind_that_the_contract_does_not_know_is_refused() -> None:
    assert refusal(ExclusionRule("force_majeure"), maintenance(0, 10)) == "kind"


def test_kind_without_notice_needs_no_announcement() -> None:
    assert refusal(FREE, maintenance(0, 10)) is None


@pytest.mark.parametrize(("notified_ms", "why"), [(0, None), (-1, None), (1, "notice"), (None, "notice")])
def test_notice_may_be_exactly_long_enough(notified_ms: int | None, why: str | None) -> None:
    assert refusal(DAYS_NOTICE, maintenance(DAY_MS, DAY_MS + 1, notified_ms)) == why


@pytest.mark.parametrize(("notified_ms", "why"), [(10, None), (9, None), (11, "notice"), (None, "notice")])
def test_notice_of_no_length_must_still_be_given_before(notified_ms: int | None, why: str | None) -> None:
    assert refusal(ExclusionRule("maintenance", notice_ms=0), maintenance(10, 20, notified_ms)) == why


def test_notice_is_real_time_also_over_a_clock_change() -> None:
    start_ms = at("2026-03-29T12:00", BERLIN)
    rule = DAYS_NOTICE
    assert refusal(rule, maintenance(start_ms, start_ms + 1, at("2026-03-28T12:00", BERLIN))) == "notice"
    assert refusal(rule, maintenance(start_ms, start_ms + 1, at("2026-03-28T11:00", BERLIN))) is None


@pytest.mark.parametrize(("as_of_ms", "why"), [(5, None), (4, "notice"), (None, None)])
def test_announcement_is_not_known_before_it_is_made(as_of_ms: int | None, why: str | None) -> None:
    exclusion = maintenance(5 + DAY_MS, 6 + DAY_MS, 5)
    assert refusal(DAYS_NOTICE, exclusion, as_of_ms=as_of_ms) == why


@pytest.mark.parametrize(
    ("notified", "start", "why"),
    [
        ("2026-10-04T23:59", "2026-10-06T00:00", None),
        ("2026-10-05T00:00", "2026-10-06T00:00", "notice"),
        ("2026-10-01T12:00", "2026-10-05T12:00", "notice"),
        ("2026-10-01T12:00", "2026-10-06T00:00", None),
        (None, "2026-10-06T00:00", "notice"),
    ],
)
def test_notice_in_business_days_counts_local_days_without_holidays(
    notified: str | None, start: str, why: str | None
) -> None:
    # Friday 2 October is a holiday: two business days after Thursday are Tuesday 6.
    rule = ExclusionRule("maintenance", notice_days=2)
    start_ms = at(start, BERLIN)
    exclusion = maintenance(start_ms, start_ms + 1, None if notified is None else at(notified, BERLIN))
    business = Business(closed=frozenset(dates("2026-10-02")))
    refused = candidates(
        terms(rule, business=business), [exclusion], Window(start_ms, start_ms + 1), as_of_ms=None
    ).refused
    assert [each for _, each in refused] == ([] if why is None else [why])


def test_notice_may_ask_for_hours_and_business_days_at_once() -> None:
    rule = ExclusionRule("maintenance", notice_ms=100 * HOUR_MS, notice_days=1)
    # Friday to Tuesday: one business day is enough, 96 hours are not.
    start_ms = at("2026-10-06T12:00", BERLIN)
    assert refusal(rule, maintenance(start_ms, start_ms + 1, start_ms - 96 * HOUR_MS)) == "notice"
    assert refusal(rule, maintenance(start_ms, start_ms + 1, start_ms - 100 * HOUR_MS)) is None


def test_part_in_the_period_counts() -> None:
    ((_, _, time),) = found(FREE, maintenance(-10, 10)).valid
    assert time == ((0, 10),)


@pytest.mark.parametrize(("start_ms", "end_ms"), [(-10, 0), (100, 110), (50, 50), (60, 50)])
def test_exclusion_that_does_not_touch_the_period_is_nothing(start_ms: int, end_ms: int) -> None:
    assert found(FREE, maintenance(start_ms, end_ms)) == Candidates((), ())
    assert found(ExclusionRule("other"), maintenance(start_ms, end_ms)) == Candidates((), ())


def test_exclusion_before_the_period_does_not_hide_the_one_in_it() -> None:
    valid = found(FREE, maintenance(-10, 0), maintenance(5, 6, name="M2")).valid
    assert [exclusion.id for exclusion, _, _ in valid] == ["M2"]


def test_notice_is_counted_to_the_exclusions_own_start() -> None:
    # It begins a day and a millisecond before the period does.
    rule = ExclusionRule("maintenance", notice_ms=10)
    assert not found(rule, maintenance(-10, 10, -20)).refused
    assert found(rule, maintenance(-10, 10, -19)).refused


def test_only_what_lies_in_allowed_hours_counts() -> None:
    rule = ExclusionRule("maintenance", only_during=NIGHTS)
    period = between("2026-10-05", "2026-10-07", BERLIN)
    exclusion = maintenance(*between("2026-10-05T03:00", "2026-10-06T03:00", BERLIN))
    ((_, _, time),) = found(rule, exclusion, period=period).valid
    assert time == (
        between("2026-10-05T03:00", "2026-10-05T04:00", BERLIN),
        between("2026-10-06T02:00", "2026-10-06T03:00", BERLIN),
    )


def valid(*parts: tuple[Exclusion, ExclusionRule]) -> Candidates:
    """Return valid exclusions that only their own ends cut."""
    return Candidates(
        tuple((exclusion, rule, ((exclusion.start_ms, exclusion.end_ms),)) for exclusion, rule in parts), ()
    )


ALL: Stretches = ((0, 100),)


def test_valid_exclusions_are_a_union() -> None:
    customer = Exclusion("C1", "customer", 15, 40, None)
    time, codes = excluded_of(
        ALL,
        valid(
            (maintenance(10, 20), FREE), (maintenance(18, 30, name="M2"), FREE), (customer, ExclusionRule("customer"))
        ),
    )
    assert time == ((10, 40),)
    assert codes == ("excluded:M1", "excluded:M2", "excluded:C1")


def test_exclusion_takes_only_scheduled_time() -> None:
    assert excluded_of(((0, 12), (15, 30)), valid((maintenance(10, 20), FREE))).time == ((10, 12), (15, 20))


def test_exclusion_outside_the_window_is_not_mentioned() -> None:
    assert excluded_of(((0, 10),), valid((maintenance(10, 20), FREE))) == (NEVER, ())


CAPPED = ExclusionRule("maintenance", most_ms=10)


@pytest.mark.parametrize(
    ("parts", "time", "is_capped"),
    [
        ("  #####  ####         ", "  #####  ####         ", False),
        ("  #####  #####        ", "  #####  #####        ", False),
        ("  #####  ######       ", "  #####  #####        ", True),
        ("  ##########  ###     ", "  ##########          ", True),
    ],
)
def test_kind_excludes_no_more_than_its_cap_earliest_first(parts: str, time: str, is_capped: bool) -> None:
    exclusions = [maintenance(*piece, name=f"M{piece[0]}") for piece in reversed(drawn(parts))]
    found, codes = excluded_of(ALL, valid(*((each, CAPPED) for each in exclusions)))
    assert found == drawn(time)
    assert ("exclusion_capped:maintenance" in codes) is is_capped


def test_cap_looks_at_the_union_of_a_kind() -> None:
    same = valid((maintenance(0, 10), CAPPED), (maintenance(0, 10, name="M2"), CAPPED))
    assert excluded_of(ALL, same) == (((0, 10),), ("excluded:M1", "excluded:M2"))


def test_cap_of_one_kind_leaves_another_alone_also_where_both_take_the_same_time() -> None:
    both = valid((maintenance(0, 20), CAPPED), (Exclusion("C1", "customer", 0, 15, None), ExclusionRule("customer")))
    time, codes = excluded_of(ALL, both)
    assert time == ((0, 15),)
    assert codes == ("excluded:M1", "excluded:C1", "exclusion_capped:maintenance")


def test_cap_of_nothing_excludes_nothing() -> None:
    rule = ExclusionRule("maintenance", most_ms=0)
    assert excluded_of(ALL, valid((maintenance(0, 20), rule))).time == NEVER


def restricted(allowed: Stretches) -> Candidates:
    return Candidates(((maintenance(10, 20), replace(FREE, only_during=NIGHTS), allowed),), ())


def test_time_outside_allowed_hours_is_told() -> None:
    assert excluded_of(ALL, restricted(((12, 20),))) == (
        ((12, 20),),
        ("excluded:M1", "outside_hours:maintenance"),
    )


def test_exclusion_all_within_allowed_hours_is_not_told_to_be_outside() -> None:
    assert excluded_of(ALL, restricted(((10, 20),))).codes == ("excluded:M1",)


def test_exclusion_all_outside_allowed_hours_excludes_nothing() -> None:
    assert excluded_of(ALL, restricted(NEVER)) == (NEVER, ("outside_hours:maintenance",))


def test_hours_outside_the_window_are_not_told() -> None:
    assert excluded_of(((12, 100),), restricted(((12, 20),))).codes == ("excluded:M1",)


def test_same_reason_is_told_once() -> None:
    two = Candidates((*restricted(NEVER).valid, *restricted(NEVER).valid), ())
    assert excluded_of(ALL, two).codes == ("outside_hours:maintenance",)


def test_refused_exclusion_is_told_where_it_touches_the_window() -> None:
    refused = Candidates((), ((maintenance(10, 20), "notice"),))
    assert excluded_of(((19, 30),), refused) == (NEVER, ("not_excluded:M1:notice",))
    assert excluded_of(((20, 30),), refused) == (NEVER, ())
