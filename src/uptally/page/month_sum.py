"""The sum of a month, line by line, exact to the millisecond, so that a reader can redo it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from uptally.model.statement import Availability, Budget, Statement
from uptally.model.terms import Terms
from uptally.page.language import _, percent, pgettext
from uptally.page.views import watched_from_ms
from uptally.page.words import exact_seconds, month_and_year
from uptally.rules.figures import shown_percent
from uptally.units.ratio import exact_percent


class SumLine(NamedTuple):
    """A line of the month's sum; `kind` is empty, `opens` (a part of the sum) or `total`."""

    label: str
    figure: str
    kind: str = ""


class MonthSum(NamedTuple):
    """The sum of a month that has ended."""

    month: str
    lines: tuple[SumLine, ...]


ENDED_MOST = 3
"""Of so many months that have ended the sum is shown, the newest: a claim is seldom possible for longer."""


def ended_sums(months: Iterable[Statement], as_of_ms: int) -> tuple[MonthSum, ...]:
    """Return the sums of the newest months that have ended, of months with the newest first."""
    ended = islice((each for each in months if each.is_over and each.availability.scheduled_ms), ENDED_MOST)
    return tuple(MonthSum(month_and_year(each.label), sum_of(each, as_of_ms)) for each in ended)


def sum_of(statement: Statement | None, as_of_ms: int) -> tuple[SumLine, ...]:
    """Return the sum of a month as it stands at an instant, or as it ended; empty without a statement."""
    if statement is None:
        return ()
    sums, budget, terms = statement.availability, statement.budget, statement.terms
    shown = shown_percent(sums, target=terms.target if terms else None)
    lines = [
        SumLine(pgettext("time", "Up"), exact_seconds(sums.up_ms)),
        SumLine(pgettext("time", "Down"), exact_seconds(sums.down_ms)),
        *([SumLine(_("Not known, left out"), exact_seconds(sums.unknown_ms))] if sums.unknown_ms else []),
        SumLine(_formula(sums), percent(shown) if shown else _("no figure"), "total"),
    ]
    if terms is not None and budget is not None:
        lines += _budget(statement, budget, terms, as_of_ms)
    if sums.known_ms:
        limits = f"{exact_seconds(sums.down_low_ms)} – {exact_seconds(sums.down_high_ms)}"
        lines.append(SumLine(_("Down at least, and at most, with 95% confidence"), limits, "opens"))
    return tuple(lines)


def _formula(sums: Availability) -> str:
    """The formula, with why a sum of up time alone does not end with 100."""
    if sums.up_ms and sums.unknown_ms and not sums.down_ms:
        return _("Measured: up ÷ (up + down); never 100 with time not known")
    return _("Measured: up ÷ (up + down)")


def _budget(statement: Statement, budget: Budget, terms: Terms, as_of_ms: int) -> Iterator[SumLine]:
    sums, share = statement.availability, percent(_allowed(*terms.target.as_integer_ratio()))
    length = exact_seconds(sums.known_ms if statement.is_over else sums.window.length_ms)
    if statement.is_over:
        allowed = _("Allowed, a share of the time known: {length} × {share}", length=length, share=share)
    # Less will be allowed when the month is over, where some of it was not watched or is not known.
    elif watched_from_ms(statement, as_of_ms) is not None or sums.unknown_ms:
        allowed = _(
            "Allowed in the whole month: {length} × {share}; once it is over, that share of the time known",
            length=length,
            share=share,
        )
    else:
        allowed = _("Allowed in the whole month: {length} × {share}", length=length, share=share)
    yield SumLine(allowed, exact_seconds(budget.allowed_ms), "opens")
    yield SumLine(pgettext("time", "Down") if statement.is_over else _("Down so far"), exact_seconds(-sums.down_ms))
    left = _("Overdrawn by") if budget.left_ms < 0 else pgettext("budget", "Left")
    yield SumLine(left, exact_seconds(abs(budget.left_ms)), "total")


# All services of a page have few targets.
@lru_cache(maxsize=256)
def _allowed(promised: int, whole: int) -> str:
    """Write the share that a target leaves for downtime."""
    return exact_percent(1 - Fraction(promised, whole))
