"""What happened, written as text: instants by the wall clock, and histories as one letter per stretch of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo

from uptally.model.facts import Facts, History
from uptally.model.judgement import PeriodJudgement
from uptally.model.terms import Terms
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.periods import period_window
from uptally.units.stretches import Stretches
from uptally.units.time import Window


def at(text: str, zone: tzinfo = UTC, *, fold: int = 0) -> int:
    """Return the instant at which the wall clock of a zone reads a text."""
    return round(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp() * 1_000)


def between(start: str, end: str, zone: tzinfo = UTC) -> Window:
    """Return the window from one reading of the wall clock to another."""
    return Window(at(start, zone), at(end, zone))


def drawn(story: str, letter: str = "#", *, start_ms: int = 0, each_ms: int = 1) -> Stretches:
    """Return the time that a letter takes in a story, in which each letter is so long."""
    return tuple(
        (start_ms + found.start() * each_ms, start_ms + found.end() * each_ms)
        for found in re.finditer(re.escape(letter) + "+", story)
    )


def history(story: str, *, start_ms: int = 0, each_ms: int = 1) -> History:
    """Return what a component was: d(own), ? (unknown), up otherwise."""
    return History(
        down=drawn(story, "d", start_ms=start_ms, each_ms=each_ms),
        unknown=drawn(story, "?", start_ms=start_ms, each_ms=each_ms),
    )


def dates(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def judged(terms: Terms, facts: Facts, *labels: str) -> Sequence[PeriodJudgement]:
    """Return what terms come to over the periods that labels name."""
    return judge(terms, facts, [(label, period_window(terms.period, label, terms.zone)) for label in labels]).periods
