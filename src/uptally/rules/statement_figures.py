"""A statement's figures as a program reads them: milliseconds beside every percentage."""

from __future__ import annotations

from uptally.model.statement import Statement
from uptally.rules.figures import figure_digits, shown_percent, shown_range
from uptally.units.ratio import floor_share


def statement_figures(statement: Statement) -> dict[str, str | int | None]:
    """Return the figures by name: milliseconds are integers, percentages text, None where nothing is known.

    Percentages are cut off as readers are shown them, so that no two outputs of this program differ by a digit.
    """
    figures, budget = statement.availability, statement.budget
    target = statement.terms.target if statement.terms else None
    agreed_ms, known_ms = figures.agreed_service_ms, figures.known_ms
    worst, best = shown_range(figures, target=target) or (None, None)
    return {
        "verdict": statement.verdict.value if statement.verdict else None,
        "availability_percent": shown_percent(figures, target=target) or None,
        "availability_worst_percent": worst,
        "availability_best_percent": best,
        "up_ms": figures.up_ms,
        "down_ms": figures.down_ms,
        "down_low_ms": figures.down_low_ms if known_ms else None,
        "down_high_ms": figures.down_high_ms if known_ms else None,
        "unknown_ms": figures.unknown_ms,
        "excluded_ms": figures.excluded_ms,
        "coverage_percent": floor_share(known_ms, agreed_ms, digits=figure_digits(target)) if agreed_ms else None,
        "outages": figures.outages if known_ms else None,
        "longest_outage_ms": figures.longest_outage_ms if known_ms else None,
        "budget_ms": budget.allowed_ms if budget else None,
        "budget_left_ms": budget.left_ms if budget else None,
    }
