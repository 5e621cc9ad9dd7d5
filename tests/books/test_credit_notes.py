"""What is promised to everyone becomes credit notes, with the figures of a report and nothing of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.books.agreed import CREDITS, NOW_MS, TERMS, Known, agreement, at, never_recurs, settings_of, stated, watched
from tests.timelines import stories, timeline_of
from uptally.books.credit_notes import bare_terms, ended_notes, has_notes, public_services, running_notes
from uptally.books.recorded import Recorded
from uptally.model.agreement import Service
from uptally.model.comparison import Comparison
from uptally.model.credit_note import CreditNote
from uptally.model.downtime import Run
from uptally.model.fee import ClaimRule
from uptally.model.objective import Figure, Objective, Percentile, Total
from uptally.model.observation import Observation
from uptally.model.terms import Composite, CompositeMode, Hours, ServiceWindow, Terms, Weekly
from uptally.model.timeline import Timeline
from uptally.model.verdict import Verdict
from uptally.rules.availability import measure, month_statement
from uptally.units.instant import UTC
from uptally.units.time import HOUR_MS, MINUTE_MS, month_window

NOTHING = Fraction(0)
OUTAGE = ("2026-10-05T12:00", "2026-10-05T13:30")
BARE = Terms.bare("99.9%", Fraction(999, 1000))
WEB = Service("Web", "web", ("web",), terms=(replace(TERMS, claim=ClaimRule(30)),))


def ended(timelines: Mapping[str, Timeline], service: Service = WEB, **recorded: object) -> tuple[CreditNote, ...]:
    known = Recorded(**recorded)  # type: ignore[arg-type]  # by name
    return ended_notes(
        Known(timelines),
        settings_of(service.components, services=[service]),
        [service],
        now_ms=NOW_MS,
        recorded=known,
        occurrences=never_recurs,
    )[service.slug]


def running(timelines: Mapping[str, Timeline], service: Service = WEB) -> tuple[CreditNote, ...]:
    return running_notes(
        Known(timelines),
        settings_of(service.components, services=[service]),
        [service],
        now_ms=NOW_MS,
        recorded=Recorded(),
        occurrences=never_recurs,
    )[service.slug]


def test_a_miss_is_noted_with_its_tier_and_with_when_it_must_be_claimed() -> None:
    october, september = ended({"web": watched(OUTAGE)})
    assert (october.label, october.verdict, october.share) == ("2026-10", Verdict.MISSED, Fraction(1, 10))
    assert (october.least, october.most) == (Fraction(1, 10), Fraction(1, 10))
    assert (october.needs_claim, october.claim_by_ms) == (True, at("2026-12-01"))
    assert october.windows[0].availability.measured == 1 - Fraction(90 * MINUTE_MS, 31 * 24 * HOUR_MS)
    assert (september.label, september.verdict, september.most) == ("2026-09", Verdict.MET, NOTHING)


def test_the_figures_are_those_of_a_report() -> None:
    timeline = watched(OUTAGE, gaps=[("2026-10-07T00:00", "2026-10-07T02:00")])
    office = Weekly((Hours(frozenset(range(5)), 8 * HOUR_MS, 18 * HOUR_MS),))
    window = replace(TERMS.windows[0], schedule=office)
    service = replace(WEB, terms=(replace(TERMS, windows=(window,), downtime=Run(HOUR_MS)),))
    (statement,) = stated({"web": timeline}, settings_of(["web"], services=[service]))
    note = ended({"web": timeline}, service)[0]
    assert [each.availability for each in note.windows] == [each.availability for each in statement.windows]
    assert (note.verdict, note.share, note.least, note.most) == (
        statement.verdict,
        statement.credit.share,
        statement.least.share,
        statement.most.share,
    )


@given(story=stories(), before_ms=st.integers(0, 300), target=st.sampled_from(["1/2", "9/10", "999/1000"]))
def test_a_bare_target_comes_to_the_same_by_the_engine_as_by_its_sums(
    story: Sequence[Observation], before_ms: int, target: str
) -> None:
    # Around the end of October, so that either month has a part of it.
    shift_ms = at("2026-11-01") - before_ms
    timeline = timeline_of([each._replace(at_ms=each.at_ms + shift_ms) for each in story])
    terms = Terms.bare("target", Fraction(target))
    worth = replace(terms, windows=(replace(terms.windows[0], credit=CREDITS),), claim=ClaimRule(30), fee=TERMS.fee)
    service = replace(WEB, terms=(worth,))
    assert bare_terms(service, UTC) == terms
    notes = (*ended({"web": timeline}, service), *running({"web": timeline}, service))
    for note in notes:
        sums = measure(timeline, month_window(note.label, UTC), as_of_ms=NOW_MS)
        statement = month_statement(note.label, terms, sums, as_of_ms=NOW_MS)
        (window,) = note.windows
        assert window.availability == (sums.ratio, sums.worst, sums.best)
        assert window.verdict is statement.verdict
    months = [measure(timeline, month_window(month, UTC), as_of_ms=NOW_MS) for month in ("2026-10", "2026-11")]
    assert bool(notes) is any(sums.known_ms for sums in months)


def test_periods_before_anything_was_known_have_no_note() -> None:
    assert [note.label for note in ended({"web": watched(since="2026-10-12")})] == ["2026-10"]
    assert ended({"web": Timeline(None, (), None)}) == ()


def test_the_part_of_a_period_that_was_watched_is_told() -> None:
    (note,) = ended({"web": watched(since="2026-10-12")})
    assert (note.part.start_ms, note.part.end_ms) == (at("2026-10-12"), at("2026-11-01"))


def test_a_period_in_progress_is_noted_as_if_the_rest_of_it_were_up() -> None:
    (note,) = running({"web": watched(("2026-11-05T12:00", "2026-11-05T13:30"))})
    assert (note.label, note.is_over, note.verdict) == ("2026-11", False, Verdict.MISSED)
    assert note.windows[0].budget.allowed_ms == 30 * 24 * HOUR_MS // 1000


def test_what_nobody_saw_leaves_the_credit_between_its_ends() -> None:
    (note, _) = ended({"web": watched(gaps=[("2026-10-09T00:00", "2026-10-09T02:00")])})
    assert (note.verdict, note.share, note.least, note.most) == (
        Verdict.UNDETERMINED,
        NOTHING,
        NOTHING,
        Fraction(1, 10),
    )
    assert note.windows[0].unknown_ms == 2 * HOUR_MS


def test_a_service_of_several_endpoints_is_judged_as_one() -> None:
    pair = Service("Pair", "pair", ("a", "b"), composite=Composite(CompositeMode.ALL_DOWN), terms=(TERMS,))
    one_after_the_other = {"a": watched(OUTAGE), "b": watched(("2026-10-06T12:00", "2026-10-06T13:30"))}
    assert ended(one_after_the_other, pair)[0].verdict is Verdict.MET
    assert ended({"a": watched(OUTAGE), "b": watched(OUTAGE)}, pair)[0].verdict is Verdict.MISSED


def test_terms_that_changed_give_each_their_own_note() -> None:
    old = replace(TERMS, contract=month_window("2026-09", UTC))
    new = replace(
        TERMS, name="silver", contract=month_window("2026-10", UTC), windows=(ServiceWindow("always", Fraction(1, 2)),)
    )
    notes = ended({"web": watched(OUTAGE)}, replace(WEB, terms=(old, new)))
    assert [(note.label, note.windows[0].target) for note in notes] == [
        ("2026-10", Fraction(1, 2)),
        ("2026-09", Fraction(999, 1000)),
    ]


def test_of_a_business_figure_only_the_verdict_is_told() -> None:
    revenue = Objective("revenue", Total("revenue"), Comparison.GE, Fraction(4711))
    service = replace(WEB, terms=(replace(TERMS, objectives=(revenue,)),))
    figure = Figure("revenue", date.fromisoformat("2026-10-01"), date.fromisoformat("2026-10-31"), Fraction(815))
    note = ended({"web": watched()}, service, figures=[figure])[0]
    assert note.objectives == (("revenue", Verdict.MISSED, "", ""),)


def test_of_a_latency_what_was_promised_and_what_was_measured_is_told() -> None:
    p95 = Objective("fast", Percentile(Fraction(95, 100)), Comparison.LE, Fraction(300_000))
    note = ended({"web": watched()}, replace(WEB, terms=(replace(TERMS, objectives=(p95,)),)))[0]
    assert note.objectives == (("fast", Verdict.UNDETERMINED, "<= 300 ms", ""),)


@pytest.mark.parametrize(
    ("service", "is_bare"),
    [
        (replace(WEB, terms=(BARE,)), True),
        (replace(WEB, terms=(replace(BARE, downtime=Run(MINUTE_MS)),)), False),
        (replace(WEB, terms=(replace(BARE, contract=month_window("2026-10", UTC)),)), False),
        (replace(WEB, terms=(BARE, BARE)), False),
        (Service("Pair", "pair", ("a", "b"), terms=(BARE,)), False),
    ],
)
def test_only_a_bare_target_of_one_endpoint_is_bare(service: Service, is_bare: bool) -> None:
    assert (bare_terms(service, UTC) is not None) is is_bare
    assert has_notes(service, UTC) is not is_bare


def test_what_a_miss_is_worth_leaves_a_target_bare_and_has_notes() -> None:
    assert bare_terms(WEB, UTC) == replace(BARE, name=WEB.terms[0].name)
    assert has_notes(WEB, UTC)


def test_what_an_agreement_promises_and_what_is_not_public_is_promised_to_nobody_else() -> None:
    hidden = replace(WEB, is_public=False)
    configured = settings_of(["web"], services=[hidden], agreements=[agreement()])
    assert public_services(configured) == {}
    assert [*public_services(replace(configured, services=(WEB,)))] == ["web"]
