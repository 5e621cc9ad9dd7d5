"""What a judgement and its ends are worth, and what of it is to be booked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from uptally.books.ends import Ends
from uptally.model.agreement import Agreement, Booking
from uptally.model.judgement import ClaimStatus, PeriodJudgement
from uptally.model.period_statement import Credit
from uptally.model.verdict import Verdict
from uptally.units.said import said


@dataclass(frozen=True, slots=True)
class Worth:
    """A credit by the counted figure, the least and the most that it can be, and the one that holds; what of it is to
    be booked, and its tax.

    `due` is None while a person has to decide; `claim` is then that of the most. `chosen` is the judgement that holds
    where it is not the counted one. `is_none` says that there is no credit whatever the figures are.
    """

    credit: Credit
    least: Credit
    most: Credit
    due: Credit | None
    claim: ClaimStatus
    booked: Decimal | None
    tax: Decimal | None
    codes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    chosen: PeriodJudgement | None = None
    is_none: bool = False


def worth(agreement: Agreement | None, ends: Ends, verdict: Verdict | None, *, is_over: bool, is_blind: bool) -> Worth:
    """Return what a period is worth to the customer.

    A draft earns no credit, whatever its terms say. What is undetermined is booked as the agreement says, unless the
    credit is the same at both ends; `is_blind` says that the ends do not tell, since something was never measured.
    """
    if agreement is not None and agreement.is_draft:
        return _draft(ends.counted, is_over=is_over)
    three = (ends.counted, ends.worst, ends.best)
    least, most = min(three, key=_size), max(three, key=_size)
    chosen = ends.counted
    codes: tuple[str, ...] = ()
    if agreement is not None and verdict is Verdict.UNDETERMINED and (is_blind or _size(least) != _size(most)):
        codes = (f"undetermined_{agreement.undetermined.value}",)
        if agreement.undetermined is Booking.CREDIT:
            chosen = most
        elif agreement.undetermined is Booking.NO_CREDIT:
            return _without_credit(ends.counted, least=least, most=most, is_over=is_over)
        elif agreement.undetermined is Booking.ASK:
            three_credits = _credit(ends.counted), _credit(least), _credit(most)
            return Worth(*three_credits, None, most.claim, None, None, codes, (_ASK,))
    is_booked = is_over and agreement is not None
    return Worth(
        credit=_credit(ends.counted),
        least=_credit(least),
        most=_credit(most),
        due=_credit(chosen),
        claim=chosen.claim,
        booked=chosen.payable if is_booked else None,
        tax=chosen.tax if is_booked else None,
        codes=codes,
        lines=(_BOOKED[agreement.undetermined],) if codes and agreement is not None else (),
        chosen=chosen if chosen is not ends.counted else None,
    )


_ASK = said("not booked before a person decides: what is not known could decide the verdict either way")
_BOOKED = {
    Booking.ASK: _ASK,
    Booking.COUNTED: said("undetermined, and by the agreement booked as counted"),
    Booking.CREDIT: said("undetermined, and by agreement or decision booked with the largest credit that it can be"),
    Booking.NO_CREDIT: said("undetermined, and by agreement or decision booked without credit"),
}


def _draft(counted: PeriodJudgement, *, is_over: bool) -> Worth:
    nothing = None if counted.amount is None else counted.amount * 0
    none = Credit(Fraction(0), nothing)
    booked = nothing if is_over else None
    line = said("the agreement is a draft, which nobody has approved: it earns no credit")
    claim = counted.claim.of_nothing
    return Worth(none, none, none, none, claim, booked, booked, ("draft_no_credit",), (line,), is_none=True)


def _without_credit(counted: PeriodJudgement, *, least: PeriodJudgement, most: PeriodJudgement, is_over: bool) -> Worth:
    nothing = None if counted.amount is None else counted.amount * 0
    booked = nothing if is_over else None
    codes, lines = (f"undetermined_{Booking.NO_CREDIT.value}",), (_BOOKED[Booking.NO_CREDIT],)
    three, none = (_credit(counted), _credit(least), _credit(most)), Credit(Fraction(0), nothing)
    return Worth(*three, none, counted.claim.of_nothing, booked, booked, codes, lines)


def _size(judgement: PeriodJudgement) -> tuple[Decimal, Fraction]:
    return judgement.amount or Decimal(0), judgement.share


def _credit(judgement: PeriodJudgement) -> Credit:
    return Credit(judgement.share, judgement.amount)
