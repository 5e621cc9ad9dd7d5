"""What befalls a real daemon is nobody's downtime: stopped, without descriptors, with its clock set, without a network.

Each fault lasts a few times the timeout, and meets attempts in flight.
"""

from __future__ import annotations

import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daemon.processes import Daemon, Target, now_ms, wait_until
from tests.daemon.test_process import observations
from uptally.ledger import Reader
from uptally.model.observation import Observation, Outcome, Reason
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import HOUR_MS, Window

SLOW_ANSWER_S = 0.2
"""So long does a good target take, in order that attempts are in flight whenever something happens."""


def configure(folder: Path, port: int, **others: int) -> None:
    """Configure an endpoint for a port, and one for each of the others by its name."""
    (folder / "probes.yaml").write_text(
        "server: {enabled: false}\nendpoints:\n"
        + "".join(
            f'  - {{name: {name}, url: "http://127.0.0.1:{number}/", interval: 250ms, timeout: 1s}}\n'
            for name, number in {"web": port, **others}.items()
        )
    )


def seen(folder: Path, *, since: int = 0) -> Counter[tuple[Outcome, Reason]]:
    """Count what was observed, without what was not looked at, from the observation of that number on."""
    found = [each for each in in_order(folder) if each.outcome is not Outcome.MISSED]
    return Counter((each.outcome, each.reason) for each in found[since:])


def in_order(folder: Path) -> list[Observation]:
    """Observations in the order in which they were begun, which the wall clock does not tell if it is set."""
    return sorted(observations(folder), key=lambda each: (each.boot, each.sequence))


def outcomes(folder: Path, slug: str) -> list[Outcome]:
    """Return what the attempts at an endpoint came to, in order, without what was not looked at."""
    with Reader.open(folder / "uptally.db") as reader:
        found = reader.observations(slug, location="local", window=Window(0, 1 << 50))
        return [each.outcome for each in found if each.outcome is not Outcome.MISSED]


def ups(folder: Path) -> int:
    return seen(folder)[Outcome.UP, Reason.NONE]


def await_ups(folder: Path, more: int = 5) -> None:
    before = ups(folder)
    wait_until(lambda: ups(folder) >= before + more, f"{more} good observations")


def assert_whole(folder: Path) -> None:
    """Spans tile the time, whatever the clocks did, and are what the observations make."""
    with Reader.open(folder / "uptally.db") as reader:
        reader.check_turns()
        timeline = reader.timelines(location="local", since_ms=0)["web"]
    assert timeline.first_ms is not None
    assert timeline.last is not None
    window = Window(timeline.first_ms, timeline.last.at_ms)
    spans = spans_of(timeline, window, as_of_ms=window.end_ms)
    assert sum(span.end_ms - span.start_ms for span in spans) == window.length_ms
    assert all(span.end_ms > span.start_ms for span in spans)


def test_a_daemon_that_is_stopped_for_seconds_never_calls_a_healthy_target_down(tmp_path: Path) -> None:
    with Target() as target:
        target.delay_s = SLOW_ANSWER_S
        configure(tmp_path, target.port)
        with Daemon(tmp_path) as daemon:
            await_ups(tmp_path)
            for _ in range(3):
                daemon.process.send_signal(signal.SIGSTOP)
                time.sleep(3)
                daemon.process.send_signal(signal.SIGCONT)
                await_ups(tmp_path)
            assert daemon.stop() == 0
    found = seen(tmp_path)
    assert {outcome for outcome, _ in found} <= {Outcome.UP, Outcome.UNKNOWN}
    # The stop meets attempts in flight, of which at least one has its deadline within it each time.
    assert found[Outcome.UNKNOWN, Reason.STALLED] >= 1
    assert_whole(tmp_path)


def test_a_target_that_fails_while_the_daemon_is_stopped_is_found_as_soon_as_it_goes_on(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path) as daemon:
            await_ups(tmp_path)
            daemon.process.send_signal(signal.SIGSTOP)
            target.hangs = True
            time.sleep(3)
            daemon.process.send_signal(signal.SIGCONT)
            went_on_ms = now_ms()
            wait_until(lambda: any(outcome is Outcome.DOWN for outcome, _ in seen(tmp_path)), "the failure")
            assert daemon.stop() == 0
    first = next(each for each in in_order(tmp_path) if each.outcome is Outcome.DOWN)
    assert went_on_ms - 100 <= first.at_ms <= went_on_ms + 1_000


def test_of_two_targets_the_one_that_fails_while_the_daemon_is_stopped_is_down_within_bounds_and_the_other_never(
    tmp_path: Path,
) -> None:
    with Target() as well, Target() as broken:
        well.delay_s = broken.delay_s = SLOW_ANSWER_S
        configure(tmp_path, well.port, broken=broken.port)
        with Daemon(tmp_path) as daemon:
            await_ups(tmp_path)
            wait_until(lambda: len(outcomes(tmp_path, "broken")) > 3, "the other target")
            daemon.process.send_signal(signal.SIGSTOP)
            failed_ms = now_ms()
            broken.hangs = True
            time.sleep(5)
            daemon.process.send_signal(signal.SIGCONT)
            wait_until(lambda: Outcome.DOWN in outcomes(tmp_path, "broken"), "the failure")
            broken.hangs = False
            mended_ms = now_ms()
            wait_until(lambda: outcomes(tmp_path, "broken")[-1] is Outcome.UP, "its end")
            assert daemon.stop() == 0
    assert Outcome.DOWN not in outcomes(tmp_path, "web")
    with Reader.open(tmp_path / "uptally.db") as reader:
        reader.check_turns()
        timeline = reader.timelines(location="local", since_ms=0)["broken"]
    [outage] = outages_of(spans_of(timeline, Window(0, now_ms()), as_of_ms=now_ms()))
    assert outage.start_earliest_ms is not None
    assert outage.end_earliest_ms is not None
    assert outage.end_latest_ms is not None
    assert outage.start_earliest_ms <= failed_ms <= outage.start_latest_ms
    assert outage.end_earliest_ms <= mended_ms <= outage.end_latest_ms


def test_without_descriptors_nothing_is_down_and_the_daemon_recovers(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path) as daemon:
            await_ups(tmp_path)
            pid = daemon.process.pid
            limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            before = sum(seen(tmp_path).values())
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (4, limits[1]))
            time.sleep(3)
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
            await_ups(tmp_path)
            target.status = 503
            wait_until(lambda: seen(tmp_path)[Outcome.DOWN, Reason.STATUS] > 0, "a real failure")
            assert daemon.stop() == 0
    found = seen(tmp_path, since=before)
    assert found[Outcome.UNKNOWN, Reason.LOCAL_LIMIT] >= 5
    assert {reason for outcome, reason in found if outcome is Outcome.DOWN} == {Reason.STATUS}


@pytest.fixture
def set_clock(tmp_path: Path, require_server: Callable[[str], Path]) -> Callable[[int], dict[str, str]]:
    """Sets a wall clock by so many seconds, which is that of whom the environment belongs to that it returns."""
    require_server("faketime")
    [library] = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
    file = tmp_path / "clock"

    def set_by(seconds: int) -> dict[str, str]:
        new = tmp_path / "clock.new"
        new.write_text(f"{seconds:+d}\n")
        new.replace(file)
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    return set_by


@pytest.mark.parametrize("by_s", [3_600, -3_600])
def test_a_clock_that_is_set_by_an_hour_and_back_makes_no_downtime(
    tmp_path: Path, set_clock: Callable[[int], dict[str, str]], by_s: int
) -> None:
    with Target() as target:
        target.delay_s = SLOW_ANSWER_S
        configure(tmp_path, target.port)
        with Daemon(tmp_path, environment=set_clock(0)) as daemon:
            await_ups(tmp_path)
            for seconds, way in ((by_s, "forward" if by_s > 0 else "back"), (0, "back" if by_s > 0 else "forward")):
                set_clock(seconds)
                wait_until(lambda way=way: f"was set {way} by" in daemon.log.read_text(), "the step")  # type: ignore[misc]  # bound early
                await_ups(tmp_path)
            assert {outcome for outcome, _ in seen(tmp_path)} == {Outcome.UP}
            target.status = 503
            wait_until(lambda: seen(tmp_path)[Outcome.DOWN, Reason.STATUS] > 0, "a real failure")
            assert daemon.stop() == 0
    began = {round((each.at_ms - now_ms()) / HOUR_MS) for each in observations(tmp_path)}
    assert began == {0, by_s // 3_600}
    assert_whole(tmp_path)


def test_a_clock_that_was_never_set_records_nothing_until_it_is(
    tmp_path: Path, set_clock: Callable[[int], dict[str, str]]
) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path, environment=set_clock(-now_ms() // 1_000 + 60)) as daemon:
            wait_until(lambda: target.requests > 5, "attempts in 1970")
            assert observations(tmp_path) == []
            set_clock(0)
            await_ups(tmp_path)
            # Asked before the stop, which cancels what is in flight.
            assert set(seen(tmp_path)) == {(Outcome.UP, Reason.NONE)}
            assert daemon.stop() == 0
    assert min(each.at_ms for each in observations(tmp_path)) > now_ms() - HOUR_MS
    assert daemon.log.read_text().count("never set") == 1
