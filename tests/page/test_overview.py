from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, month, outage, standing
from tests.page.sample import settings
from uptally.model.statement import Standing
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page.answers import Answer
from uptally.page.catalogue import language_of
from uptally.page.days import Calendar
from uptally.page.language import speaking
from uptally.page.overview import Headline, headline_of, overview_of

UP, DOWN, UNKNOWN = standing("A"), standing("B", State.DOWN), standing("C", State.UNKNOWN)
STALE, NEW = standing("D", is_stale=True), standing("E", None)
STALE_DOWN = standing("F", State.DOWN, is_stale=True)


def words(headline: Headline) -> str:
    tail = f" since {headline.since.text}, {headline.lasted}" if headline.since else ""
    return headline.text + tail


def answered(answer: Answer) -> str:
    """An answer as its reader sees it."""
    named = ", ".join(each.said.format(service=each.name) for each in answer.named)
    more = f" and {answer.more} more" if answer.more else ""
    said = answer.said.format(moment=answer.moment.text if answer.moment else "")
    parts = (f"{answer.question}: {answer.answer}.", f"{named}{more}{'.' if said and named else ''}", said)
    return " ".join(part for part in parts if part)


@pytest.mark.parametrize(
    ("standings", "text"),
    [
        ([], "No services are shown here"),
        ([UP], "A is up"),
        ([UP, UP, UP], "All 3 services are up"),
        ([UP, DOWN], "B is down since 14:32, 6 minutes"),
        ([UNKNOWN, DOWN, UP], "B is down since 14:32, 6 minutes"),
        ([DOWN, UP, DOWN], "2 of 3 services are down"),
        ([UP, UNKNOWN], "The state of C is not known"),
        ([UP, STALE], "The state of D is not known"),
        ([UP, NEW], "The state of E is not known"),
        ([UP, STALE_DOWN], "The state of F is not known"),
        ([UNKNOWN, STALE, UP, NEW], "The state of 3 of 4 services is not known"),
        ([UNKNOWN, STALE, NEW], "The state of all 3 services is not known"),
        ([NEW], "Nothing has been observed yet"),
        ([NEW, NEW], "Nothing has been observed yet"),
    ],
)
def test_the_headline_is_the_worst_state_in_plain_words(standings: Sequence[Standing], text: str) -> None:
    assert words(headline_of(standings, Calendar(UTC_ZONE))) == text


def answers(*standings: Standing) -> list[str]:
    page = overview_of(standings, replace(settings(), zone=UTC_ZONE), now_ms=NOW_MS)
    return [answered(each) for each in page.answers]


def test_what_is_down_says_when_its_budget_will_be_gone() -> None:
    # Of 259.2 s 120 s are used: the rest lasts 139.2 s from 14:38:07.
    one = standing("B", State.DOWN, statements=[month("2026-11", down_ms=120_000)])
    assert answers(UP, one) == [
        "Down now: B. If it stays so, the budget for November is spent at 14:40.",
        "Promised, November: 1 of 1 kept so far.",
    ]


def test_what_is_down_and_overdrawn_says_by_how_much() -> None:
    one = standing("B", State.DOWN, statements=[month("2026-11", down_ms=386_000, verdict=Verdict.MISSED)])
    assert answers(one) == [
        "Down now: B. November’s budget is overdrawn by 126.8 s.",
        "Promised, November: 0 of 1 kept so far. B missed",
    ]


def test_of_several_that_are_down_the_first_budget_to_be_spent_is_told() -> None:
    first = standing("B", State.DOWN, statements=[month("2026-11", down_ms=120_000)])
    second = standing("C", State.DOWN, statements=[month("2026-11", "99.9%", down_ms=120_000)])
    third = standing("D", State.DOWN, statements=[month("2026-11", None, down_ms=120_000)])
    fourth = standing("E", State.DOWN, statements=[month("2026-11", down_ms=386_000, verdict=Verdict.MISSED)])
    assert answers(second, first, third, fourth)[0] == (
        "Down now: 4 services. C, B, D and 1 more. "
        "If it stays so, the next of their budgets for November is spent at 14:40."
    )


def test_a_budget_that_outlasts_the_month_names_no_moment() -> None:
    one = standing("B", State.DOWN, statements=[month("2026-11", "50%", down_ms=120_000)])
    assert answers(one)[0] == "Down now: B."


def test_when_nothing_is_down_the_last_outage_is_told() -> None:
    older = standing("A", outages=[outage("2026-11-10 10:00:00", 7_900)])
    newer = standing("B", outages=[outage("2026-11-18 10:00:00", 13_000), outage("2026-11-01 10:00:00", 1_000)])
    assert answers(older, newer) == ["Down now: Nothing. B was the last, for 13.0 s from 18 Nov, 10:00"]


def test_an_outage_that_was_not_seen_to_end_may_have_lasted_longer() -> None:
    cut_off = outage("2026-11-18 10:00:00", 13_000)._replace(end_earliest_ms=None, end_latest_ms=None)
    assert answers(standing("B", is_stale=True, outages=[cut_off])) == [
        "Down now: Nothing that we can see. B was the last, for at least 13.0 s from 18 Nov, 10:00"
    ]


def test_nothing_down_is_not_claimed_of_what_cannot_be_seen() -> None:
    assert answers(UP, UNKNOWN) == ["Down now: Nothing that we can see. No outage seen."]


def test_nothing_is_answered_before_anything_was_observed() -> None:
    assert answers(NEW) == []


def test_promises_of_this_month_and_the_last_are_counted_and_what_broke_them_named() -> None:
    missed = [standing(f"M{number}", statements=[month("2026-10", verdict=Verdict.MISSED)]) for number in range(3)]
    open_ = standing("U", statements=[month("2026-10", verdict=Verdict.UNDETERMINED)])
    kept = standing("K", statements=[month("2026-11"), month("2026-10")])
    assert answers(open_, kept, *missed)[1:] == [
        "Promised, November: 1 of 1 kept so far.",
        "Promised, October: 1 of 5 kept. M0 missed, M1 missed, M2 missed. 1 undetermined.",
    ]
    assert answers(open_, kept, open_, open_, missed[0])[2] == (
        "Promised, October: 1 of 5 kept. M0 missed, U undetermined, U undetermined and 1 more"
    )


def test_where_all_promises_are_undetermined_none_sounds_broken() -> None:
    open_ = [standing(f"U{number}", statements=[month("2026-11", verdict=Verdict.UNDETERMINED)]) for number in (1, 2)]
    assert answers(*open_)[1] == "Promised, November: 2 of 2 undetermined so far. U1 undetermined, U2 undetermined"


def test_groups_keep_the_order_of_the_config_and_what_has_none_comes_last() -> None:
    listed = [standing("A", group="Two"), standing("B"), standing("C", group="One"), standing("D", group="Two")]
    page = overview_of(listed, settings(), now_ms=NOW_MS)
    assert [(group.name, [row.service().name for row in group.rows]) for group in page.groups] == [
        ("Two", ["A", "D"]),
        ("One", ["C"]),
        ("Other services", ["B"]),
    ]


def test_without_groups_there_is_one_without_a_name() -> None:
    page = overview_of([standing("A"), standing("B")], settings(), now_ms=NOW_MS)
    assert [(group.name, group.summary) for group in page.groups] == [("", "all 2 up")]


def test_of_many_services_only_groups_with_trouble_are_open() -> None:
    well = [standing(f"W{number}", group="Well") for number in range(19)]
    page = overview_of(
        [*well, standing("B", State.UNKNOWN, group="Ill"), standing("G", group="Ill")], settings(), now_ms=NOW_MS
    )
    assert [(group.name, group.summary, group.is_open) for group in page.groups] == [
        ("Well", "all 19 up", False),
        ("Ill", "1 of 2 up", True),
    ]
    few = overview_of([*well, standing("G", group="Ill")], settings(), now_ms=NOW_MS)
    assert [group.is_open for group in few.groups] == [True, True]


def test_the_tally_counts_every_service_once() -> None:
    page = overview_of([UP, UP, DOWN, UNKNOWN, STALE, NEW], settings(), now_ms=NOW_MS)
    assert page.tally == (("down", "1 down"), ("nil", "3 not known"), ("up", "2 up"))


def test_endpoints_that_are_not_public_count_nowhere() -> None:
    hidden = replace(DOWN, endpoint=replace(DOWN.endpoint, is_public=False))
    page = overview_of([UP, hidden], settings(), now_ms=NOW_MS)
    assert page.headline.text == "A is up"
    assert page.tally == (("up", "1 up"),)
    assert [row.service().name for group in page.groups for row in group.rows] == ["A"]


def test_coverage_is_cut_off_over_all_services() -> None:
    whole_ms = month("2026-11").availability.scheduled_ms
    half = standing("A", statements=[month("2026-11", unknown_ms=whole_ms // 2)])
    whole = standing("B", statements=[month("2026-11", unknown_ms=1)])
    assert overview_of([half, whole], settings(), now_ms=NOW_MS).coverage == "74.99"
    assert overview_of([NEW], settings(), now_ms=NOW_MS).coverage == ""


def test_counts_are_written_as_the_language_does() -> None:
    ours = settings()
    many = [UP] * 1_203 + [DOWN, DOWN]
    overview = overview_of(many, ours, now_ms=NOW_MS)
    assert (overview.headline.text, overview.tally) == (
        "2 of 1,205 services are down",
        (("down", "2 down"), ("up", "1,203 up")),
    )
    assert overview.groups[0].summary == "1,203 of 1,205 up"
    with speaking(language_of(replace(ours, language="de"))):
        german = overview_of(many, ours, now_ms=NOW_MS)
    assert (german.headline.text, german.tally[1]) == (
        "2 von 1.205 Diensten sind ausgefallen",
        ("up", "1.203 verfügbar"),
    )
