"""Quantiles of the last hours, days and months, against all answers that were given."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from tests.ledger.made import Clock, observed, open_ledger
from uptally.daemon.latencies import Stopwatch
from uptally.ledger import Ledger, Reader
from uptally.model.observation import Kind, Observation, Outcome
from uptally.model.statement import LatencyWindow
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

NOW_MS = 1_795_446_000_000 + 11 * MINUTE_MS
"""Eleven minutes past an hour."""
BEGIN_MS = NOW_MS - 93 * DAY_MS


def answers() -> list[Observation]:
    """Answers every 50 minutes or so for 93 days, but for a week without any; they get slower and slower."""
    random, found, at_ms = Random(7), [], BEGIN_MS
    while at_ms < NOW_MS:
        is_silent = 0 <= at_ms - (NOW_MS - 30 * DAY_MS) < 7 * DAY_MS
        if not is_silent:
            share = (at_ms - BEGIN_MS) / (NOW_MS - BEGIN_MS)
            duration_us = round(random.lognormvariate(9 + 3 * share, 0.4))
            found.append(observed(at_ms, duration_us=duration_us, interval_ms=HOUR_MS))
        at_ms += random.randrange(40 * MINUTE_MS, 60 * MINUTE_MS)
    found.append(observed(NOW_MS - 5 * SECOND_MS, Outcome.DOWN, duration_us=9_000_000, interval_ms=HOUR_MS))
    found.append(observed(NOW_MS - 4 * SECOND_MS, kind=Kind.RECHECK, duration_us=9_000_000, interval_ms=HOUR_MS))
    return found


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(tmp_path / "ledger.db", clock=Clock(NOW_MS))
    opened.import_observations(answers())
    yield opened
    opened.close()


@pytest.fixture
def reader(ledger: Ledger, tmp_path: Path) -> Iterator[Reader]:
    with Reader.open(tmp_path / "ledger.db") as opened:
        yield opened


def check(window: LatencyWindow, given: list[Observation]) -> None:
    """Hold a window against the sorted list of all answers that began in it."""
    within = sorted(
        each.duration_us
        for each in given
        if window.window.start_ms <= each.at_ms < window.window.end_ms
        and each.outcome is Outcome.UP
        and each.kind is Kind.GRID
    )
    assert window.answers == len(within)
    for found_us, share in ((window.p50_us, Fraction(1, 2)), (window.p95_us, Fraction(95, 100))):
        exact_us = within[-(-len(within) * share.numerator // share.denominator) - 1]
        assert found_us is not None
        assert abs(found_us - exact_us) * 128 <= exact_us


def test_windows_hold_what_a_sorted_list_of_all_answers_says(reader: Reader) -> None:
    windows = Stopwatch("local").read(reader, "web", now_ms=NOW_MS).windows
    assert [(each.label, each.window.length_ms) for each in windows] == [
        ("24h", DAY_MS),
        ("7d", 7 * DAY_MS),
        ("90d", 90 * DAY_MS),
    ]
    assert {each.window.end_ms for each in windows} == {NOW_MS + 49 * MINUTE_MS}
    for window in windows:
        check(window, answers())


def test_answer_of_the_running_hour_counts_at_once_and_what_is_kept_moves_on_with_the_hour(
    ledger: Ledger, reader: Reader
) -> None:
    stopwatch, given = Stopwatch("local"), answers()
    for after_ms in (0, 3 * MINUTE_MS, HOUR_MS, 26 * HOUR_MS):
        given.append(observed(NOW_MS + after_ms, duration_us=5, interval_ms=HOUR_MS))
        ledger.import_observations(given[-1:])
        found = stopwatch.read(reader, "web", now_ms=NOW_MS + after_ms)
        for window in found.windows:
            check(window, given)
        assert found.hours == reader.latency_hours("web", location="local", window=found.windows[0].window)


def test_endpoint_that_never_answered_has_no_quantiles(reader: Reader) -> None:
    found = Stopwatch("local").read(reader, "other", now_ms=NOW_MS)
    assert not found.hours
    assert {each[2:] for each in found.windows} == {(0, None, None)}
