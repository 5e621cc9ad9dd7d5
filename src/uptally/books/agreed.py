"""The statements that an agreement's page shows: of the periods that ended in the last months, and in progress."""

from __future__ import annotations

from uptally.books.periods import Labelled, recent_periods
from uptally.books.recorded import Recorded
from uptally.books.sights import Answers
from uptally.books.statements import statements_of_periods
from uptally.books.subjects import Promise, promises_of
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.model.terms import Terms
from uptally.rules.record.occurrences import Occurrences

Wanted = tuple[Promise, Terms, Labelled]


def statements_of_agreement(
    ledger: Answers,
    settings: Settings,
    slug: str,
    *,
    is_over: bool,
    now_ms: int,
    recorded: Recorded,
    occurrences: Occurrences,
) -> tuple[PeriodStatement, ...]:
    """Return the statements of an agreement's periods that are over, or of those in progress: service by service, the
    newest first, from the first on of which anything is known."""
    wanted = [each for each in _periods(settings, slug, now_ms) if (each[2][1].end_ms <= now_ms) is is_over]
    found = statements_of_periods(ledger, settings, wanted, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    kept: list[PeriodStatement] = []
    known: set[str] = set()
    for each in found:
        if each.service.slug in known or any(window.up_ms or window.down_ms for window in each.windows):
            known.add(each.service.slug)
            kept.append(each)
    return tuple(reversed(kept))


def _periods(settings: Settings, slug: str, now_ms: int) -> list[Wanted]:
    """Return all periods, the oldest first; those that end together in the order in which services are covered."""
    found = [
        (promise, version, labelled)
        for promise in reversed([*promises_of(settings, agreement=slug)])
        for version in promise.terms
        for labelled in recent_periods(version, now_ms=now_ms)
    ]
    return sorted(found, key=_end_ms)


def _end_ms(wanted: Wanted) -> int:
    return wanted[2][1].end_ms
