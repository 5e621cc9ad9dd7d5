"""Credit notes become what a customer reads: promised, measured, verdict, credit, and until when to claim it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.page.by_hand import NOW_MS, standing
from tests.page.sample import at, endpoint, settings
from uptally.model.credit_note import CreditNote, CreditNotes, ObjectiveNote, WindowNote
from uptally.model.period_statement import Range
from uptally.model.statement import Budget
from uptally.model.verdict import Verdict
from uptally.page.detail import detail_of
from uptally.page.judged import period_text
from uptally.page.overview import overview_of
from uptally.page.promises import promise_figures, promise_remark, promise_rows, target_of
from uptally.units.time import Window, month_window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER, NOVEMBER = month_window("2026-10", BERLIN), month_window("2026-11", BERLIN)
TENTH = Fraction(1, 10)


def window(
    measured: str | None = "99.9125",
    *,
    name: str = "always",
    ends: tuple[str, str] = ("99.9085", "99.9155"),
    target: str = "99.95",
    verdict: Verdict | None = Verdict.MISSED,
    unknown_ms: int = 0,
) -> WindowNote:
    worst, best = (Fraction(each) / 100 for each in ends)
    availability = Range(None if measured is None else Fraction(measured) / 100, worst, best)
    return WindowNote(name, Fraction(target) / 100, verdict, availability, unknown_ms, Budget(60_000, 12_300))


NOTE = CreditNote(
    label="2026-10",
    period=OCTOBER,
    part=OCTOBER,
    zone=BERLIN,
    is_over=True,
    windows=(window(),),
    objectives=(),
    verdict=Verdict.MISSED,
    share=TENTH,
    least=TENTH,
    most=TENTH,
    needs_claim=True,
    claim_by_ms=NOVEMBER.end_ms,
)
NOTHING = Fraction(0)
KEPT = replace(
    NOTE, windows=(window(verdict=Verdict.MET),), verdict=Verdict.MET, share=NOTHING, least=NOTHING, most=NOTHING
)
OPEN = replace(
    NOTE,
    windows=(window(verdict=Verdict.UNDETERMINED, unknown_ms=7_200_000),),
    verdict=Verdict.UNDETERMINED,
    least=NOTHING,
)
RUNNING = replace(NOTE, label="2026-11", period=NOVEMBER, part=NOVEMBER, is_over=False)


def notes(*some: CreditNote, slug: str = "checkout") -> CreditNotes:
    return CreditNotes("Checkout", slug, "Shop", "All of it.", some)


def test_a_miss_says_what_was_promised_and_measured_and_cuts_off() -> None:
    (row,) = promise_rows([NOTE], now_ms=NOW_MS)
    (line,) = row.lines
    assert (row.label, row.verdict) == ("October 2026", ("over", "Missed"))
    assert (line.promised, line.measured, line.between, line.verdict) == (
        "99.95%",
        "99.912%",
        ("99.908", "99.915"),
        "missed",
    )


def test_a_miss_says_what_part_of_the_fee_is_due_and_until_when_to_claim_it() -> None:
    (row,) = promise_rows([NOTE], now_ms=NOW_MS)
    assert (row.credit, row.claim) == ("Credit: 10% of the fee.", "To be claimed by {moment}.")
    assert row.claim_by is not None
    assert row.claim_by.text == "30 November 2026, 24:00 Europe/Berlin"
    assert row.claim_by.iso == "2026-11-30T23:00:00.000Z"


def test_once_the_time_to_claim_is_over_that_is_said() -> None:
    (row,) = promise_rows([NOTE], now_ms=at("2026-11-30 23:00:00"))
    assert row.claim == "The time to claim it ended on {moment}."


def test_without_a_need_to_claim_none_is_asked_for() -> None:
    (row,) = promise_rows([replace(NOTE, needs_claim=False, claim_by_ms=None)], now_ms=NOW_MS)
    assert (row.claim, row.claim_by) == ("No claim is needed.", None)


def test_a_miss_without_a_credit_says_so_and_asks_for_no_claim() -> None:
    (row,) = promise_rows([replace(NOTE, share=NOTHING, least=NOTHING, most=NOTHING)], now_ms=NOW_MS)
    assert (row.credit, row.claim) == ("No credit.", "")


def test_what_was_kept_says_nothing_of_credits() -> None:
    (row,) = promise_rows([KEPT], now_ms=NOW_MS)
    assert (row.verdict, row.why, row.credit, row.claim) == (("up", "Met"), "", "", "")


def test_an_open_verdict_says_what_it_depends_on_and_what_the_credit_can_be() -> None:
    (row,) = promise_rows([OPEN], now_ms=NOW_MS)
    assert row.verdict == ("half", "Undetermined")
    assert row.why == "It depends on 2\u00a0h that we could not see."
    assert row.credit == "Credit: up to 10% of the fee."


def test_the_ends_of_a_credit_that_can_be_nothing_are_told_as_how_much_it_can_be() -> None:
    (row,) = promise_rows([replace(NOTE, least=NOTHING, most=Fraction(1, 4))], now_ms=NOW_MS)
    assert row.credit == "Credit: 10% of the fee; by what is not known anything up to 25%."


def test_without_unknown_time_an_open_verdict_depends_on_what_no_check_saw() -> None:
    note = replace(OPEN, windows=(window(verdict=Verdict.UNDETERMINED),))
    assert promise_rows([note], now_ms=NOW_MS)[0].why == "Our checks cannot tell more closely."


def test_a_credit_whose_size_is_not_certain_is_told_with_its_ends() -> None:
    (row,) = promise_rows([replace(NOTE, most=Fraction(1, 4))], now_ms=NOW_MS)
    assert row.credit == "Credit: 10% of the fee; between 10% and 25% of the fee by what is not known."


def test_each_service_window_is_shown_with_its_name() -> None:
    both = replace(NOTE, windows=(window(name="core", target="99.5"), window(name="off", target="95")))
    (row,) = promise_rows([both], now_ms=NOW_MS)
    assert [(line.name, line.promised) for line in row.lines] == [("core", "99.5%"), ("off", "95%")]
    figures = promise_figures([replace(both, is_over=False)], now_ms=NOW_MS, zone=BERLIN)
    assert [(each.name, each.promised) for each in figures] == [("core", "99.5"), ("off", "95")]


def test_a_promise_besides_availability_is_a_line_of_its_own() -> None:
    note = replace(NOTE, objectives=(ObjectiveNote("fast", Verdict.MET, "<= 300 ms", "201 ms"),))
    line = promise_rows([note], now_ms=NOW_MS)[0].lines[-1]
    assert (line.name, line.promised, line.measured, line.verdict) == ("fast", "<= 300 ms", "201 ms", "met")


@pytest.mark.parametrize(
    ("label", "begin", "end", "text"),
    [
        ("2026-10", "2026-10-01", "2026-11-01", "October 2026"),
        ("2026-Q3", "2026-07-01", "2026-10-01", "Q3 2026"),
        ("2026", "2026-01-01", "2027-01-01", "2026"),
        ("2026-10-15", "2026-10-15", "2026-11-15", "15 Oct to 14 Nov 2026"),
        ("2025-12-15", "2025-12-15", "2026-01-15", "15 Dec 2025 to 14 Jan 2026"),
    ],
)
def test_a_period_is_called_as_people_call_it(label: str, begin: str, end: str, text: str) -> None:
    period = Window(at(f"{begin} 00:00:00"), at(f"{end} 00:00:00"))
    assert period_text(label, period, ZoneInfo("UTC")) == text


@pytest.mark.parametrize(
    ("begin", "end", "text"),
    [
        ("2026-10-12", "2026-11-01", "from 12 Oct"),
        ("2026-10-01", "2026-10-15", "to 14 Oct"),
        ("2026-10-12", "2026-10-15", "12 Oct to 14 Oct"),
    ],
)
def test_the_part_that_was_measured_is_told(begin: str, end: str, text: str) -> None:
    utc = ZoneInfo("UTC")
    part = Window(at(f"{begin} 00:00:00"), at(f"{end} 00:00:00"))
    note = replace(NOTE, period=month_window("2026-10", utc), part=part, zone=utc)
    assert promise_rows([note], now_ms=NOW_MS)[0].part == text


def test_the_newest_period_that_is_over_is_remarked_unless_it_was_kept() -> None:
    remark = promise_remark([RUNNING, NOTE, KEPT], now_ms=NOW_MS)
    assert remark is not None
    assert (remark.kind, remark.head) == ("over", "October 2026: missed.")
    assert remark.text == (
        "Promised 99.95%, measured 99.912% (99.908% to 99.915%). Credit: 10% of the fee. To be claimed by"
        " 30 November 2026, 24:00 Europe/Berlin."
    )
    assert promise_remark([RUNNING, KEPT, NOTE], now_ms=NOW_MS) is None


def test_an_endpoints_row_has_the_figures_of_its_notes_and_its_page_no_others() -> None:
    of = endpoint("Checkout")
    page = detail_of(standing(of=of), settings(), latencies=[], now_ms=NOW_MS, notes=notes(RUNNING, NOTE))
    assert [each.promised for each in page.service.figures] == ["99.95"]
    assert [row.label for row in page.promises] == ["October 2026"]
    assert (page.sum, page.months) == ((), ())


def test_days_are_held_against_a_promise_for_months_at_all_times_only() -> None:
    of = endpoint("Checkout")
    assert target_of(of, notes(RUNNING)) == Fraction(9995, 10000)
    assert target_of(of, notes(replace(RUNNING, windows=(window(), window(name="off"))))) is None
    assert target_of(of, notes(replace(RUNNING, label="2026-Q4"))) is None


def test_a_service_of_several_endpoints_stands_beside_the_endpoints_and_in_the_count() -> None:
    page = overview_of(
        [standing(of=endpoint("Checkout")), standing(of=endpoint("Shop"))],
        settings(),
        now_ms=NOW_MS,
        notes={"shop": notes(RUNNING, NOTE, slug="shop"), "checkout": notes(KEPT)},
    )
    shop = page.groups[0].rows[-1].service()
    assert shop.remark is not None
    assert (shop.slug, shop.remark.head) == ("shop", "October 2026: missed.")
    october = next(answer for answer in page.answers if answer.question == "Promised, October")
    assert october.answer == "1 of 2 kept"
    assert [(each.slug, each.said) for each in october.named] == [("shop", "{service} missed")]
