"""The page of an agreement: what was agreed, what was measured, what is owed, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from tests.books.agreed import CREDITS, NOW_MS, TARGET, TERMS, acme, agreement, at, settings_of, watched
from tests.page.sample import settings
from uptally.model.agreement import Agreement, Approval, Audit, Booking, Duty, Escalation, Party, Service
from uptally.model.fee import ClaimRule
from uptally.model.period_statement import PeriodStatement
from uptally.model.terms import (
    ExclusionRule,
    ExclusionRules,
    Hours,
    Period,
    PeriodKind,
    ServiceWindow,
    Terms,
    Unknown,
    Weekly,
)
from uptally.page.agreement import AgreementView, agreement_view
from uptally.page.catalogue import language_of
from uptally.page.language import speaking
from uptally.page.render import render_agreement
from uptally.page.stated import statement_view
from uptally.units.stretches import LAST_MS
from uptally.units.time import DAY_MS, HOUR_MS, Window

OUTAGE = ("2026-10-05T12:00", "2026-10-05T13:00")
MISSED = watched(OUTAGE)
KEPT = watched()
CLAIMED = replace(TERMS, claim=ClaimRule(30))
WEB = Service("Web", "web", ("web",))
OCTOBER = Window(at("2026-10-01"), at("2026-11-01"))
LATER = Window(at("2026-10-16"), LAST_MS)


def view(
    statements: Sequence[PeriodStatement], of: Agreement | None = None, *, services: Sequence[Service] = (WEB,)
) -> AgreementView:
    return agreement_view(of or agreement(), services, statements, settings_of(["web"]).page, now_ms=NOW_MS)


@pytest.mark.parametrize(
    ("service", "slug"),
    [
        (WEB, "web"),
        (replace(WEB, is_public=False), ""),
        (Service("Shop", "shop", ("web", "api")), ""),
        (Service("Shop", "shop", ("web", "api"), terms=(TERMS,)), "shop"),
    ],
)
def test_a_service_leads_to_its_page_where_it_has_one(service: Service, slug: str) -> None:
    assert [each.slug for each in view([], services=[service]).services] == [slug]


def test_a_missed_promise_is_the_headline_with_what_is_owed_and_until_when() -> None:
    page = view([acme(MISSED, CLAIMED)], agreement(CLAIMED))
    assert page.headline == "Promise missed in October 2026"
    assert page.deck[0].startswith("Web: promised 99.9%, measured 99.865%")
    assert page.deck[1] == "The credit is 100.00\u00a0EUR, to be claimed by 30 November 2026, 24:00 UTC."
    assert page.waiting == ("Web, October 2026: 100.00\u00a0EUR by 30 November 2026, 24:00 UTC",)


def test_of_many_services_the_headline_tells_only_what_is_still_to_be_claimed() -> None:
    missed = acme(MISSED, CLAIMED)
    several = [replace(missed, service=replace(WEB, name=name)) for name in ("A", "B", "C")]
    page = view(several, agreement(CLAIMED))
    assert page.headline == "3 of 3 promises missed in October 2026"
    assert page.deck[0] == "A: The credit is 100.00\u00a0EUR, to be claimed by 30 November 2026, 24:00 UTC."


def test_a_kept_promise_owes_nothing_and_says_so_without_a_credit() -> None:
    page = view([acme(KEPT)])
    assert page.headline == "Promise kept in October 2026"
    (said,) = page.deck
    assert said.startswith("Web: promised 99.9%, measured 100.000%")


def test_a_month_in_progress_is_no_headline_while_an_ended_one_is_known() -> None:
    page = view([acme(KEPT, month="2026-11"), acme(MISSED)])
    assert [(each.label, each.is_over) for each in page.periods] == [("November 2026", False), ("October 2026", True)]
    assert page.headline == "Promise missed in October 2026"
    assert view([acme(KEPT, month="2026-11")]).headline == "November 2026 so far: kept"


def test_nothing_measured_is_said_as_such() -> None:
    assert view([]).headline == "Nothing has been measured yet"


def test_a_draft_owes_nothing_and_says_that_nobody_approved_it() -> None:
    draft = replace(agreement(), approved=None)
    page = view([acme(MISSED, approved=None)], draft)
    assert page.periods[0].statements[0].owed.text == "The agreement is a draft, which earns no credit."
    assert ("Approved", ("A draft, which nobody has approved: it earns no credit",)) in [
        (fact.label, fact.texts) for fact in page.facts
    ]


def test_a_credit_that_was_not_claimed_in_time_is_none() -> None:
    late = acme(MISSED, CLAIMED, now_ms=at("2026-12-02"))
    owed = statement_view(late).owed
    assert owed.text == "No credit is due: that of 100.00\u00a0EUR was not claimed by 30 November 2026, 24:00 UTC."
    assert owed.claim_by is None


def test_an_open_verdict_says_what_it_depends_on_and_what_the_credit_can_be() -> None:
    blind = watched(gaps=[("2026-10-07", "2026-10-08")])
    found = statement_view(acme(blind))
    assert found.verdict == ("half", "Undetermined")
    assert found.why == "It depends on 1\u00a0d that we could not see."
    assert "what is not known may make it anything up to 250.00\u00a0EUR" in found.owed.text


def test_a_credit_that_was_decided_is_told_with_its_claim_and_as_open_no_more() -> None:
    blind, terms = watched(gaps=[("2026-10-07", "2026-10-08")]), replace(TERMS, claim=ClaimRule(30))
    told = statement_view(acme(blind, terms, undetermined=Booking.CREDIT)).owed
    assert told.text == "The credit is 250.00\u00a0EUR, to be claimed by 30 November 2026, 24:00 UTC."
    assert statement_view(acme(blind, terms, undetermined=Booking.NO_CREDIT)).owed.text.startswith("No credit is due")


def test_the_sum_has_each_line_of_the_statement_with_its_result_apart() -> None:
    statement = acme(MISSED)
    lines = statement_view(statement).sum
    assert len(lines) == len(statement.lines)
    assert ("Availability = 1 − 3,600 / 2,678,400", "99.865591…%") in [(line.label, line.figure) for line in lines]
    assert lines[-1].kind == "total"
    assert (lines[-1].label, lines[-1].figure) == ("Due", "100.00\u00a0EUR")


def test_a_credit_that_nobody_claimed_is_not_said_to_come_to_nothing() -> None:
    lines = statement_view(acme(MISSED, CLAIMED)).sum
    assert (lines[-1].label, lines[-1].figure, lines[-1].kind) == ("Due without a claim", "0.00\u00a0EUR", "total")


def test_long_numbers_of_the_sum_stand_in_groups_and_hold_on_to_their_unit_but_names_stay() -> None:
    windows = (ServiceWindow("2026", TARGET, credit=CREDITS), ServiceWindow("nights", TARGET))
    lines = statement_view(acme(MISSED, replace(TERMS, windows=windows))).sum
    assert {line.figure for line in lines if line.label == "Service time"} == {"2,678,400\u00a0s"}
    assert "2026" in [line.label for line in lines if line.kind == "opens"]
    with speaking(language_of(replace(settings(), language="de"))):
        german = statement_view(acme(MISSED)).sum
    assert "2.678.400\u00a0s" in [line.figure for line in german]


def test_several_service_windows_have_their_names_above_their_lines() -> None:
    office = Weekly((Hours(frozenset(range(5)), 8 * HOUR_MS, 18 * HOUR_MS),))
    terms = replace(
        TERMS, windows=(ServiceWindow("core", TARGET, office, CREDITS), ServiceWindow("nights", Fraction(9, 10)))
    )
    lines = statement_view(acme(MISSED, terms)).sum
    assert [line.label for line in lines if line.kind == "opens"] == ["Core", "Nights"]
    assert not any(line.label.startswith(("Core:", "Nights:")) for line in lines)


def test_outages_are_told_with_what_counts_of_them_and_no_component() -> None:
    (outage,) = statement_view(acme(MISSED)).outages
    assert (outage.day.text, outage.counted, outage.reason) == ("5 Oct", "1 h", "connection refused")
    assert outage.bounds == "59 min 50 s to 1 h 1 min"


@pytest.mark.parametrize(
    ("terms", "label", "text"),
    [
        (TERMS, "Promised", "At least 99.9% of each calendar month, at all hours of all days, UTC"),
        (
            replace(TERMS, period=Period(PeriodKind.CUSTOM, window=OCTOBER), contract=OCTOBER),
            "Promised",
            "At least 99.9% of each period in which these terms hold, at all hours of all days, UTC",
        ),
        (TERMS, "Credit", "Availability below 99.9%: 10% of the fee"),
        (TERMS, "Claim", "No claim is needed"),
        (CLAIMED, "Claim", "To be claimed within 30 days after the period"),
        (TERMS, "Fee", "1,000.00\u00a0EUR for each calendar month"),
        (replace(TERMS, unknown=Unknown.AS_DOWN), "Downtime", "Time that nobody measured counts as down"),
        (
            replace(TERMS, exclusions=ExclusionRules((ExclusionRule("maintenance", 2 * DAY_MS),))),
            "Left out",
            "Maintenance, if it is announced 2 days before",
        ),
        (
            replace(TERMS, windows=(ServiceWindow("w", TARGET, Weekly((Hours(frozenset({0, 1, 2}), 0, DAY_MS),))),)),
            "Promised",
            "At least 99.9% of each calendar month, Mon to Wed 00:00 to 24:00, UTC",
        ),
    ],
)
def test_clauses_are_told_in_plain_words(terms: Terms, label: str, text: str) -> None:
    (service,) = view([], agreement(terms)).services
    assert text in {fact.label: fact.texts for fact in service.facts}[label]


def test_parties_duties_contacts_audits_and_words_are_told() -> None:
    of = replace(
        agreement(),
        provider=Party("Us", ("help@example.com",)),
        reference="C-17",
        review=date(2027, 3, 1),
        duties=(Duty("customer", "Name a contact.", due=date(2026, 3, 31), done=date(2026, 3, 12), evidence="Letter"),),
        escalation=(Escalation(4 * HOUR_MS, "Head of service"),),
        audits=(Audit("The ledger.", "Jane", 30),),
        glossary=(("Core", "Weekdays"),),
        approved=Approval("Ann", date(2026, 9, 1)),
    )
    page = view([], of)
    facts = {fact.label: fact.texts for fact in page.facts}
    assert facts["Provider"] == ("Us", "help@example.com")
    assert facts["Number"] == ("C-17",)
    assert facts["Next review"] == ("1 March 2027",)
    assert page.duties[0].done == "12 March 2026 (Letter)"
    assert page.contacts == (("4 h", "Head of service"),)
    assert page.audits == ("The ledger. By Jane, every 30 days.",)
    assert page.glossary == (("Core", "Weekdays"),)


def test_terms_that_changed_are_told_each_with_its_dates() -> None:
    first = replace(TERMS, contract=OCTOBER._replace(end_ms=at("2026-10-16")))
    second = replace(TERMS, windows=(ServiceWindow("always", Fraction(99, 100)),), contract=LATER)
    services = view([], agreement(first, second)).services
    assert [each.dates for each in services] == [
        "From 1 October 2026 to 15 October 2026, included",
        "From 16 October 2026",
    ]


def test_the_page_is_kept_from_search_engines_and_tells_no_site_where_its_reader_came_from() -> None:
    page = render_agreement(
        agreement(), [WEB], [acme(MISSED)], settings=settings_of(["web"]).page, now_ms=NOW_MS, version="1"
    ).decode()
    assert '<meta name="robots" content="noindex,nofollow,noarchive">' in page
    assert '<meta name="referrer" content="no-referrer">' in page
    assert "100.00\u00a0EUR" in page


def test_the_period_opens_the_sum_with_its_ends_by_the_clocks_of_the_terms() -> None:
    first = statement_view(acme(MISSED, replace(TERMS, zone=ZoneInfo("Europe/Berlin")))).sum[0]
    assert (first.label, first.figure) == ("October 2026", "")
    assert first.note == "2026-10-01 00:00:00 CEST to 2026-11-01 00:00:00 CET, Europe/Berlin"
