from collections.abc import Sequence
from dataclasses import astuple, replace

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, month, outage, standing, sums
from tests.page.sample import at, endpoint, settings
from uptally.model.observation import Reason
from uptally.model.statement import Budget, LastKnown, LatencyHour, LatencyWindow, Standing, Statement
from uptally.model.timeline import Blip, State
from uptally.model.verdict import Verdict
from uptally.page.detail import Detail, detail_of
from uptally.page.outages import OutageRow
from uptally.page.reasons import REASONS
from uptally.units.time import DAY_MS, HOUR_MS, Window


def shown(one: Standing, latencies: Sequence[LatencyHour] = ()) -> Detail:
    return detail_of(one, replace(settings(), zone=UTC_ZONE), latencies=latencies, now_ms=NOW_MS)


def edges(row: OutageRow) -> tuple[str, str]:
    earliest, latest = row.began
    ended = f"{row.ended[0].text} and {row.ended[1].text}" if row.ended else ""
    return f"{earliest.text} and {latest.text}" if earliest else f"before {latest.text}", ended


def test_every_reason_has_words_of_ours_and_only_no_reason_has_none() -> None:
    assert set(REASONS) == set(Reason)
    assert [reason for reason, words in REASONS.items() if not words] == [Reason.NONE]


def test_what_is_down_gives_the_reason_of_its_outage_and_how_long_it_lasts() -> None:
    lasting = outage("2026-11-23 14:32:00", None, reason=Reason.TLS_EXPIRED)
    page = shown(standing(state=State.DOWN, reason=Reason.STATUS, outages=[lasting]))
    assert (page.reason, page.lasted) == ("certificate expired", "6 minutes")


@pytest.mark.parametrize(
    ("one", "reason", "lasted"),
    [
        (standing(), "", ""),
        (standing(state=None), "", ""),
        (standing(state=State.UNKNOWN, reason=Reason.OWN_NETWORK), "our own network failed", "6 minutes"),
        (standing(is_stale=True), "not observed", ""),
    ],
)
def test_why_a_state_is_what_it_is(one: Standing, reason: str, lasted: str) -> None:
    page = shown(one)
    assert (page.reason, page.lasted) == (reason, lasted)


def test_what_is_not_known_is_told_with_what_it_was_before_and_when_that_was_seen() -> None:
    unknown = standing(state=State.UNKNOWN, reason=Reason.OWN_NETWORK)
    assert shown(unknown).known is None
    seen = LastKnown(State.DOWN, since_ms=at("2026-11-23 14:00:00"), seen_ms=at("2026-11-23 14:31:58"))
    known = shown(replace(unknown, last_known=seen)).known
    assert known is not None
    assert (known[0], known[1].text) == ("{state}; last known: down at {moment}", "14:31")


def test_an_interval_that_cannot_prove_the_promise_is_said_in_plain_words() -> None:
    of = replace(endpoint("Website", sla="99.999%"), interval_ms=60_000)
    cadence = shown(standing(of=of)).cadence
    assert cadence is not None
    assert cadence.head == "Checked every minute: too rarely to prove 99.999%."


@pytest.mark.parametrize(("sla", "interval_ms"), [("99.999%", 8_640), ("99.9%", 60_000), (None, 86_400_000)])
def test_of_an_interval_that_can_prove_the_promise_nothing_is_said(sla: str | None, interval_ms: int) -> None:
    of = replace(endpoint("Website", sla=sla), interval_ms=interval_ms)
    assert shown(standing(of=of)).cadence is None


def test_the_sum_of_the_month_can_be_redone_line_by_line() -> None:
    page = shown(
        standing(statements=[month("2026-11", "99.99%", down_ms=386_000, unknown_ms=1_500, limits=(385_000, 389_900))])
    )
    assert [(line.label, line.figure) for line in page.sum] == [
        ("Up", "1,953,099.500 s"),
        ("Down", "386.000 s"),
        ("Not known, left out", "1.500 s"),
        ("Measured: up ÷ (up + down)", "99.980%"),
        (
            "Allowed in the whole month: 2,592,000.000 s × 0.01%; once it is over, that share of the time known",
            "259.200 s",
        ),
        ("Down so far", "−386.000 s"),
        ("Overdrawn by", "126.800 s"),
        ("Down at least, and at most, with 95% confidence", "385.000 s – 389.900 s"),
    ]


def test_the_sum_of_a_month_that_has_ended_can_be_redone_from_the_time_that_was_known() -> None:
    october = replace(
        month("2026-10", "99.99%", down_ms=300_000, unknown_ms=8_400_000), budget=Budget(267_000, -33_000)
    )
    (ended,) = shown(standing(statements=[month("2026-11"), october])).sums
    assert ended.month == "October 2026"
    assert [(line.label, line.figure) for line in ended.lines] == [
        ("Up", "2,669,700.000 s"),
        ("Down", "300.000 s"),
        ("Not known, left out", "8,400.000 s"),
        ("Measured: up ÷ (up + down)", "99.988%"),
        ("Allowed, a share of the time known: 2,670,000.000 s × 0.01%", "267.000 s"),
        ("Down", "−300.000 s"),
        ("Overdrawn by", "33.000 s"),
        ("Down at least, and at most, with 95% confidence", "300.000 s – 300.000 s"),
    ]


def test_of_many_months_the_newest_three_that_have_ended_show_their_sums() -> None:
    ended = [month(f"2026-{number:02}") for number in (7, 8, 9, 10)]
    page = shown(standing(statements=[*ended, month("2026-11")]))
    assert [each.month for each in page.sums] == ["October 2026", "September 2026", "August 2026"]


def test_the_sum_says_that_a_month_first_watched_in_its_midst_will_allow_less_than_a_whole_one() -> None:
    whole = month("2026-11")
    part = replace(whole, availability=sums(whole.availability.window, scheduled_ms=DAY_MS))
    labels = [shown(standing(statements=[one])).sum[-4].label for one in (whole, part)]
    assert [label.endswith("; once it is over, that share of the time known") for label in labels] == [False, True]


def test_the_sum_says_why_up_time_alone_does_not_make_100_beside_time_not_known() -> None:
    page = shown(standing(sla=None, statements=[month("2026-11", None, unknown_ms=60_000)]))
    assert (page.sum[-2].label, page.sum[-2].figure) == (
        "Measured: up ÷ (up + down); never 100 with time not known",
        "99.999%",
    )


def test_the_sum_without_a_promise_ends_with_the_figure() -> None:
    page = shown(standing(sla=None, statements=[month("2026-11", None)]))
    assert [line.label for line in page.sum] == [
        "Up",
        "Down",
        "Measured: up ÷ (up + down)",
        "Down at least, and at most, with 95% confidence",
    ]


def test_the_sum_says_nothing_of_downtime_where_nothing_is_known() -> None:
    statement = month("2026-11", None)
    nothing = sums(statement.availability.window, scheduled_ms=60_000, unknown_ms=60_000)
    page = shown(standing(sla=None, statements=[replace(statement, availability=nothing)]))
    assert [line.label for line in page.sum if "confidence" in line.label] == []


def test_blips_are_listed_with_the_time_of_each_and_those_too_many_are_counted() -> None:
    begin_ms = at("2026-11-22 11:00:00")
    blips = [Blip(begin_ms - step, begin_ms - 2_000, begin_ms + 500, Reason.RESPONSE_TIMEOUT) for step in range(53)]
    page = shown(standing(blips=blips))
    assert (len(page.blips), page.blips_left_out) == (50, 3)
    first = page.blips[0]
    assert (first.day.text, first.at.text, first.reason) == ("22 Nov", "11:00:00", "no answer in time")
    assert shown(standing()).blips == ()


def test_an_undetermined_month_shows_its_range_though_nothing_went_unseen() -> None:
    statement = month("2026-11", verdict=Verdict.UNDETERMINED, limits=(0, 300_000))
    (row,) = shown(standing(statements=[statement])).months
    assert row.between == ("99.984", "100.000")
    (row,) = shown(standing(statements=[month("2026-11", limits=(0, 300_000))])).months
    assert row.between is None


def test_an_outage_is_shown_with_the_bounds_of_its_edges_rounded_outwards() -> None:
    (row,) = shown(standing(outages=[outage("2026-11-11 03:12:41", 6_000, width_ms=2_100)])).outages
    assert edges(row) == ("03:12:39 and 03:12:43", "03:12:45 and 03:12:49")
    assert (row.day.text, row.length, row.bounds, row.reason) == (
        "11 Nov",
        "6.0 s",
        "3.9 s to 8.1 s",
        "no answer in time",
    )


def test_an_outage_with_exact_edges_gives_no_range() -> None:
    (row,) = shown(standing(outages=[outage("2026-11-11 03:12:41", 6_000, width_ms=0)])).outages
    assert edges(row) == ("03:12:41 and 03:12:41", "03:12:47 and 03:12:47")
    assert row.bounds == ""


def test_an_edge_on_another_day_names_it() -> None:
    over_midnight, for_days = shown(
        standing(outages=[outage("2026-11-18 23:58:00", 300_000), outage("2026-11-10 22:00:00", 2 * DAY_MS)])
    ).outages
    assert (over_midnight.day.text, edges(over_midnight)[1]) == ("18 Nov", "19 Nov, 00:02:59 and 00:03:01")
    assert (for_days.day.text, edges(for_days)) == (
        "10 Nov",
        ("21:59:59 and 22:00:01", "12 Nov, 21:59:59 and 22:00:01"),
    )


def test_an_edge_around_midnight_names_the_day_of_each_end() -> None:
    (row,) = shown(standing(outages=[outage("2026-11-18 23:59:00", 60_000)])).outages
    assert edges(row)[1] == "23:59:59 and 19 Nov, 00:00:01"


def test_what_was_down_at_the_first_look_began_before_it_and_may_have_lasted_longer() -> None:
    one = outage("2026-11-18 10:00:00", 5_000)._replace(start_earliest_ms=None)
    (row,) = shown(standing(outages=[one])).outages
    assert (edges(row)[0], row.length, row.bounds) == ("before 10:00:01", "5.0 s", "or longer")


def test_what_was_not_seen_to_end_has_no_end_and_may_have_lasted_longer() -> None:
    one = outage("2026-11-18 10:00:00", 5_000)._replace(end_earliest_ms=None, end_latest_ms=None)
    (row,) = shown(standing(outages=[one])).outages
    assert (row.ended, row.is_over, row.bounds) == (None, True, "or longer")


def test_a_range_whose_ends_read_the_same_is_not_shown() -> None:
    (row,) = shown(standing(outages=[outage("2026-11-10 22:00:00", 2 * DAY_MS + 1_800_000)])).outages
    assert (row.length, row.bounds) == ("2 d 1 h", "")


def test_an_outage_that_lasts_has_no_end_and_no_range() -> None:
    (row,) = shown(standing(state=State.DOWN, outages=[outage("2026-11-23 14:32:00", None)])).outages
    assert (row.ended, row.is_over, row.bounds, row.length) == (None, False, "", "6 min 7 s")


def test_the_unknown_part_of_an_outage_is_named() -> None:
    one = outage("2026-11-11 03:12:41", 60_000)._replace(down_ms=40_000, unknown_ms=20_000)
    (row,) = shown(standing(outages=[one])).outages
    assert (row.length, row.bounds) == ("40.0 s", "and 20.0 s not known")


def test_of_many_outages_the_newest_are_listed_and_the_rest_counted() -> None:
    many = [outage(f"2026-11-10 10:{59 - number % 60:02d}:00", 1_000) for number in range(60)]
    page = shown(standing(outages=many))
    assert (len(page.outages), page.outages_left_out) == (50, 10)
    assert edges(page.outages[0])[0] == "10:58:59 and 10:59:01"


def test_months_come_newest_first_with_their_verdicts() -> None:
    statements = [
        month("2026-09", verdict=Verdict.UNDETERMINED, unknown_ms=600_000),
        month("2026-11"),
        month("2026-10", verdict=Verdict.MISSED, down_ms=481_000),
    ]
    rows = shown(standing(statements=statements)).months
    assert [(row.label, row.measured, row.between, row.down, row.unseen, row.verdict) for row in rows] == [
        ("November so far", "100.000", None, "none", "none", ("up", "Kept so far")),
        ("October 2026", "99.982", None, "8 min 1 s", "none", ("over", "Missed")),
        ("September 2026", "99.999", ("99.976", "100.000"), "none", "10 min", ("half", "Undetermined")),
    ]


def test_months_before_the_first_observation_are_not_listed() -> None:
    unwatched = replace(month("2026-10"), availability=sums(month("2026-10").availability.window, scheduled_ms=0))
    assert [row.label for row in shown(standing(statements=[month("2026-11"), unwatched])).months] == [
        "November so far"
    ]


def test_a_window_that_reaches_back_before_the_first_observation_says_how_much_was_watched() -> None:
    whole = Statement("7d", None, sums(Window(NOW_MS - 7 * DAY_MS, NOW_MS)), None, None, is_over=False)
    partly_sums = sums(Window(NOW_MS - 30 * DAY_MS, NOW_MS), scheduled_ms=8 * DAY_MS + HOUR_MS)
    partly = Statement("30d", None, partly_sums, None, None, is_over=False)
    rows = shown(standing(sla=None, statements=[whole, partly])).windows
    assert [(row.label, row.note) for row in rows] == [("7 days", ""), ("30 days", "8 d 1 h of it watched")]


def test_a_month_in_progress_is_not_called_partly_watched_for_its_days_to_come() -> None:
    assert shown(standing(statements=[month("2026-11")])).months[0].note == ""


def test_a_month_in_progress_that_was_not_watched_from_its_begin_says_how_much_was() -> None:
    statement = month("2026-11")
    watched = sums(statement.availability.window, scheduled_ms=17_287)
    one = standing(statements=[replace(statement, availability=watched)])
    assert shown(one).months[0].note == "17.3 s of it watched"


def test_of_a_window_of_which_nothing_is_known_no_downtime_is_denied() -> None:
    blind = sums(Window(NOW_MS - HOUR_MS, NOW_MS), unknown_ms=HOUR_MS)
    (row,) = shown(standing(sla=None, statements=[Statement("1h", None, blind, None, None, is_over=False)])).windows
    assert (row.measured, row.down, row.outages, row.longest) == ("", "", "", "")


def test_latency_covers_the_24_hours_that_end_with_the_running_one() -> None:
    hours = [
        LatencyHour(at(f"2026-11-23 {hour:02d}:00:00"), 10, 80_000, p95_us)
        for hour, p95_us in ((12, 190_000), (14, 210_000))
    ]
    old = LatencyHour(at("2026-11-22 14:00:00"), 10, 80_000, 9_000_000)
    view = shown(standing(), [old, *hours]).latency
    assert len(view.rows) == 24
    assert [(row.start.text, row.p50, row.p95, row.count) for row in view.rows[:3]] == [
        ("14:00", "80.0 ms", "210 ms", "10"),
        ("13:00", "", "", ""),
        ("12:00", "80.0 ms", "190 ms", "10"),
    ]
    assert view.rows[-1].start.text == "22 Nov, 15:00"
    assert view.summary == "p50 80.0\u00a0ms, p95 between 190\u00a0ms and 210\u00a0ms. Not measured in 22 hours."


def test_windows_of_latencies_are_told_with_how_many_answers_they_rest_on() -> None:
    windows = [
        LatencyWindow("24h", Window(0, DAY_MS), 0, None, None),
        LatencyWindow("7d", Window(0, 7 * DAY_MS), 302_400, 82_345, 1_204_000),
        LatencyWindow("90d", Window(0, 90 * DAY_MS), 1_302_400, 312, 12_345_678),
    ]
    view = detail_of(standing(), settings(), latencies=[], latency_windows=windows, now_ms=NOW_MS).latency
    assert [astuple(row) for row in view.windows] == [
        ("24 hours", "", "", ""),
        ("7 days", "82.3 ms", "1,204 ms", "302,400"),
        ("90 days", "0.312 ms", "12.3 s", "1,302,400"),
    ]
    assert (
        detail_of(standing(), settings(), latencies=[], latency_windows=windows[:1], now_ms=NOW_MS).latency.windows
        == ()
    )


def test_without_latencies_there_is_no_plot() -> None:
    assert shown(standing()).latency.rows == ()
