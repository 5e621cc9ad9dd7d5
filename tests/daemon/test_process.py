"""The daemon as an operator has it: a process that is started, stopped, killed and started again."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from random import Random

import pytest

from tests.daemon.processes import PATIENCE_S, Daemon, Target, free_port, now_ms, wait_until
from uptally.ledger import Reader
from uptally.model.observation import Observation, Outcome, Reason
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import Window

ALWAYS = Window(0, 1 << 50)


def configure(folder: Path, port: int, *, interval: str = "250ms", timeout: str = "1s", server: str = "") -> None:
    (folder / "probes.yaml").write_text(
        f"""
page: {{refresh: 1s}}
server: {{{server or "enabled: false"}}}
endpoints:
  - name: Web
    url: http://127.0.0.1:{port}/
    interval: {interval}
    timeout: {timeout}
    sla: 99.999%
"""
    )


def observations(folder: Path) -> list[Observation]:
    if not (folder / "uptally.db").exists():
        return []
    try:
        with Reader.open(folder / "uptally.db") as reader:
            return list(reader.observations("web", location="local", window=ALWAYS))
    except Exception:
        return []


def await_observations(folder: Path, count: int) -> None:
    wait_until(lambda: len(observations(folder)) >= count, f"{count} observations")


def uptally(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uptally", *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S
    )


def test_it_probes_remembers_and_publishes_and_stops_by_itself(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path, "--for", "3s") as daemon:
            assert daemon.process.wait(PATIENCE_S) == 0
    # The end cancels what is in flight.
    assert {each.outcome for each in observations(tmp_path) if each.reason is not Reason.CANCELLED} == {Outcome.UP}
    assert "Web" in (tmp_path / "site" / "index.html").read_text()
    assert (tmp_path / "site" / "endpoints" / "web.html").exists()


def test_the_daemon_holds_nothing_of_what_makes_pages_and_statements() -> None:
    """Its own processes do that; in the daemon it would take a tenth of the memory."""
    held = "import sys, uptally.cli.config_file, uptally.daemon.run; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", held], capture_output=True, text=True, check=True, timeout=PATIENCE_S
    )
    makers = {"jinja2", "markdown_it", "icalendar", "babel", "uptally.page", "uptally.books.statements"}
    assert makers & set(loaded.stdout.split()) == set()


def test_what_was_committed_survives_being_killed_again_and_again(tmp_path: Path, kills: int) -> None:
    random = Random(7)
    with Target() as target:
        configure(tmp_path, target.port)
        seen: set[tuple[int, int]] = set()
        for _ in range(kills):
            with Daemon(tmp_path) as daemon:
                before = len(seen)
                target.status = random.choice([200, 503])
                await_observations(tmp_path, before + random.randrange(1, 6))
                seen = {(each.boot, each.sequence) for each in observations(tmp_path)}
                daemon.kill()
            assert seen <= {(each.boot, each.sequence) for each in observations(tmp_path)}
            with Reader.open(tmp_path / "uptally.db") as reader:
                reader.check_turns()
                reader.verify_acts()
    with sqlite3.connect(tmp_path / "uptally.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_the_time_in_which_it_was_dead_is_unknown_not_down(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port, timeout="250ms")
        for _ in range(2):
            with Daemon(tmp_path) as daemon:
                await_observations(tmp_path, len(observations(tmp_path)) + 3)
                daemon.kill()
    with Reader.open(tmp_path / "uptally.db") as reader:
        timeline = reader.timelines(location="local", since_ms=0)["web"]
    assert timeline.last is not None
    spans = spans_of(timeline, ALWAYS, as_of_ms=timeline.last.at_ms)
    assert [span.state.label for span in spans] == ["up", "unknown", "up"]
    assert spans[1].reason is Reason.NOT_OBSERVED


def test_a_shutdown_ends_attempts_in_flight_as_cancelled_and_leaves_a_clean_ledger(tmp_path: Path) -> None:
    with Target() as target:
        target.hangs = True
        configure(tmp_path, target.port, timeout="20s")
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: target.requests >= 3, "attempts in flight")
            assert daemon.stop() == 0
    assert not (tmp_path / "uptally.db-wal").exists()
    found = observations(tmp_path)
    assert len(found) >= 3
    assert {(each.outcome, each.reason) for each in found} == {(Outcome.UNKNOWN, Reason.CANCELLED)}
    connection = sqlite3.connect(tmp_path / "uptally.db")
    assert connection.execute("SELECT count(*) FROM boots WHERE stopped_ms IS NULL").fetchone() == (0,)
    connection.close()


def test_a_second_daemon_on_the_same_ledger_is_refused(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path):
            wait_until(lambda: bool(observations(tmp_path)), "the first daemon")
            second = uptally(tmp_path, "run", "--for", "1s")
    assert second.returncode == 3
    assert "another" in second.stderr


def test_an_outage_is_found_within_its_bounds_and_on_the_page_within_a_second(tmp_path: Path) -> None:
    index = tmp_path / "site" / "index.html"
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: index.exists() and "is down" not in index.read_text(), "a page that is well")
            wait_until(lambda: len(observations(tmp_path)) > 2, "observations")
            target.status = 503
            failed_ms = now_ms()
            wait_until(lambda: _first_down_ms(tmp_path) is not None, "the failure")
            wait_until(lambda: "is down" in index.read_text(), "the page to say so")
            said_ms = now_ms()
            target.status = 200
            mended_ms = now_ms()
            wait_until(lambda: observations(tmp_path)[-1].outcome is Outcome.UP, "the end of the outage")
            assert daemon.stop() == 0
    with Reader.open(tmp_path / "uptally.db") as reader:
        timeline = reader.timelines(location="local", since_ms=0)["web"]
    [outage] = outages_of(spans_of(timeline, ALWAYS, as_of_ms=now_ms()))
    assert outage.start_earliest_ms is not None
    assert outage.end_earliest_ms is not None
    assert outage.end_latest_ms is not None
    assert outage.start_earliest_ms <= failed_ms <= outage.start_latest_ms
    assert outage.end_earliest_ms <= mended_ms <= outage.end_latest_ms
    first_down_ms = _first_down_ms(tmp_path)
    assert first_down_ms is not None
    # The attempt itself, 250 ms until it is committed, a second between two passes, and a machine that is busy.
    assert said_ms - first_down_ms < 2_500


def _first_down_ms(folder: Path) -> int | None:
    return next((each.at_ms for each in observations(folder) if each.outcome is Outcome.DOWN), None)


def test_an_endpoint_that_changes_keeps_its_history_with_the_change_on_record(tmp_path: Path) -> None:
    with Target() as first, Target() as second:
        for target, interval in ((first, "250ms"), (second, "500ms")):
            configure(tmp_path, target.port, interval=interval)
            with Daemon(tmp_path) as daemon:
                await_observations(tmp_path, len(observations(tmp_path)) + 2)
                assert daemon.stop() == 0
        configure(tmp_path, second.port, interval="500ms")
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: len({each.boot for each in observations(tmp_path)}) == 3, "a third boot")
            daemon.stop()
    assert {each.interval_ms for each in observations(tmp_path)} == {250, 500}
    with Reader.open(tmp_path / "uptally.db") as reader:
        reader.verify_acts()
        acts = reader.acts()
    assert [act.kind for act in acts] == ["config", "config"]
    assert [json.loads(act.body)["endpoints"]["web"]["interval_ms"] for act in acts] == [250, 500]


def test_the_server_says_how_the_daemon_is_and_serves_the_page(tmp_path: Path) -> None:
    with Target() as target, free_port() as port:
        configure(tmp_path, target.port, server=f"listen: 127.0.0.1:{port}")
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: _get(port, "/healthz") == (200, '{"status": "ok"}'), "health")
            wait_until(lambda: "Web" in _get(port, "/")[1], "the page")
            sample = 'probe_success{endpoint="web",group="",location="local"} 1.0'
            wait_until(lambda: sample in _get(port, "/metrics")[1], "the metrics of an attempt")
            assert daemon.stop() == 0


def test_a_port_that_is_taken_is_said_and_nothing_is_probed(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port, server=f"listen: 127.0.0.1:{target.port}")
        result = uptally(tmp_path, "run", "--for", "5s")
    assert result.returncode == 1
    assert f"cannot listen on 127.0.0.1:{target.port}" in result.stderr
    assert observations(tmp_path) == []


def test_a_refused_configuration_exits_with_78(tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text("endpoints: [{name: x, url: http://x.test/, intervall: 1s}]\n")
    result = uptally(tmp_path, "run", "--for", "1s")
    assert result.returncode == 78
    assert "did you mean 'interval'" in result.stderr


def test_a_ledger_removed_while_it_runs_ends_the_daemon_loudly(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, target.port)
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: bool(observations(tmp_path)), "observations")
            (tmp_path / "uptally.db").unlink()
            assert daemon.process.wait(PATIENCE_S) == 1
    assert "removed or replaced" in daemon.log.read_text()


def _get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, ""
    except OSError:
        return 0, ""


@pytest.fixture(params=[pytest.param(12, id="12-kills"), pytest.param(300, id="300-kills", marks=pytest.mark.soak)])
def kills(request: pytest.FixtureRequest) -> int:
    count: int = request.param
    return count
