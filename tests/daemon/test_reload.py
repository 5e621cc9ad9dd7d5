"""A file that changes while the daemon runs: all of it is put in force, or nothing; and whoever asked is told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.daemon.processes import PATIENCE_S, Daemon, Target, now_ms, wait_until
from uptally.clock import SystemClock
from uptally.errors import LedgerMissing
from uptally.ledger import Ledger, Reader
from uptally.model.act import Act
from uptally.model.config_state import CONFIG, CONFIG_READ, Reading
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.rules.schedule import phase_ms
from uptally.units.time import Window

ALWAYS = Window(0, 1 << 50)


def configure(folder: Path, *endpoints: str, server: str = "enabled: false", more: str = "") -> None:
    """Write the file as an editor does: whole, in one step."""
    rows = "".join(f"  - {{{endpoint}}}\n" for endpoint in endpoints)
    written = folder / "probes.yaml.new"
    written.write_text(f"page: {{refresh: 1s}}\nserver: {{{server}}}\n{more}endpoints:\n{rows}")
    written.rename(folder / "probes.yaml")


def endpoint(name: str, port: int, *, interval: str = "250ms", timeout: str = "1s", also: str = "") -> str:
    return f"name: {name}, url: 'http://127.0.0.1:{port}/', interval: {interval}, timeout: {timeout}{also}"


def uptally(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "uptally", *arguments], cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S
    )


def observations(folder: Path, slug: str) -> list[Observation]:
    try:
        with Reader.open(folder / "uptally.db") as reader:
            return list(reader.observations(slug, location="local", window=ALWAYS))
    except LedgerMissing:
        return []


def await_observations(folder: Path, slug: str, count: int) -> None:
    before = len(observations(folder, slug))
    wait_until(lambda: len(observations(folder, slug)) >= before + count, f"{count} observations of {slug}")


def acts(folder: Path, *kinds: str) -> list[Act]:
    with Reader.open(folder / "uptally.db") as reader:
        reader.verify_acts()
        return [act for act in reader.acts() if act.kind in kinds]


def readings(folder: Path) -> list[Reading]:
    return [Reading.of(act) for act in acts(folder, CONFIG_READ)]


def hang_up(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGHUP)


def test_a_changed_file_is_put_in_force_and_what_is_asked_as_before_misses_no_slot(tmp_path: Path) -> None:
    """The grid is wide enough for a busy machine; a narrow one is held to in virtual time, where nothing else runs."""
    with Target() as target:
        web = endpoint("Web", target.port, interval="1s", timeout="10s")
        configure(tmp_path, web, endpoint("Other", target.port))
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "web", 1)
            for number in range(10):
                slower = endpoint("Other", target.port, interval=f"{300 + 10 * number}ms")
                configure(tmp_path, web, *([slower, endpoint("New", target.port)][: number % 3]))
                assert uptally(tmp_path, "reload").returncode == 0
            await_observations(tmp_path, "web", 2)
            assert daemon.stop() == 0
    grid = [each for each in observations(tmp_path, "web") if each.kind is Kind.GRID]
    assert {each.outcome for each in grid[:-1]} == {Outcome.UP}
    assert [each.sequence for each in grid] == list(range(1, len(grid) + 1))
    slots = [(each.at_ms - phase_ms("web", 1_000)) // 1_000 for each in grid]
    assert {later - earlier for earlier, later in pairwise(slots)} == {1}
    for slug in ("other", "new"):
        found = observations(tmp_path, slug)
        assert len({each.sequence for each in found}) == len(found) > 0


def test_reload_tells_what_came_of_it(tmp_path: Path) -> None:
    with Target() as target:
        web = endpoint("Web", target.port)
        configure(tmp_path, web, endpoint("Other", target.port))
        with Daemon(tmp_path):
            await_observations(tmp_path, "web", 1)
            unchanged = uptally(tmp_path, "reload")
            configure(tmp_path, web.replace("Web", "Web, group: Shop"), endpoint("New", target.port))
            changed = uptally(tmp_path, "reload")
    assert (unchanged.returncode, unchanged.stdout) == (0, "")
    assert unchanged.stderr == "probes.yaml is in force: 0 new, 0 changed, 0 gone, 2 asked as before\n"
    assert (changed.returncode, changed.stdout) == (0, "")
    assert changed.stderr == "probes.yaml is in force: 1 new, 0 changed, 1 gone, 1 asked as before\n"
    assert [act.kind for act in acts(tmp_path, CONFIG, CONFIG_READ)] == [CONFIG, CONFIG_READ, CONFIG, CONFIG_READ]


def test_attempts_in_flight_of_what_went_are_cancelled_and_those_of_the_rest_go_on(tmp_path: Path) -> None:
    with Target() as target, Target() as gone:
        target.hangs = gone.hangs = True
        web = endpoint("Web", target.port, timeout="2s")
        configure(tmp_path, web, endpoint("Gone", gone.port, timeout="20s"))
        with Daemon(tmp_path):
            wait_until(lambda: gone.requests >= 3 and target.requests >= 3, "attempts in flight")
            configure(tmp_path, web)
            assert uptally(tmp_path, "reload").returncode == 0
            reloaded_ms = now_ms()
            wait_until(lambda: len(observations(tmp_path, "gone")) >= 3, "what was cancelled")
            await_observations(tmp_path, "web", 8)
            assert Reason.CANCELLED not in {each.reason for each in observations(tmp_path, "web")}
    left = observations(tmp_path, "gone")
    assert {each.reason for each in left if each.outcome is not Outcome.MISSED} == {Reason.CANCELLED}
    assert all(each.at_ms <= reloaded_ms for each in left)


def test_a_broken_file_leaves_what_is_in_force_and_everything_says_so(tmp_path: Path) -> None:
    with Target() as target:
        web, server = endpoint("Web", target.port, also=", sla: 99.9%"), "listen: '127.0.0.1:0'"
        configure(tmp_path, web, server=server)
        index = tmp_path / "site" / "index.html"
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "web", 1)
            port = _port(daemon)
            assert _sample(port, "uptally_config_stale") == 0
            loaded_s = _sample(port, "uptally_config_loaded_timestamp_seconds")
            configure(tmp_path, "nme: Web, url: 'http://x.test/', interval: 5", server=server)
            refused = uptally(tmp_path, "reload")
            assert refused.returncode == 1
            problems = refused.stdout.splitlines()
            assert len(problems) == 3
            assert all(problem.startswith("probes.yaml:") for problem in problems)
            assert "what was in force stays in force" in refused.stderr
            assert all(problem in daemon.log.read_text() for problem in problems)
            assert _sample(port, "uptally_config_stale") == 1
            assert _sample(port, "uptally_config_loaded_timestamp_seconds") == loaded_s
            wait_until(lambda: index.exists() and "The newest was refused" in index.read_text(), "the page to say so")
            assert "nme" not in index.read_text()
            await_observations(tmp_path, "web", 3)

            status = uptally(tmp_path, "status")
            assert status.returncode == 0
            assert "Web" in status.stdout
            assert "a newer one was refused at" in status.stdout
            assert all(problem in status.stderr for problem in problems)
            document = json.loads(uptally(tmp_path, "status", "--json").stdout)
            assert document["config"]["state"] == "refused"
            assert document["config"]["problem_count"] == 3
            assert document["config"]["problems"] == problems
            assert document["config"]["since_ms"] < document["config"]["refused_ms"] <= now_ms()
            assert [each["slug"] for each in document["endpoints"]] == ["web"]
            assert document["endpoints"][0]["target_percent"] == "99.9"

            configure(tmp_path, web, server=server)
            assert uptally(tmp_path, "reload").returncode == 0
            assert _sample(port, "uptally_config_stale") == 0
            assert _sample(port, "uptally_config_loaded_timestamp_seconds") > loaded_s
            wait_until(lambda: "The newest was refused" not in index.read_text(), "the page to say no more of it")
            assert "refused" not in uptally(tmp_path, "status").stdout
            assert json.loads(uptally(tmp_path, "status", "--json").stdout)["config"]["state"] == "current"
    assert len(acts(tmp_path, CONFIG)) == 1


@pytest.mark.parametrize(
    ("more", "server", "key"),
    [
        ("store: {path: other.db}\n", "enabled: false", "store.path"),
        ("monitor: {location: elsewhere}\n", "enabled: false", "monitor.location"),
        ("", "listen: '127.0.0.1:0'", "server"),
    ],
)
def test_what_only_a_restart_can_change_is_refused_and_so_is_all_else_in_the_file(
    tmp_path: Path, more: str, server: str, key: str
) -> None:
    with Target() as target:
        configure(tmp_path, endpoint("Web", target.port))
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "web", 1)
            configure(tmp_path, endpoint("New", target.port), more=more, server=server)
            hang_up(daemon)
            wait_until(lambda: len(readings(tmp_path)) == 1, "the answer")
            await_observations(tmp_path, "web", 3)
    [reading] = readings(tmp_path)
    [problem] = reading.problems
    assert problem.startswith(f"probes.yaml: {key}: ")
    assert "restart" in problem
    assert observations(tmp_path, "new") == []
    assert not (tmp_path / "other.db").exists()


def test_a_start_with_a_file_that_works_ends_a_refusal(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, endpoint("Web", target.port))
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "web", 1)
            configure(tmp_path, "name: Web")
            assert uptally(tmp_path, "reload").returncode == 1
            assert daemon.stop() == 0
        configure(tmp_path, endpoint("Web", target.port))
        with Daemon(tmp_path):
            await_observations(tmp_path, "web", 1)
            assert json.loads(uptally(tmp_path, "status", "--json").stdout)["config"]["state"] == "current"
    assert len(acts(tmp_path, CONFIG)) == 1


def test_a_file_that_is_away_or_no_yaml_is_refused_as_well(tmp_path: Path) -> None:
    with Target() as target:
        configure(tmp_path, endpoint("Web", target.port))
        with Daemon(tmp_path):
            await_observations(tmp_path, "web", 1)
            (tmp_path / "probes.yaml").write_text("endpoints: [")
            broken = uptally(tmp_path, "reload")
            (tmp_path / "probes.yaml").unlink()
            away = uptally(tmp_path, "reload")
            await_observations(tmp_path, "web", 3)
    assert (broken.returncode, away.returncode) == (1, 1)
    assert broken.stdout.startswith("probes.yaml:")
    assert "there is no such file" in away.stdout


def test_whoever_asks_while_a_reload_is_under_way_gets_an_answer_of_their_own(tmp_path: Path) -> None:
    with Target() as target:
        many = [endpoint(f"E{number}", target.port, interval="1h") for number in range(1_500)]
        configure(tmp_path, endpoint("Web", target.port), *many)
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "web", 1)
            configure(tmp_path, endpoint("Web", target.port), *many[1:])
            began_ms = now_ms()
            first = subprocess.Popen([sys.executable, "-m", "uptally", "reload"], cwd=tmp_path)
            hang_up(daemon)
            hang_up(daemon)
            second = uptally(tmp_path, "reload")
            assert (first.wait(PATIENCE_S), second.returncode) == (0, 0)
            hang_up(daemon)
            assert uptally(tmp_path, "reload").returncode == 0
    found = readings(tmp_path)
    assert all(reading.began_ms >= began_ms for reading in found)
    assert len(found) >= 2
    assert [reading.gone for reading in found].count(1) == 1


def test_killed_during_a_reload_it_starts_again_with_nothing_committed_lost(tmp_path: Path) -> None:
    random = Random(11)
    with Target() as target:
        configure(tmp_path, endpoint("Web", target.port))
        for number in range(8):
            with Daemon(tmp_path) as daemon:
                await_observations(tmp_path, "web", 2)
                before = {(each.boot, each.sequence) for each in observations(tmp_path, "web")}
                configure(tmp_path, endpoint("Web", target.port), endpoint(f"New {number}", target.port))
                hang_up(daemon)
                with pytest.raises(subprocess.TimeoutExpired):
                    daemon.process.wait(random.random() / 10)
                daemon.kill()
            assert before <= {(each.boot, each.sequence) for each in observations(tmp_path, "web")}
        with Daemon(tmp_path) as daemon:
            await_observations(tmp_path, "new-7", 2)
            assert daemon.stop() == 0
    with Reader.open(tmp_path / "uptally.db") as reader:
        reader.verify_acts()
        reader.check_turns()


def test_a_reload_in_the_midst_of_the_end_keeps_it_a_clean_one(tmp_path: Path) -> None:
    with Target() as target:
        target.hangs = True
        configure(tmp_path, endpoint("Web", target.port, timeout="20s"))
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: target.requests >= 3, "attempts in flight")
            configure(tmp_path, endpoint("Web", target.port, timeout="19s"))
            hang_up(daemon)
            assert daemon.stop() == 0
    assert not (tmp_path / "uptally.db-wal").exists()
    assert {each.reason for each in observations(tmp_path, "web")} == {Reason.CANCELLED}


def test_without_a_daemon_nobody_is_signalled(tmp_path: Path) -> None:
    configure(tmp_path, endpoint("Web", 1))
    alone = uptally(tmp_path, "reload")
    assert alone.returncode == 1
    assert "no daemon writes to" in alone.stderr
    # A writer that is no daemon would die of SIGHUP: here, it is this very process.
    writer = Ledger.open(tmp_path / "uptally.db", location="local", clock=SystemClock(), version="test")
    assert uptally(tmp_path, "reload").returncode == 1
    writer.close()
    (tmp_path / "uptally.db.lock").write_text(f"{os.getpid()} 1\n")
    assert uptally(tmp_path, "reload").returncode == 1


def test_a_page_of_what_is_public_no_more_goes_at_once(tmp_path: Path) -> None:
    page = tmp_path / "site" / "endpoints" / "web.html"
    with Target() as target:
        other = endpoint("Other", target.port)
        configure(tmp_path, endpoint("Web", target.port), other)
        with Daemon(tmp_path):
            wait_until(page.exists, "the page")
            configure(tmp_path, endpoint("Web", target.port, also=", public: false"), other)
            assert uptally(tmp_path, "reload").returncode == 0
            wait_until(lambda: not page.exists(), "the page to go")
            assert "Web" not in (tmp_path / "site" / "index.html").read_text()
            await_observations(tmp_path, "web", 2)


def _port(daemon: Daemon) -> int:
    """Return the port that the system gave the daemon, so that nobody else can have taken it."""
    found = re.search(r"the page is at http://127\.0\.0\.1:(\d+)/", daemon.log.read_text())
    assert found is not None
    return int(found[1])


def _sample(port: int, name: str) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S) as response:
        lines: list[str] = response.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))
