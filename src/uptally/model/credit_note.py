"""What everyone may know of a promise and a period: promised, measured, the verdict, and what part of a fee is due.

No customer, no fee and no amount: it goes on the public page.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.model.period_statement import Range
from uptally.model.statement import Budget
from uptally.model.verdict import Verdict
from uptally.units.time import Window


class WindowNote(NamedTuple):
    """A service window: what was promised for it, and what was measured.

    `verdict` is None where there was nothing to measure. `budget` is that of the whole period.
    """

    name: str
    target: Fraction
    verdict: Verdict | None
    availability: Range
    unknown_ms: int
    budget: Budget


class ObjectiveNote(NamedTuple):
    """A promise besides availability; `promised` and `measured` are empty where only the verdict is public."""

    name: str
    verdict: Verdict
    promised: str
    measured: str


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A period of the terms that hold for everyone.

    `part` is what of the period the terms held for, and was watched. `share` of the fee is the credit by the counted
    figure, `least` and `most` are the ends of what it can be. `claim_by_ms` is the end of the time in which it must be
    claimed where it `needs_claim`, None where the terms set none. Of a period that is not over, all is as it would be
    if the rest of it were up.
    """

    label: str
    period: Window
    part: Window
    zone: ZoneInfo
    is_over: bool
    windows: tuple[WindowNote, ...]
    objectives: tuple[ObjectiveNote, ...]
    verdict: Verdict | None
    share: Fraction
    least: Fraction
    most: Fraction
    needs_claim: bool
    claim_by_ms: int | None


@dataclass(frozen=True, slots=True)
class CreditNotes:
    """The notes of a public service, the newest period first, the one in progress before those that ended."""

    name: str
    slug: str
    group: str
    description: str
    notes: tuple[CreditNote, ...]
