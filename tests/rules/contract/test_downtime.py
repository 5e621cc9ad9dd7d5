"""Definitions of downtime, over stories of which each letter is a second: # is down, or judged."""

from __future__ import annotations

import pytest

from tests.rules.contract.stories import drawn
from uptally.model.comparison import Comparison
from uptally.model.downtime import BucketTime, Counted, Instant, Run
from uptally.rules.contract.downtime import Judged, counted_time
from uptally.units.stretches import NEVER, Stretches
from uptally.units.time import MINUTE_MS, SECOND_MS, Window

PERIOD = Window(0, 20 * SECOND_MS)
ALL = "#" * 20


def seconds(story: str) -> Stretches:
    return drawn(story, each_ms=SECOND_MS)


def counted(rule: Instant | Run | BucketTime, down: str, time: str = ALL, period: Window = PERIOD) -> Stretches:
    return counted_time(rule, Judged(seconds(down), seconds(time), period))


def run(least_s: int, comparison: Comparison = Comparison.GE, *, is_incident: bool = False) -> Run:
    return Run(least_s * SECOND_MS, comparison, is_incident)


def test_every_down_millisecond_that_is_judged_counts() -> None:
    assert counted(Instant(), " ### ####", "## #### ##") == seconds(" # # ## #")


def test_touching_outages_are_cut_by_what_is_not_judged() -> None:
    assert counted(Instant(), " ######## ", "### ### ##") == seconds(" ## ### # ")


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (run(3), " ###   ####  "),
        (run(3, Comparison.GT), "       ####  "),
        (run(4), "       ####  "),
        (run(4, Comparison.GT), "             "),
    ],
)
def test_run_counts_when_it_is_long_enough(rule: Run, found: str) -> None:
    assert counted(rule, " ###   ####  ") == seconds(found)


def test_run_a_millisecond_short_does_not_count() -> None:
    down: Stretches = ((1_000, 3_999),)
    assert counted_time(run(3), Judged(down, ((0, 20_000),), PERIOD)) == NEVER


def test_run_is_measured_as_it_is_cut() -> None:
    assert counted(run(4), "  ######    ", "####  ######") == NEVER


def test_incident_is_measured_as_it_happened_and_counts_where_it_is_judged() -> None:
    assert counted(run(6, is_incident=True), "  ######    ", "####  ######") == seconds("  ##  ##    ")


def test_incident_too_short_as_it_happened_does_not_count() -> None:
    assert counted(run(7, is_incident=True), "  ######    ", "############") == NEVER


def test_only_what_lies_beyond_the_least_length_counts() -> None:
    rule = Run(2 * SECOND_MS, counted=Counted.EXCESS)
    assert counted(rule, "##  ###  #####") == seconds("      #    ###")


def test_excess_of_an_incident_begins_with_the_incident() -> None:
    rule = Run(2 * SECOND_MS, is_incident=True, counted=Counted.EXCESS)
    assert counted(rule, " #####    ", "   #######") == seconds("   ###    ")


@pytest.mark.parametrize(
    ("length_ms", "counted_ms"),
    [
        (MINUTE_MS - 1, 0),
        (MINUTE_MS, MINUTE_MS),
        (2 * MINUTE_MS - 1, MINUTE_MS),
        (2 * MINUTE_MS, 2 * MINUTE_MS),
    ],
)
def test_whole_minutes_count_from_the_start_of_the_run(length_ms: int, counted_ms: int) -> None:
    start_ms = 30_500
    period = Window(0, 10 * MINUTE_MS)
    judged = Judged(((start_ms, start_ms + length_ms),), ((period.start_ms, period.end_ms),), period)
    found = counted_time(Run(SECOND_MS, counted=Counted.WHOLE_MINUTES), judged)
    assert found == (((start_ms, start_ms + counted_ms),) if counted_ms else NEVER)


ANY, ALL_OF_IT = BucketTime(5 * SECOND_MS), BucketTime(5 * SECOND_MS, needs_all=True)


@pytest.mark.parametrize(
    ("down", "found"),
    [
        ("                    ", "                    "),
        ("#                   ", "#####               "),
        ("    #               ", "#####               "),
        ("     #              ", "     #####          "),
        ("    ##              ", "##########          "),
        ("  #          #      ", "#####     #####     "),
        ("####################", "####################"),
    ],
)
def test_any_of_a_bucket_spoils_all_of_it(down: str, found: str) -> None:
    assert counted(ANY, down) == seconds(found)


@pytest.mark.parametrize(
    ("down", "found"),
    [
        ("                    ", "                    "),
        ("#####               ", "#####               "),
        ("####                ", "                    "),
        (" #########          ", "     #####          "),
        ("##########          ", "##########          "),
        ("   ##########       ", "     #####          "),
        ("               #####", "               #####"),
    ],
)
def test_bucket_counts_where_all_of_it_is_down(down: str, found: str) -> None:
    assert counted(ALL_OF_IT, down) == seconds(found)


def test_only_what_is_judged_of_a_bucket_spoils_it() -> None:
    assert counted(ANY, " #    #             ", "#   ################") == seconds("     #####          ")


def test_spoiled_bucket_counts_with_its_judged_time() -> None:
    assert counted(ANY, "#                   ", "## ## ##############") == seconds("## ##               ")


def test_bucket_is_down_when_all_that_is_judged_of_it_is() -> None:
    assert counted(ALL_OF_IT, " ##                 ", " ##  ###############") == seconds(" ##                 ")


def test_bucket_of_which_nothing_is_judged_does_not_count() -> None:
    assert counted(ALL_OF_IT, "#####               ", "     ###############") == NEVER
    assert counted(ANY, "#####               ", "     ###############") == NEVER


def test_buckets_begin_with_the_period() -> None:
    period = Window(3 * SECOND_MS, 20 * SECOND_MS)
    time = "   #################"
    assert counted(ANY, "       #            ", time, period) == seconds("   #####            ")
    assert counted(ANY, "        #           ", time, period) == seconds("        #####       ")


def test_last_bucket_ends_with_the_period() -> None:
    period = Window(0, 12 * SECOND_MS)
    assert counted(ANY, "           #        ", "############", period) == seconds("          ##")
    assert counted(ALL_OF_IT, "          ##        ", "############", period) == seconds("          ##")
    assert counted(ALL_OF_IT, "           #        ", "############", period) == NEVER


def test_up_time_at_the_end_of_a_cut_bucket_keeps_it_from_counting() -> None:
    period = Window(0, 12 * SECOND_MS)
    assert counted(ALL_OF_IT, "     ######         ", "############", period) == seconds("     #####  ")
