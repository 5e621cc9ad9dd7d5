"""What is left of a month's budget: figure and meter. Pure; knows no template."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from uptally.model.statement import Budget, Statement
from uptally.page import svg
from uptally.page.language import _
from uptally.page.words import (
    seconds_left,
    seconds_used,
    unbroken,
)


class BudgetView(NamedTuple):
    """What is left of a budget: the meter, the figure in bold, and what is said of it."""

    meter: Markup
    figure: str
    said: str
    """``{}`` stands for the figure."""
    unseen: str
    """How long the state was not known, which may have used some of it; empty where that is no time."""
    is_overdrawn: bool


def to_come_permille(statement: Statement, as_of_ms: int) -> int:
    """Return the share of a period that is still to come at an instant, in per mille."""
    window = statement.availability.window
    return max(0, min(1000, (window.end_ms - as_of_ms) * 1000 // max(1, window.length_ms)))


def budget_view(statement: Statement, as_of_ms: int) -> BudgetView | None:
    """Return what is left of a month's budget in seconds; None without a promise."""
    budget = statement.budget
    if budget is None:
        return None
    meter = svg.meter(
        budget,
        unknown_ms=statement.availability.unknown_ms,
        to_come_permille=to_come_permille(statement, as_of_ms),
    )
    return budget_text(budget, meter, unknown_ms=statement.availability.unknown_ms)


def budget_text(budget: Budget, meter: Markup, *, unknown_ms: int) -> BudgetView:
    """Return what is left of a budget, in seconds, beside its meter."""
    unseen = unbroken(seconds_used(unknown_ms)) if unknown_ms else ""
    if budget.left_ms < 0:
        over, allowed = unbroken(seconds_used(-budget.left_ms)), unbroken(seconds_left(budget.allowed_ms))
        said = _("{over} over the {allowed} allowed", over="{}", allowed=allowed) if budget.allowed_ms else ""
        said = said or _("{over} over, none allowed", over="{}")
        return BudgetView(meter, over, said, unseen, is_overdrawn=True)
    if not budget.allowed_ms:
        said = _("{none} allowed, and none seen", none="{}")
        return BudgetView(meter, _("No downtime"), said, unseen, is_overdrawn=False)
    said = _("{left} of {allowed} left", left="{}", allowed=unbroken(seconds_left(budget.allowed_ms)))
    return BudgetView(meter, unbroken(seconds_left(budget.left_ms)), said, unseen, is_overdrawn=False)
