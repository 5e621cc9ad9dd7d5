"""What is owed for a period, and what its customer has to do for it, in sentences. Pure.

It tells amounts, and belongs on the page of an agreement alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from uptally.model.judgement import ClaimStatus
from uptally.model.period_statement import Credit, PeriodStatement
from uptally.model.verdict import Verdict
from uptally.page.judged import end_of_day
from uptally.page.language import _, percent
from uptally.page.words import Moment, money_text
from uptally.rules.figures import shown_share


@dataclass(frozen=True, slots=True)
class Owed:
    """What is owed, in a sentence or two; `claim_by` is set while a credit waits to be claimed, and `credit` is it."""

    text: str
    credit: str = ""
    claim_by: Moment | None = None


def owed_of(statement: PeriodStatement) -> Owed:
    """Say what is owed for a period, and what is to be done for it."""
    if "draft_no_credit" in statement.codes:
        return Owed(_("The agreement is a draft, which earns no credit."))
    credit = _credit(statement, statement.credit)
    if not statement.most.share:
        return Owed(_("No credit is due.") if statement.verdict is Verdict.MISSED else "")
    span = _span(statement)
    if not statement.is_over:
        said = _("As it stands, the credit is {credit}", credit=credit)
        return Owed(_ended(said if statement.credit.share else _("No credit so far"), span))
    if statement.currency is not None and statement.booked is None:
        if statement.credit.share:
            said = _("The credit is to be decided: by the counted figure the credit is {credit}", credit=credit)
        else:
            said = _("The credit is to be decided: none is certain")
        return Owed(_ended(said, span))
    if any(code.startswith("credit_given_by:") for code in statement.codes):
        return Owed(_("The same outage is credited by another service of this agreement, with more."))
    due = statement.due or statement.credit
    if not due.share and not statement.booked:
        return Owed(_ended(_("No credit is due"), span))
    # What was decided is not open any more.
    return _settled(statement, _credit(statement, due), span if due == statement.credit else "")


def _settled(statement: PeriodStatement, credit: str, span: str) -> Owed:
    if statement.claim is ClaimStatus.IN_TIME:
        return Owed(_("{credit}, claimed in time.", credit=_due(statement, credit)))
    if statement.claim is ClaimStatus.LATE:
        return Owed(_("No credit is due: that of {credit} was claimed too late.", credit=credit))
    if statement.claim is ClaimStatus.NOT_MADE:
        return _unclaimed(statement, credit, span)
    return Owed(f"{_ended(_due(statement, credit), span)} {_('No claim is needed.')}")


def _unclaimed(statement: PeriodStatement, credit: str, span: str) -> Owed:
    by_ms, said = statement.claim_by_ms, _("The credit is {credit}", credit=credit)
    if by_ms is None:
        return Owed(f"{_ended(said, span)} {_('It must be claimed.')}", credit)
    moment = end_of_day(by_ms, statement.terms.zone)
    if statement.as_of_ms >= by_ms:
        text = _("No credit is due: that of {credit} was not claimed by {moment}.", credit=credit, moment=moment.text)
        return Owed(text)
    if span:
        text = _("{credit}; {span}, to be claimed by {moment}.", credit=said, span=span, moment=moment.text)
    else:
        text = _("{credit}, to be claimed by {moment}.", credit=said, moment=moment.text)
    return Owed(text, credit, moment)


def _due(statement: PeriodStatement, credit: str) -> str:
    """Say what is due, with its tax: as booked, where anything is."""
    if not statement.booked:
        return _("The credit is {credit}", credit=credit)
    due = money_text(statement.booked, statement.currency)
    if not statement.tax:
        return _("The credit is {credit}", credit=due)
    return _("The credit is {credit}, and {tax} of tax", credit=due, tax=money_text(statement.tax, statement.currency))


def _credit(statement: PeriodStatement, credit: Credit) -> str:
    if credit.amount is None:
        return _("{share} of the fee", share=percent(shown_share(credit.share)))
    return money_text(credit.amount, statement.currency)


def _span(statement: PeriodStatement) -> str:
    """Say between what the credit can be, where what is not known decides it."""
    if statement.least == statement.most:
        return ""
    most = _credit(statement, statement.most)
    if not statement.least.share:
        return _("what is not known may make it anything up to {most}", most=most)
    least = _credit(statement, statement.least)
    return _("by what is not known it is between {least} and {most}", least=least, most=most)


def _ended(said: str, span: str) -> str:
    return _("{credit}; {span}.", credit=said, span=span) if span else _("{credit}.", credit=said)
