"""`agreements:`: who was promised what, from when until when, and what it costs."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.config.conftest import Loaded
from uptally.model.agreement import (
    Agreement,
    AgreementKind,
    Approval,
    Audit,
    Booking,
    Duty,
    Escalation,
    Party,
)
from uptally.model.fee import FeeStep, Proration
from uptally.model.settings import Settings
from uptally.units.time import DAY_MS, HOUR_MS, Window

BEFORE = """\
page: {timezone: Europe/Berlin}
endpoints:
  - {name: Website, url: "https://a.example/"}
  - {name: API, url: "https://b.example/", sla: 99.5%}
services:
  - {name: Shop, endpoints: [website, api], sla: 99.9%}
agreements:
"""
EVERYTHING = """\
  - name: Example Ltd
    customer: {name: Example Ltd, contacts: [ops@example.com, "+49 1"]}
    provider: Us
    reference: C-2026-17
    overview: O
    covers: [shop]
    start: 2026-01-01
    end: 2026-12-31
    renewal: 2026-10-01
    review: 2026-06-30
    approved: {by: Jane, on: 2025-12-20}
    undetermined: credit
    one_credit_per_event: true
    change_notice: 5d
    duties: [{party: customer, text: T, due: 2026-02-01, done: 2026-01-31, evidence: E}]
    escalation: [{after: 4h, contact: Head}]
    audits: [{what: W, by: B, every: 30d, last: 2026-09-30}]
    glossary: {Word: Meaning}
    references: [R]
"""


def one(settings: Settings) -> Agreement:
    [agreement] = settings.agreements
    return agreement


def targets(agreement: Agreement) -> dict[str, list[Fraction]]:
    return {each.service: [terms.target * 100 for terms in each.terms] for each in agreement.coverage}


def test_it_holds_all_that_is_written(loaded: Loaded) -> None:
    agreement = one(loaded(BEFORE + EVERYTHING))
    assert agreement == Agreement(
        name="Example Ltd",
        slug="example-ltd",
        customer=Party("Example Ltd", ("ops@example.com", "+49 1")),
        provider=Party("Us"),
        coverage=agreement.coverage,
        reference="C-2026-17",
        overview="O",
        start=date(2026, 1, 1),
        end=date(2026, 12, 31),
        renewal=date(2026, 10, 1),
        review=date(2026, 6, 30),
        approved=Approval("Jane", date(2025, 12, 20)),
        undetermined=Booking.CREDIT,
        one_credit_per_event=True,
        change_notice_ms=5 * DAY_MS,
        duties=(Duty("customer", "T", date(2026, 2, 1), date(2026, 1, 31), "E"),),
        escalation=(Escalation(4 * HOUR_MS, "Head"),),
        audits=(Audit("W", "B", 30, date(2026, 9, 30)),),
        glossary=(("Word", "Meaning"),),
        references=("R",),
    )


def test_terms_are_in_force_from_the_first_to_the_last_local_day(loaded: Loaded) -> None:
    [coverage] = one(loaded(BEFORE + EVERYTHING)).coverage
    # Midnight in Berlin is 23:00 UTC of the day before, at either end of the year.
    assert [terms.contract for terms in coverage.terms] == [Window(1767222000000, 1798758000000)]
    assert coverage.terms[0].composite is not None


def test_without_dates_terms_are_in_force_always(loaded: Loaded) -> None:
    [coverage] = one(loaded(BEFORE + "  - {name: X, covers: [api]}\n")).coverage
    assert [terms.contract for terms in coverage.terms] == [None]


def test_a_service_has_its_own_promise_before_that_of_the_agreement_before_what_everyone_has(loaded: Loaded) -> None:
    own = "covers: [shop, {service: api, sla: 99%, place: Berlin, description: D}]"
    agreement = one(loaded(BEFORE + f"  - {{name: X, {own}, sla: 98%}}\n"))
    assert targets(agreement) == {"shop": [Fraction(98)], "api": [Fraction(99)]}
    assert [(each.place, each.description) for each in agreement.coverage] == [("", ""), ("Berlin", "D")]
    assert targets(one(loaded(BEFORE + "  - {name: X, covers: [shop]}\n"))) == {"shop": [Fraction(999, 10)]}


def test_the_fee_is_the_services_own_or_the_agreements(loaded: Loaded) -> None:
    covers = "covers: [shop, {service: api, fee: 10 EUR, fees: {2026-07-01: 12.50 EUR, 2026-02-01: 11 EUR}}]"
    shop, api = one(loaded(BEFORE + f"  - {{name: X, fee: 1000.5 EUR, {covers}}}\n")).coverage
    first, second = shop.terms[0].fee, api.terms[0].fee
    assert first is not None
    assert (first.amount, first.currency, first.decimals, first.steps) == (Decimal("1000.50"), "EUR", 2, ())
    assert second is not None
    assert second.steps == (FeeStep(1769900400000, Decimal("11.00")), FeeStep(1782856800000, Decimal("12.50")))


def test_a_fee_is_kept_in_the_places_of_its_currency(loaded: Loaded) -> None:
    [coverage] = one(loaded(BEFORE + "  - {name: X, fee: 100000 JPY, covers: [shop]}\n")).coverage
    assert coverage.terms[0].fee is not None
    assert (str(coverage.terms[0].fee.amount), coverage.terms[0].fee.decimals) == ("100000", 0)


def fees(agreement: Agreement) -> list[tuple[str, list[str]]]:
    found = [each.terms[0].fee for each in agreement.coverage]
    return [(str(fee.amount), [str(step.amount) for step in fee.steps]) for fee in found if fee]


def test_fees_by_date_go_with_the_fee_that_they_change(loaded: Loaded) -> None:
    covers = "covers: [shop, {service: api, fees: {2026-03-01: 12 EUR}}, {service: website, sla: 99%, fee: 5 EUR}]"
    text = f"  - {{name: X, fee: 10 EUR, fees: {{2026-02-01: 11 EUR}}, {covers}}}\n"
    expected = [("10.00", ["11.00"]), ("10.00", ["12.00"]), ("5.00", [])]
    assert fees(one(loaded(BEFORE + text))) == expected
    base = "  - {name: Base, fee: 10 EUR, fees: {2026-02-01: 11 EUR}}\n"
    own = "  - {name: X, extends: base, fee: 9 EUR, covers: [shop]}\n"
    assert fees(one(loaded(BEFORE + base + own))) == [("9.00", [])]
    later = "  - {name: X, extends: base, fees: {2026-05-01: 12 EUR}, covers: [shop]}\n"
    assert fees(one(loaded(BEFORE + base + later))) == [("10.00", ["12.00"])]


TERMS = """\
slas:
  gold: {target: 99.9%, fee: {amount: 7 EUR, proration: exact_time, changes: [{from: 2026-02-01, amount: 8 EUR}]}}
  old:
    - {target: 99%, until: 2026-01-01}
    - {target: 99.5%, from: 2026-01-01}
"""


def test_a_fee_takes_the_place_of_that_in_the_terms_and_is_prorated_as_they_say(loaded: Loaded) -> None:
    [coverage] = one(loaded(BEFORE + "  - {name: X, covers: [shop], sla: gold, fee: 900 JPY}\n" + TERMS)).coverage
    fee = coverage.terms[0].fee
    assert fee is not None
    assert (fee.amount, fee.currency, fee.decimals, fee.steps) == (Decimal(900), "JPY", 0, ())
    assert fee.proration is Proration.EXACT_TIME


def test_versions_are_cut_to_the_dates_of_the_agreement(loaded: Loaded) -> None:
    dates = "start: 2025-07-01, end: 2026-06-30"
    [coverage] = one(loaded(BEFORE + f"  - {{name: X, covers: [shop], sla: old, {dates}}}\n" + TERMS)).coverage
    # Midnights in Berlin: 30 June 2025 22:00, 31 December 23:00 and 30 June 2026 22:00 UTC.
    first, second = (terms.contract for terms in coverage.terms)
    assert (first, second) == (Window(1751320800000, 1767222000000), Window(1767222000000, 1782856800000))
    text = f"  - {{name: X, covers: [shop], sla: old, start: 2026-01-01}}\n{TERMS}"
    assert targets(one(loaded(BEFORE + text))) == {"shop": [Fraction(199, 2)]}


def test_one_without_approval_is_a_draft(loaded: Loaded) -> None:
    assert one(loaded(BEFORE + "  - {name: X, covers: [shop]}\n")).is_draft
    assert not one(loaded(BEFORE + EVERYTHING)).is_draft


def test_an_operational_agreement_backs_services(loaded: Loaded) -> None:
    agreement = one(loaded(BEFORE + "  - {name: Host, kind: ola, covers: [website], backs: [Shop], sla: 99.95%}\n"))
    assert (agreement.kind, agreement.backs) == (AgreementKind.OLA, ("shop",))


LEVELS = """\
  - name: Corporate
    sla: 97%
    provider: Us
    undetermined: credit
    glossary: {A: of all, B: of all}
    references: [General terms]
    escalation: [{after: 1h, contact: Desk}]
  - name: Retail
    extends: corporate
    undetermined: counted
    glossary: {B: of retail}
    start: 2026-01-01
  - name: Example Ltd
    slug: example
    extends: Retail
    customer: Example Ltd
    references: [Annex]
    covers: [shop, {service: api, sla: 99%}]
"""


def test_terms_are_said_for_all_for_one_customer_and_for_one_of_its_services(loaded: Loaded) -> None:
    agreement = one(loaded(BEFORE + LEVELS))
    assert targets(agreement) == {"shop": [Fraction(97)], "api": [Fraction(99)]}
    assert (agreement.slug, agreement.provider.name, agreement.undetermined) == ("example", "Us", Booking.COUNTED)
    assert agreement.start == date(2026, 1, 1)


def test_what_levels_list_adds_up(loaded: Loaded) -> None:
    agreement = one(loaded(BEFORE + LEVELS))
    assert agreement.glossary == (("A", "of all"), ("B", "of retail"))
    assert agreement.references == ("General terms", "Annex")
    assert agreement.escalation == (Escalation(HOUR_MS, "Desk"),)


def test_who_signed_is_never_taken_over(loaded: Loaded) -> None:
    text = "  - {name: Y, extends: x, covers: [api]}\n"
    first, second = loaded(BEFORE + EVERYTHING.replace("Example Ltd", "X") + text).agreements
    assert first.customer.name == "X"
    assert (second.customer.name, second.reference, second.approved) == ("", "", None)
    assert second.end == date(2026, 12, 31)
