"""How well downtime is known."""

from __future__ import annotations

from bisect import bisect_left
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.timelines import observation
from uptally.model.observation import Kind, Observation
from uptally.model.terms import Terms
from uptally.model.timeline import Timeline
from uptally.model.verdict import Verdict
from uptally.rules.availability import measure, month_statement
from uptally.rules.course import derive
from uptally.rules.limits import EXACT_MOST, PARTS, Limits, downtime_limits, poisson_limits
from uptally.rules.schedule import recheck_pause_ms
from uptally.units.time import DAY_MS, Window

MONTH_MS = 30 * DAY_MS
MONTH = Window(0, MONTH_MS)
FIVE_NINES = Terms.bare("99.999%", Fraction(99_999, 100_000))


# Halved quantiles of the chi-squared distribution, from its tables.
@pytest.mark.parametrize(
    ("events", "low", "high"),
    [(0, 0, 29_957), (1, 513, 47_439), (2, 3_554, 62_958), (3, 8_177, 77_537), (10, 54_254, 169_622)],
)
def test_poisson_limits_are_those_of_the_tables_rounded_outwards(events: int, low: int, high: int) -> None:
    found_low, found_high = poisson_limits(events)
    assert low - 2 <= found_low <= low
    assert high <= found_high <= high + 2


def test_approximation_continues_the_exact_limits() -> None:
    exact, beyond = poisson_limits(EXACT_MOST), poisson_limits(EXACT_MOST + 1)
    for last, first in zip(exact, beyond, strict=True):
        assert 9 * PARTS < 10 * (first - last) < 11 * PARTS


@pytest.mark.parametrize(
    ("events", "cube", "exact"),
    [
        (201, ("1782606.09", "2259340.92"), (1_782_623, 2_259_324)),
        (250, ("2245713.76", "2776174.62"), (2_245_733, 2_776_154)),
        (1_000, ("9485554.90", "10536077.40"), (9_485_598, 10_536_032)),
    ],
)
def test_beyond_the_exact_limits_those_of_wilson_and_hilferty_are_rounded_outwards(
    events: int, cube: tuple[str, str], exact: tuple[int, int]
) -> None:
    """`cube` is n(1 - 1/9n -+ 1.645/(3 sqrt n))^3 in parts, of n and n + 1; `exact` is what the sums come to."""
    low, high = poisson_limits(events)
    assert (low, high) == (floor(Decimal(cube[0])), ceil(Decimal(cube[1])))
    assert low <= exact[0] <= exact[1] <= high
    assert (high - exact[1]) * 100_000 < high
    assert (exact[0] - low) * 100_000 < low


def limits(
    *, down_ms: int, sampled_ms: int = 0, gaps_ms2: int = 0, singles: int = 0, interval_ms: int = 1_000
) -> Limits:
    return downtime_limits(
        down_ms=down_ms,
        known_ms=MONTH_MS,
        sampled_ms=sampled_ms,
        gaps_ms2=gaps_ms2,
        singles=singles,
        interval_ms=interval_ms,
    )


def test_clean_period_may_hide_three_intervals() -> None:
    assert limits(down_ms=0) == (0, 2_996)


def test_limit_that_comes_to_whole_milliseconds_is_not_rounded_further() -> None:
    # 2.9958 intervals of 10,000 ms.
    assert limits(down_ms=0, interval_ms=10_000) == (0, 29_958)


def test_outage_seen_by_many_attempts_is_known_to_its_edges() -> None:
    # V = (1000^2 + 600^2) / 12; 1.645 sqrt(V) = 553.8, and with what is unseen sqrt(2995.8^2 + 553.8^2) = 3046.6.
    assert limits(down_ms=60_000, sampled_ms=60_000, gaps_ms2=1_000**2 + 600**2) == (59_446, 63_047)


def test_outage_seen_once_stands_for_an_interval() -> None:
    assert limits(down_ms=700, singles=1) == (51, 4_744)


def test_limits_stay_within_what_is_known() -> None:
    assert downtime_limits(
        down_ms=0, known_ms=90_000, sampled_ms=0, gaps_ms2=0, singles=0, interval_ms=60_000
    ) == (0, 90_000)  # fmt: skip


@given(
    st.integers(0, MONTH_MS),
    st.integers(0, MONTH_MS),
    st.integers(0, 10**20),
    st.integers(0, 500),
    st.integers(1, DAY_MS),
)
def test_limits_always_enclose_the_figure(
    down_ms: int, sampled_ms: int, gaps_ms2: int, singles: int, interval_ms: int
) -> None:
    low_ms, high_ms = limits(
        down_ms=down_ms, sampled_ms=sampled_ms, gaps_ms2=gaps_ms2, singles=singles, interval_ms=interval_ms
    )
    assert 0 <= low_ms <= down_ms <= high_ms <= MONTH_MS


def watched(truth: list[tuple[int, int]], interval_ms: int, phase_ms: int) -> Timeline:
    """What attempts each `interval_ms`, with rechecks, make of true outages; attempts take no time here.

    Only attempts near an outage are made: each is told to speak for as long as the next is away.
    """
    begins = [begin for begin, _ in truth]

    def is_down(at_ms: int) -> bool:
        index = bisect_left(begins, at_ms + 1) - 1
        return index >= 0 and at_ms < truth[index][1]

    def grid(at_ms: int) -> int:
        return at_ms + (phase_ms - at_ms) % interval_ms

    instants = {grid(0): Kind.GRID, grid(MONTH_MS - 12 * interval_ms): Kind.GRID}
    for begin, end in truth:
        first = grid(begin)
        instants |= {first + step * interval_ms: Kind.GRID for step in range(-12, (end - begin) // interval_ms + 14)}
        at_ms = first
        while is_down(at_ms):
            pause_ms = recheck_pause_ms(at_ms - first, interval_ms=interval_ms, timeout_ms=0, places=2)
            at_ms = min(at_ms + (pause_ms or interval_ms), grid(at_ms + 1))
            instants.setdefault(at_ms, Kind.RECHECK)
    story: list[Observation] = [
        observation(
            "d" if is_down(at_ms) else "u",
            at_ms,
            sequence=number,
            interval_ms=interval_ms,
            timeout_ms=MONTH_MS,
            duration_us=0,
            kind=kind,
        )
        for number, (at_ms, kind) in enumerate(sorted(instants.items()))
        if 0 <= at_ms < MONTH_MS
    ]
    return Timeline(story[0].at_ms, derive(story).turns, story[-1])


def month_of_outages(random: Random) -> list[tuple[int, int]]:
    """One to 26 outages of together 0 to 60 s of downtime, somewhere in the month."""
    total_ms, count = random.randrange(60_000), random.randint(1, 26)
    cuts = sorted(random.randrange(total_ms + 1) for _ in range(count - 1))
    lengths = [right - left for left, right in zip([0, *cuts], [*cuts, total_ms], strict=True)]
    slots = random.sample(range(MONTH_MS // 300_000), count)
    begins = [slot * 300_000 + random.randrange(100_000) for slot in sorted(slots)]
    return [(begin, begin + length) for begin, length in zip(begins, lengths, strict=True)]


def verdicts(interval_ms: int, months: int) -> tuple[int, int]:
    """How many of so many months get a wrong verdict, and how many none."""
    random = Random(interval_ms)
    wrong = undetermined = 0
    for _ in range(months):
        truth = month_of_outages(random)
        is_kept = sum(end - begin for begin, end in truth) <= (1 - FIVE_NINES.target) * MONTH_MS
        timeline = watched(truth, interval_ms, random.randrange(interval_ms))
        figures = measure(timeline, MONTH, as_of_ms=MONTH_MS)
        verdict = month_statement("2026-11", FIVE_NINES, figures, as_of_ms=MONTH_MS).verdict
        undetermined += verdict is Verdict.UNDETERMINED
        wrong += verdict is (Verdict.MISSED if is_kept else Verdict.MET)
    return wrong, undetermined


INTERVALS = pytest.mark.parametrize(
    ("interval_ms", "undetermined_most"),
    [(1_000, Fraction(15, 100)), (2_000, Fraction(30, 100)), (5_000, Fraction(56, 100))],
)


def check(interval_ms: int, undetermined_most: Fraction, months: int) -> None:
    wrong, undetermined = verdicts(interval_ms, months)
    assert Fraction(wrong, months) < Fraction(5, 1_000)
    assert Fraction(undetermined, months) <= undetermined_most


@INTERVALS
def test_verdicts_are_hardly_ever_wrong_and_seldom_withheld(interval_ms: int, undetermined_most: Fraction) -> None:
    # So few months scatter by some per cent.
    check(interval_ms, undetermined_most + Fraction(3, 100), 600)


@pytest.mark.soak
@INTERVALS
def test_verdicts_over_many_months(interval_ms: int, undetermined_most: Fraction) -> None:
    check(interval_ms, undetermined_most, 20_000)
