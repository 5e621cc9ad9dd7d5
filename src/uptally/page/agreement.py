"""What an agreement's own page says: what was agreed, and each period's statement. Pure; knows no template.

Customer, fee and amounts are on it: it lies where only the customer finds it, and nothing of it is on another page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from uptally.model.agreement import Agreement, AgreementKind, Audit, Duty, Party, Service
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import PageSettings
from uptally.model.terms import ServiceWindow, Terms
from uptally.page import clauses
from uptally.page.stated import StatementView, statement_view
from uptally.page.views import Taken, promised_text, taken_at
from uptally.page.words import duration, long_day_text, plain, zone_name
from uptally.units.count import counted
from uptally.units.stretches import FIRST_MS, LAST_MS
from uptally.units.time import day_of

TOLD_MAX = 2
"""Of so many services the headline says what was measured; of more, only what is still to be claimed."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A clause of the agreement; `texts` are paragraphs."""

    label: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """A service and the terms that hold for it; `slug` is empty where it has no page, `dates` without other terms."""

    name: str
    slug: str
    about: tuple[str, ...]
    dates: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class DutyRow:
    """What one of the parties has to do."""

    party: str
    text: str
    due: str
    done: str


@dataclass(frozen=True, slots=True)
class PeriodView:
    """A period with the statement of each service."""

    label: str
    is_over: bool
    statements: tuple[StatementView, ...]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """All that an agreement's page shows."""

    title: str
    name: str
    customer: str
    headline: str
    deck: tuple[str, ...]
    tally: tuple[tuple[str, str, str], ...]
    """Icon, service and verdict of the period that the headline tells of."""
    overview: str
    facts: tuple[Fact, ...]
    services: tuple[ServiceTerms, ...]
    periods: tuple[PeriodView, ...]
    claiming: tuple[str, ...]
    waiting: tuple[str, ...]
    """The credits that are still to be claimed."""
    duties: tuple[DutyRow, ...]
    contacts: tuple[tuple[str, str], ...]
    """After how long, and whom to turn to."""
    audits: tuple[str, ...]
    glossary: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    taken: Taken


def agreement_view(
    agreement: Agreement,
    services: Sequence[Service],
    statements: Sequence[PeriodStatement],
    settings: PageSettings,
    *,
    now_ms: int,
) -> AgreementView:
    """Return the page of an agreement. `services` are those that it covers, in its order; `statements` come with the
    newest period first."""
    periods = _periods(statements)
    newest = next((each for each in periods if each.is_over), periods[0] if periods else None)
    return AgreementView(
        title=plain(settings.title),
        name=plain(agreement.name),
        customer=plain(agreement.customer.name),
        headline=_headline(newest),
        deck=_deck(newest),
        tally=tuple((each.verdict[0], each.service, each.verdict[1]) for each in newest.statements) if newest else (),
        overview=plain(agreement.overview),
        facts=tuple(_facts(agreement)),
        services=tuple(_services(agreement, services)),
        periods=periods,
        claiming=_claiming(agreement),
        waiting=tuple(_waiting(periods)),
        duties=tuple(map(_duty, agreement.duties)),
        contacts=tuple((duration(each.after_ms), plain(each.contact)) for each in agreement.escalation),
        audits=tuple(map(_audit, agreement.audits)),
        glossary=tuple((plain(word), plain(text)) for word, text in agreement.glossary),
        references=tuple(map(plain, agreement.references)),
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=settings.zone),
    )


def _periods(statements: Sequence[PeriodStatement]) -> tuple[PeriodView, ...]:
    """Return the periods in the order in which they first appear."""
    found: dict[tuple[str, bool], list[StatementView]] = {}
    for each in statements:
        view = statement_view(each)
        found.setdefault((view.period, each.is_over), []).append(view)
    return tuple(PeriodView(label, is_over, tuple(views)) for (label, is_over), views in found.items())


def _headline(period: PeriodView | None) -> str:
    if period is None:
        return "Nothing has been measured yet"
    verdicts = [each.verdict[0] for each in period.statements]
    several = f"{len(verdicts)} promises" if len(verdicts) > 1 else "promise"
    if not period.is_over:
        return f"{period.label} so far: {_so_far(verdicts)}"
    if "over" in verdicts:
        missed = verdicts.count("over")
        which = "Promise" if len(verdicts) == 1 else f"{missed} of {several}"
        return f"{which} missed in {period.label}"
    if "half" in verdicts:
        return f"{period.label} is undetermined"
    if "up" in verdicts:
        return f"{'Promise' if len(verdicts) == 1 else f'All {several}'} kept in {period.label}"
    return f"Nothing to measure in {period.label}"


def _so_far(verdicts: Sequence[str]) -> str:
    if "over" in verdicts:
        return "missed"
    if "half" in verdicts:
        return "undetermined"
    return "kept" if "up" in verdicts else "nothing to measure"


def _deck(period: PeriodView | None) -> tuple[str, ...]:
    """What was measured and is owed: of each service whose promise was not clearly kept, or of the only one."""
    if period is None:
        return ()
    telling = [each for each in period.statements if each.verdict[0] != "up" or len(period.statements) == 1]
    if len(telling) > TOLD_MAX:
        return tuple(f"{each.service}: {each.owed.text}" for each in telling if each.owed.claim_by is not None)
    return tuple(sentence for each in telling for sentence in (*each.summary, each.owed.text) if sentence)


def _facts(agreement: Agreement) -> Iterator[Fact]:
    yield Fact("Provider", _party(agreement.provider))
    yield Fact("Customer", _party(agreement.customer))
    if agreement.reference:
        yield Fact("Number", (plain(agreement.reference),))
    yield Fact("In force", (_dates(agreement.start, agreement.end),))
    approved = agreement.approved
    by = "A draft, which nobody has approved: it earns no credit"
    yield Fact("Approved", (f"By {plain(approved.by)} on {long_day_text(approved.on)}" if approved else by,))
    if agreement.change_notice_ms:
        notice = clauses.days_words(agreement.change_notice_ms)
        yield Fact("Planned changes", (f"Announced {notice} before",))
    if agreement.kind is AgreementKind.OLA:
        yield Fact("Kind", ("An operational agreement, on which the provider’s own services rest",))
    if agreement.renewal:
        yield Fact("Renewal", (long_day_text(agreement.renewal),))
    if agreement.review:
        yield Fact("Next review", (long_day_text(agreement.review),))


def _party(party: Party) -> tuple[str, ...]:
    return (plain(party.name) or "Not named", *map(plain, party.contacts))


def _dates(start: date | None, end: date | None) -> str:
    if start is None and end is None:
        return "Without a fixed term"
    since = f"From {long_day_text(start)}" if start else ""
    until = f"to {long_day_text(end)}, included" if end else ""
    text = " ".join(part for part in (since, until) if part)
    return text[:1].upper() + text[1:]


def _services(agreement: Agreement, services: Sequence[Service]) -> Iterator[ServiceTerms]:
    for service, coverage in zip(services, agreement.coverage, strict=True):
        about = plain(coverage.description or service.description)
        place = f"Used in {plain(coverage.place)}" if coverage.place else ""
        has_page = service.is_public and service.components == (service.slug,)
        for terms in coverage.terms:
            yield ServiceTerms(
                name=plain(service.name),
                slug=service.slug if has_page else "",
                about=tuple(text for text in (about, place) if text),
                dates=_held(terms) if len(coverage.terms) > 1 else "",
                facts=tuple(Fact(label, texts) for label, texts in _clauses(terms) if texts),
            )


def _held(terms: Terms) -> str:
    contract = terms.contract
    if contract is None:
        return ""
    first = day_of(contract.start_ms, terms.zone) if contract.start_ms > FIRST_MS else None
    last = day_of(contract.end_ms - 1, terms.zone) if contract.end_ms < LAST_MS else None
    return _dates(first, last)


def _clauses(terms: Terms) -> Iterator[tuple[str, tuple[str, ...]]]:
    per = clauses.period_words(terms)
    yield "Promised", tuple(_promise(terms, window, per) for window in terms.windows)
    yield "Also promised", tuple(map(clauses.objective_words, terms.objectives))
    yield "Downtime", clauses.downtime_words(terms)
    becomes = "Counts as up" if terms.exclusions.counts_as_up else "Left out"
    left_out = (clauses.exclusion_words(rule) for rule in terms.exclusions.rules)
    yield becomes, tuple(f"{text[:1].upper()}{text[1:]}" for text in left_out)
    credits = [
        f"{plain(window.name)}: {text[:1].lower()}{text[1:]}" if len(terms.windows) > 1 else text
        for window in terms.windows
        for text in clauses.credit_words(window.credit)
    ]
    yield "Credit", (*credits, *clauses.whole_credit_words(terms)) if credits else ("None by availability",)
    if credits or terms.claim is not None:
        yield "Claim", (clauses.claim_words(terms.claim),)
    if terms.fee is not None:
        yield "Fee", (f"{terms.fee.amount:f} {terms.fee.currency} for each {per}", *clauses.fee_words(terms))


def _promise(terms: Terms, window: ServiceWindow, per: str) -> str:
    name = f"{plain(window.name)}: " if len(terms.windows) > 1 else ""
    least = "at least " if terms.is_met_at_equality else "more than "
    hours = clauses.hours_words(window.schedule)
    text = f"{name}{least}{promised_text(window.target)}% of each {per}, {hours}, {zone_name(terms.zone)}"
    return f"{text[:1].upper()}{text[1:]}"


def _claiming(agreement: Agreement) -> tuple[str, ...]:
    """Return how a credit is claimed, step by step; nothing where none has to be."""
    if not any(terms.claim for coverage in agreement.coverage for terms in coverage.terms):
        return ()
    number = f"the agreement {plain(agreement.reference)}" if agreement.reference else "this agreement"
    to = ", ".join(map(plain, agreement.provider.contacts)) or plain(agreement.provider.name) or "the provider"
    return f"Write to {to} before the time to claim it ends.", f"Name {number}, the service and the period."


def _waiting(periods: Sequence[PeriodView]) -> Iterator[str]:
    for period in periods:
        for each in period.statements:
            if each.owed.claim_by is not None:
                yield f"{each.service}, {period.label}: {each.owed.credit} by {each.owed.claim_by.text}"


def _duty(duty: Duty) -> DutyRow:
    done = f"{long_day_text(duty.done)}{f' ({plain(duty.evidence)})' if duty.evidence else ''}" if duty.done else ""
    return DutyRow(duty.party.capitalize(), plain(duty.text), long_day_text(duty.due) if duty.due else "", done)


def _audit(audit: Audit) -> str:
    last = f"; last on {long_day_text(audit.last)}" if audit.last else ""
    return f"{plain(audit.what)} By {plain(audit.by)}, every {counted(audit.every_days, 'day')}{last}."
