"""What every implementation of a ledger must do. A subclass says how one is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.ledger.made import NOW_MS, Clock, imported, observed
from uptally.errors import QuantityError
from uptally.ledger import Imported, ReadingLedger, WritingLedger
from uptally.model.act import Act, NewAct
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason
from uptally.model.timeline import Blip, State, Timeline
from uptally.rules.course import derive
from uptally.rules.sketch import Sketch
from uptally.units.stretches import covers
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS, Window

ALL = Window(-(1 << 62), 1 << 62)
PATIENCE_S = 30


@dataclass
class Opened:
    """A ledger under test: both of its sides, its clock, and what its commits reported."""

    writer: WritingLedger
    reader: ReadingLedger
    clock: Clock
    turned: list[frozenset[str]]
    reopen: Callable[[], WritingLedger]

    def take(self, *observations: Observation) -> None:
        for each in observations:
            self.writer.submit(each)
        self.writer.flush(PATIENCE_S)

    def states(self, slug: str = "web", since_ms: int = 0) -> list[tuple[int, State]]:
        timeline = self.reader.timelines(location="local", since_ms=since_ms)[slug]
        return [(turn.start_ms, turn.state) for turn in timeline.turns]


class LedgerContract:
    """Inherited by the tests of each implementation."""

    @pytest.fixture
    def ledger(self) -> Iterator[Opened]:
        raise NotImplementedError

    def test_what_was_flushed_can_be_read(self, ledger: Opened) -> None:
        given = [observed(1_000), observed(2_000, Outcome.DOWN), observed(3_000, Outcome.MISSED, boot=7, sequence=1)]
        ledger.take(*given)
        assert list(ledger.reader.observations("web", location="local", window=ALL)) == given

    def test_observations_come_in_order_whatever_order_they_came_in(self, ledger: Opened) -> None:
        given = [observed(at_ms, boot=boot) for at_ms in (3, 1, 2) for boot in (2, 1)]
        ledger.take(*given)
        expected = sorted(given, key=lambda each: (each.at_ms, each.boot))
        assert list(ledger.reader.observations("web", location="local", window=ALL)) == expected

    def test_window_of_observations_is_half_open(self, ledger: Opened) -> None:
        ledger.take(*(observed(at_ms) for at_ms in (9, 10, 19, 20)))
        window = Window(10, 20)
        found = ledger.reader.observations("web", location="local", window=window)
        assert [each.at_ms for each in found] == [10, 19]

    def test_second_delivery_changes_nothing(self, ledger: Opened) -> None:
        given = [observed(1_000), observed(2_000, Outcome.DOWN), observed(3_000)]
        ledger.take(*given, given[1])
        before = ledger.reader.timelines(location="local", since_ms=0)
        ledger.take(*reversed(given))
        assert ledger.reader.timelines(location="local", since_ms=0) == before
        assert list(ledger.reader.observations("web", location="local", window=ALL)) == given

    def test_locations_and_endpoints_are_kept_apart(self, ledger: Opened) -> None:
        ledger.take(observed(1), observed(2, Outcome.DOWN, location="mars"), observed(3, slug="db"))
        assert [each.at_ms for each in ledger.reader.observations("web", location="mars", window=ALL)] == [2]
        assert ledger.reader.locations() == ["local", "mars"]
        assert set(ledger.reader.timelines(location="local", since_ms=0)) == {"web", "db"}
        assert set(ledger.reader.timelines(location="mars", since_ms=0)) == {"web"}
        assert ledger.reader.slugs() == ["db", "web"]

    def test_timeline_tells_first_turns_and_last(self, ledger: Opened) -> None:
        given = [observed(1_000), observed(2_000, Outcome.DOWN), observed(3_000, Outcome.MISSED)]
        ledger.take(*given)
        expected = Timeline(1_000, derive(given).turns, given[1])
        assert ledger.reader.timelines(location="local", since_ms=0) == {"web": expected}

    def test_timeline_begins_with_the_turn_in_force(self, ledger: Opened) -> None:
        ledger.take(
            *(observed(at_ms, Outcome.DOWN if at_ms == 3_000 else Outcome.UP) for at_ms in range(0, 9_000, 1_000))
        )
        assert ledger.states() == [(0, State.UP), (2_500, State.DOWN), (3_500, State.UP)]
        assert ledger.states(since_ms=2_500) == [(2_500, State.DOWN), (3_500, State.UP)]
        assert ledger.states(since_ms=3_000) == [(2_500, State.DOWN), (3_500, State.UP)]
        assert ledger.states(since_ms=1 << 50) == [(3_500, State.UP)]
        assert ledger.states(since_ms=-5) == [(0, State.UP), (2_500, State.DOWN), (3_500, State.UP)]

    def test_every_slug_that_is_asked_for_gets_a_timeline(self, ledger: Opened) -> None:
        ledger.take(observed(1), observed(1, slug="db"))
        found = ledger.reader.timelines(location="local", since_ms=0, slugs=["new", "web"])
        assert list(found) == ["new", "web"]
        assert found["new"] == Timeline(None, (), None)
        assert found["web"].last == observed(1)
        assert ledger.reader.timelines(location="nowhere", since_ms=0, slugs=["web"])["web"].last is None

    def test_endpoint_that_was_only_missed_has_no_timeline(self, ledger: Opened) -> None:
        ledger.take(observed(1, Outcome.MISSED))
        assert ledger.reader.timelines(location="local", since_ms=0) == {}

    def test_availability_of_every_slug_that_is_asked_for(self, ledger: Opened) -> None:
        ledger.take(
            *(observed(at_ms, Outcome.DOWN if at_ms == 2_000 else Outcome.UP) for at_ms in (0, 1_000, 2_000, 3_000))
        )
        windows = [Window(0, 2_000), Window(2_000, 9_000), Window(9_000, 9_001)]
        found = ledger.reader.availabilities(windows, location="local", as_of_ms=4_000, slugs=["new", "web"])
        assert [each.scheduled_ms for each in found["new"]] == [0, 0, 0]
        assert [(each.up_ms, each.down_ms, each.outages, each.longest_outage_ms) for each in found["web"]] == [
            (1_500, 500, 1, 500),
            (1_500, 500, 1, 500),
            (0, 0, 0, 0),
        ]
        assert list(ledger.reader.availabilities(windows, location="local", as_of_ms=4_000)) == ["web"]

    def test_late_observation_changes_the_turns_around_it(self, ledger: Opened) -> None:
        ledger.take(*(observed(at_ms) for at_ms in (0, 1_000, 2_000, 3_000)))
        assert ledger.states() == [(0, State.UP)]
        ledger.take(observed(1_500, Outcome.DOWN))
        assert ledger.states() == [(0, State.UP), (1_250, State.DOWN), (1_750, State.UP)]

    def test_late_observation_that_comes_first_of_all_moves_the_begin(self, ledger: Opened) -> None:
        ledger.take(observed(2_000))
        ledger.take(observed(1_000, Outcome.DOWN))
        ledger.take(observed(3_000, slug="db"))
        timeline = ledger.reader.timelines(location="local", since_ms=0)["web"]
        assert (timeline.first_ms, ledger.reader.first_ms()) == (1_000, 1_000)
        assert ledger.states() == [(1_000, State.DOWN), (1_500, State.UP)]

    def test_late_observation_may_be_the_newest_that_speaks(self, ledger: Opened) -> None:
        ledger.take(observed(1_000), observed(3_000, Outcome.MISSED))
        ledger.take(observed(2_000, Outcome.DOWN))
        ledger.take(observed(4_000))
        assert ledger.states() == [(1_000, State.UP), (1_500, State.DOWN), (3_000, State.UP)]

    def test_blip_is_up_and_listed(self, ledger: Opened) -> None:
        ledger.take(observed(0), observed(1_000, Outcome.DOWN, reason=Reason.CONNECT_TIMEOUT, duration_us=500_000))
        assert ledger.states() == [(0, State.UP), (500, State.DOWN)]
        ledger.take(observed(1_500, kind=Kind.RECHECK))
        assert ledger.states() == [(0, State.UP)]
        blip = Blip(1_000, 0, 1_520, Reason.CONNECT_TIMEOUT)
        assert ledger.reader.timelines(location="local", since_ms=0)["web"].blips == (blip,)
        assert ledger.reader.timelines(location="local", since_ms=1_000)["web"].blips == (blip,)
        assert ledger.reader.timelines(location="local", since_ms=1_001)["web"].blips == ()

    def test_blip_that_proves_to_be_flapping_is_taken_back(self, ledger: Opened) -> None:
        failed = {2_000, 4_000, 6_000}
        for at_ms in range(0, 10_000, 1_000):
            outcome = Outcome.DOWN if at_ms in failed else Outcome.UP
            ledger.take(observed(at_ms, outcome, reason=Reason.RESPONSE_TIMEOUT, duration_us=1_500_000))
        assert ledger.states() == [(0, State.UP), (1_500, State.DOWN), (6_500, State.UP)]
        timeline = ledger.reader.timelines(location="local", since_ms=0)["web"]
        assert (timeline.turns[1].reason, timeline.blips) == (Reason.FLAPPING, ())

    def test_late_observation_may_make_a_blip(self, ledger: Opened) -> None:
        ledger.take(*(observed(at_ms) for at_ms in (0, 1_000, 2_000, 3_000)))
        ledger.take(observed(1_500, Outcome.DOWN, reason=Reason.RESPONSE_TIMEOUT, duration_us=2_000_000))
        assert ledger.states() == [(0, State.UP)]
        assert [blip.at_ms for blip in ledger.reader.timelines(location="local", since_ms=0)["web"].blips] == [1_500]
        ledger.reader.check_turns()

    def test_commit_reports_whose_turns_changed(self, ledger: Opened) -> None:
        ledger.take(observed(0), observed(0, slug="db"))
        ledger.take(observed(1_000), observed(1_000, Outcome.DOWN, slug="db"))
        ledger.take(observed(2_000), observed(2_000, Outcome.DOWN, slug="db"))
        ledger.take(observed(3_000), observed(3_000, Outcome.DOWN, slug="db"))
        ledger.take(observed(1_500, Outcome.DOWN))
        # The second sample of an outage is told too, and no further one.
        assert ledger.turned == [{"web", "db"}, {"db"}, {"db"}, set(), {"web"}]

    def test_changed_interval_keeps_the_history(self, ledger: Opened) -> None:
        given = [observed(0), observed(60_000, interval_ms=60_000, timeout_ms=10_000), observed(120_000)]
        ledger.take(*given)
        assert list(ledger.reader.observations("web", location="local", window=ALL)) == given
        # A turn within up time tells that the cadence changes.
        assert ledger.states() == [(0, State.UP), (1_000, State.UNKNOWN), (60_000, State.UP), (120_000, State.UP)]

    def test_evidence_of_failures_can_be_read(self, ledger: Opened) -> None:
        evidence = Evidence(
            error="<b>é\x85\ud800", status=503, address="::1", certificate_not_after_ms=0, body_head="…"
        )
        failure = observed(2_000, Outcome.DOWN, evidence=evidence)
        ledger.take(observed(1_000), failure, observed(3_000, Outcome.DOWN))
        assert ledger.reader.evidence("web", location="local", window=ALL) == [failure]
        assert ledger.reader.evidence("web", location="local", window=Window(2_001, 9_000)) == []

    def test_latencies_of_the_running_hour_come_from_good_grid_observations(self, ledger: Opened) -> None:
        ledger.take(
            *(observed(at_ms, duration_us=at_ms + 1) for at_ms in range(100)),
            observed(200, Outcome.DOWN, duration_us=9_000_000),
            observed(201, kind=Kind.RECHECK, duration_us=9_000_000),
            observed(202, Outcome.SLOW, duration_us=101),
        )
        (hour,) = ledger.reader.latency_hours("web", location="local", window=Window(0, 1))
        assert tuple(hour) == (0, 101, 51, 96)

    def test_latencies_of_hours_that_are_over_equal_those_from_rows(self, ledger: Opened) -> None:
        given = [
            observed(NOW_MS + index * 7 * MINUTE_MS, duration_us=1_000 * index + 77, interval_ms=HOUR_MS)
            for index in range(60)
        ]
        ledger.take(*given)
        window = Window(NOW_MS, NOW_MS + 7 * HOUR_MS)
        from_rows = ledger.reader.latency_hours("web", location="local", window=window)
        ledger.clock.now_ms = NOW_MS + 9 * HOUR_MS
        ledger.take(observed(NOW_MS + 9 * HOUR_MS))
        assert ledger.reader.latency_hours("web", location="local", window=window) == from_rows
        assert sum(hour[1] for hour in from_rows) == 60
        assert all(hour.start_ms % HOUR_MS == 0 for hour in from_rows)

    def test_late_observation_is_in_the_latencies_of_its_hour(self, ledger: Opened) -> None:
        ledger.take(observed(NOW_MS, duration_us=100))
        ledger.clock.now_ms = NOW_MS + 3 * HOUR_MS
        ledger.take(observed(NOW_MS + 3 * HOUR_MS))
        ledger.take(observed(NOW_MS + 1, duration_us=50))
        ledger.take(observed(NOW_MS + 3 * HOUR_MS + 1))
        hour = ledger.reader.latency_hours("web", location="local", window=Window(NOW_MS, NOW_MS + 1))[0]
        assert tuple(hour)[1:] == (2, 50, 100)

    def test_latencies_of_some_time_are_those_of_the_answers_that_began_in_it(self, ledger: Opened) -> None:
        given = [
            observed(NOW_MS + index * 7 * MINUTE_MS, duration_us=1_000 * index + 77, interval_ms=HOUR_MS)
            for index in range(60)
        ]
        ledger.take(*given)
        # Cut hours, whole hours, several pieces of one hour; one begins with an answer, and ends as another begins.
        ends_in_minutes = ((-30, 5), (100, 283), (290, 300), (301, 308), (406, 413))
        time = tuple((NOW_MS + start * MINUTE_MS, NOW_MS + end * MINUTE_MS) for start, end in ends_in_minutes)
        expected = Sketch.of(each.duration_us for each in given if covers(time, each.at_ms)).counts
        assert sum(expected.values()) == 30
        assert ledger.reader.latencies("web", location="local", time=time) == expected
        ledger.clock.now_ms = NOW_MS + 9 * HOUR_MS
        ledger.take(observed(NOW_MS + 9 * HOUR_MS))
        assert ledger.reader.latencies("web", location="local", time=time) == expected

    def test_latencies_of_days_are_those_of_the_answers_that_began_in_them(self, ledger: Opened) -> None:
        given = [
            observed(NOW_MS + index * 97 * MINUTE_MS, duration_us=1_000 * index + 77, interval_ms=DAY_MS)
            for index in range(90)
        ]
        ledger.take(*given)
        ledger.clock.now_ms = NOW_MS + 7 * DAY_MS
        ledger.take(observed(ledger.clock.now_ms))
        # Of the third day an hour is open again.
        late = observed(NOW_MS + 3 * DAY_MS + 1, duration_us=9_999)
        ledger.take(late)
        for time in (
            ((NOW_MS, NOW_MS + 6 * DAY_MS),),
            ((NOW_MS + 9 * MINUTE_MS, NOW_MS + 4 * DAY_MS), (NOW_MS + 5 * DAY_MS, NOW_MS + 6 * DAY_MS)),
        ):
            expected = Sketch.of(each.duration_us for each in (*given, late) if covers(time, each.at_ms)).counts
            assert ledger.reader.latencies("web", location="local", time=time) == expected

    def test_latencies_of_no_time_are_none(self, ledger: Opened) -> None:
        ledger.take(observed(0))
        assert ledger.reader.latencies("web", location="local", time=()) == {}
        assert ledger.reader.latencies("other", location="local", time=((0, 9),)) == {}

    def test_acts_are_chained_and_hold(self, ledger: Opened) -> None:
        assert ledger.writer.newest_act("config") is None
        assert ledger.reader.newest_act("config") is None
        first = ledger.writer.record("config", "uptally", '{"a":1}')
        second = ledger.writer.record("exclusion", "ann", "ü")
        third = ledger.writer.record("config", "uptally", '{"a":2}')
        assert ledger.reader.acts() == [first, second, third]
        assert [act.number for act in ledger.reader.acts()] == [1, 2, 3]
        assert len({act.digest for act in ledger.reader.acts()}) == 3
        assert first.at_ms == NOW_MS
        assert ledger.writer.newest_act("config") == ledger.reader.newest_act("config") == third
        assert ledger.reader.newest_act("exclusion") == second
        ledger.reader.verify_acts()

    def test_acts_of_some_kinds_are_read_without_the_others(self, ledger: Opened) -> None:
        for number, kind in enumerate(("config", "exclusion", "note", "config", "claim")):
            ledger.writer.record(kind, "ann", str(number))
        assert [act.body for act in ledger.reader.acts("claim", "exclusion")] == ["1", "4"]
        assert ledger.reader.acts("incident") == []
        assert len(ledger.reader.acts()) == 5

    def test_acts_are_made_of_those_on_record_all_at_one_instant(self, ledger: Opened) -> None:
        first = ledger.writer.record("claim", "ann", "a")
        ledger.writer.record("note", "ann", "b")

        def twice(acts: Sequence[Act]) -> list[NewAct]:
            return [NewAct("claim", act.by, act.body * times) for act in acts for times in (2, 3)]

        made = ledger.writer.amend(["claim"], twice)
        assert [(act.number, act.at_ms, act.body) for act in made] == [(3, NOW_MS, "aa"), (4, NOW_MS, "aaa")]
        assert ledger.reader.acts("claim") == [first, *made]
        ledger.reader.verify_acts()

    def test_acts_that_cannot_be_made_are_recorded_none_of_and_the_error_is_the_callers(self, ledger: Opened) -> None:
        def fails(acts: Sequence[Act]) -> Iterator[NewAct]:
            yield NewAct("claim", "ann", "a")
            raise QuantityError("no")

        with pytest.raises(QuantityError):
            ledger.writer.amend([], fails)
        ledger.take(observed(0))
        assert ledger.reader.acts() == []
        assert ledger.writer.health.is_trusted

    def test_boots_rise_and_are_unique_even_if_the_clock_steps_back(self, ledger: Opened) -> None:
        assert ledger.writer.begin_boot() == NOW_MS
        ledger.writer.close()
        ledger.clock.now_ms -= 1_000
        again = ledger.reopen()
        assert again.begin_boot() == NOW_MS + 1
        again.close(clean=False)

    def test_turns_go_on_after_reopening(self, ledger: Opened) -> None:
        ledger.take(observed(0), observed(1_000, Outcome.DOWN))
        ledger.writer.close()
        ledger.writer = ledger.reopen()
        ledger.take(observed(2_000, Outcome.DOWN), observed(3_000))
        ledger.writer.close()
        assert ledger.states() == [(0, State.UP), (500, State.DOWN), (2_500, State.UP)]
        ledger.reader.check_turns()

    def test_ledger_that_nobody_changed_holds_and_needs_no_rebuilding(self, ledger: Opened) -> None:
        ledger.take(*(observed(at_ms, Outcome.DOWN if at_ms % 7 == 0 else Outcome.UP) for at_ms in range(30)))
        ledger.take(observed(NOW_MS))
        assert ledger.reader.verify_blocks() >= 0
        assert ledger.writer.rebuild() == []
        ledger.reader.check_turns()

    def test_importing_twice_changes_nothing(self, ledger: Opened) -> None:
        rows = [imported(0), imported(1_000, Outcome.DOWN), imported(1_000, kind=Kind.RECHECK), imported(5, slug="db")]
        assert ledger.writer.import_observations(rows) == Imported(4, 0)
        before = ledger.reader.timelines(location="local", since_ms=0)
        assert ledger.writer.import_observations(rows) == Imported(0, 4)
        assert ledger.reader.timelines(location="local", since_ms=0) == before
        ledger.reader.check_turns()

    def test_import_recognises_what_was_observed_live(self, ledger: Opened) -> None:
        ledger.take(observed(1_000), observed(2_000))
        assert ledger.writer.import_observations([imported(1_000), imported(1_500, Outcome.DOWN)]) == Imported(1, 1)
        assert ledger.states() == [(1_000, State.UP), (1_250, State.DOWN), (1_750, State.UP)]

    def test_import_counts_what_is_known_with_another_latency(self, ledger: Opened) -> None:
        ledger.take(observed(1_000))
        rows = [imported(1_000)._replace(duration_us=1), imported(2_000), imported(2_000)._replace(duration_us=1)]
        assert ledger.writer.import_observations(rows) == Imported(1, 2, differing=2)

    def test_import_that_contradicts_the_record_takes_nothing(self, ledger: Opened) -> None:
        ledger.take(observed(1_000))
        rows = [imported(0), imported(1_000, Outcome.DOWN), imported(2_000), imported(2_000, Outcome.DOWN)]
        assert ledger.writer.import_observations(rows) == Imported(0, 0, (1, 3))
        assert [each.at_ms for each in ledger.reader.observations("web", location="local", window=ALL)] == [1_000]

    def test_snapshot_stands_while_others_write(self, ledger: Opened) -> None:
        ledger.take(observed(0))
        with ledger.reader.snapshot():
            before = ledger.reader.timelines(location="local", since_ms=0)
            ledger.take(observed(1_000, Outcome.DOWN))
            ledger.writer.record("config", "uptally", "{}")
            assert ledger.reader.timelines(location="local", since_ms=0) == before
            assert ledger.reader.acts() == []
        assert ledger.reader.timelines(location="local", since_ms=0) != before

    def test_health_tells_the_last_commit(self, ledger: Opened) -> None:
        ledger.take(observed(0))
        health = ledger.writer.health
        assert health == (0, 0, NOW_MS, "", True)

    def test_error_of_an_act_is_its_callers_and_nothing_is_recorded(self, ledger: Opened) -> None:
        with pytest.raises(UnicodeEncodeError):
            ledger.writer.record("config", "uptally", "\ud800")
        ledger.take(observed(0))
        assert ledger.reader.acts() == []
        assert ledger.writer.health.is_trusted
