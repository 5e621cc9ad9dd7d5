"""What an agreement's own page says: what was agreed, and each period's statement. Pure; knows no template.

Customer, fee and amounts are on it: it lies where only the customer finds it, and nothing of it is on another page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from uptally.model.agreement import Agreement, AgreementKind, Approval, Audit, Duty, Party, Service
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import PageSettings
from uptally.page import clauses
from uptally.page.language import N_, _, grouped, ngettext
from uptally.page.service_terms import Fact, ServiceTerms, dates_text, service_terms
from uptally.page.stated import StatementView, statement_view
from uptally.page.views import Taken, taken_at
from uptally.page.words import duration, long_day_text, plain

TOLD_MAX = 2
"""Of so many services the headline says what was measured; of more, only what is still to be claimed."""

_PARTIES = {"provider": N_("Provider"), "customer": N_("Customer")}


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
        services=tuple(service_terms(agreement, services)),
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
        return _("Nothing has been measured yet")
    verdicts = [each.verdict[0] for each in period.statements]
    if not period.is_over:
        return _("{period} so far: {verdict}", period=period.label, verdict=_so_far(verdicts))
    if "over" in verdicts:
        return _missed(verdicts.count("over"), len(verdicts), period.label)
    if "half" in verdicts:
        return _("{period} is undetermined", period=period.label)
    if "up" not in verdicts:
        return _("Nothing to measure in {period}", period=period.label)
    if len(verdicts) == 1:
        return _("Promise kept in {period}", period=period.label)
    return ngettext(
        "All {number} promise kept in {period}",
        "All {number} promises kept in {period}",
        len(verdicts),
        period=period.label,
    )


def _missed(missed: int, promises: int, period: str) -> str:
    if promises == 1:
        return _("Promise missed in {period}", period=period)
    return ngettext(
        "{missed} of {number} promise missed in {period}",
        "{missed} of {number} promises missed in {period}",
        promises,
        missed=grouped(missed),
        period=period,
    )


def _so_far(verdicts: Sequence[str]) -> str:
    if "over" in verdicts:
        return _("missed")
    if "half" in verdicts:
        return _("undetermined")
    return _("kept") if "up" in verdicts else _("nothing to measure")


def _deck(period: PeriodView | None) -> tuple[str, ...]:
    """What was measured and is owed: of each service whose promise was not clearly kept, or of the only one."""
    if period is None:
        return ()
    telling = [each for each in period.statements if each.verdict[0] != "up" or len(period.statements) == 1]
    if len(telling) > TOLD_MAX:
        waiting = (each for each in telling if each.owed.claim_by is not None)
        return tuple(_("{name}: {line}", name=each.service, line=each.owed.text) for each in waiting)
    return tuple(sentence for each in telling for sentence in (*each.summary, each.owed.text) if sentence)


def _facts(agreement: Agreement) -> Iterator[Fact]:
    yield Fact(_("Provider"), _party(agreement.provider))
    yield Fact(_("Customer"), _party(agreement.customer))
    if agreement.reference:
        yield Fact(_("Number"), (plain(agreement.reference),))
    yield Fact(_("In force"), (dates_text(agreement.start, agreement.end),))
    yield Fact(_("Approved"), (_approval(agreement.approved),))
    if agreement.change_notice_ms:
        notice = clauses.days_words(agreement.change_notice_ms)
        yield Fact(_("Planned changes"), (_("Announced {notice} before", notice=notice),))
    if agreement.kind is AgreementKind.OLA:
        yield Fact(_("Kind"), (_("An operational agreement, on which the provider’s own services rest"),))
    if agreement.renewal:
        yield Fact(_("Renewal"), (long_day_text(agreement.renewal),))
    if agreement.review:
        yield Fact(_("Next review"), (long_day_text(agreement.review),))


def _approval(approved: Approval | None) -> str:
    if approved is None:
        return _("A draft, which nobody has approved: it earns no credit")
    return _("By {name} on {day}", name=plain(approved.by), day=long_day_text(approved.on))


def _party(party: Party) -> tuple[str, ...]:
    return (plain(party.name) or _("Not named"), *map(plain, party.contacts))


def _claiming(agreement: Agreement) -> tuple[str, ...]:
    """Return how a credit is claimed, step by step; nothing where none has to be."""
    if not any(terms.claim for coverage in agreement.coverage for terms in coverage.terms):
        return ()
    to = ", ".join(map(plain, agreement.provider.contacts)) or plain(agreement.provider.name) or _("the provider")
    write = _("Write to {whom} before the time to claim it ends.", whom=to)
    if not agreement.reference:
        return write, _("Name this agreement, the service and the period.")
    number = plain(agreement.reference)
    return write, _("Name the agreement {number}, the service and the period.", number=number)


def _waiting(periods: Sequence[PeriodView]) -> Iterator[str]:
    for period in periods:
        for each in period.statements:
            if each.owed.claim_by is not None:
                yield _(
                    "{service}, {period}: {credit} by {moment}",
                    service=each.service,
                    period=period.label,
                    credit=each.owed.credit,
                    moment=each.owed.claim_by.text,
                )


def _duty(duty: Duty) -> DutyRow:
    done = long_day_text(duty.done) if duty.done else ""
    if done and duty.evidence:
        done = _("{day} ({evidence})", day=done, evidence=plain(duty.evidence))
    due = long_day_text(duty.due) if duty.due else ""
    whose = _(_PARTIES[duty.party]) if duty.party in _PARTIES else plain(duty.party)
    return DutyRow(whose, plain(duty.text), due, done)


def _audit(audit: Audit) -> str:
    every = ngettext("every {number} day", "every {number} days", audit.every_days)
    values = {"what": plain(audit.what), "name": plain(audit.by), "every": every}
    if audit.last is None:
        return _("{what} By {name}, {every}.", **values)
    return _("{what} By {name}, {every}; last on {day}.", day=long_day_text(audit.last), **values)
