"""A page that nobody keeps up any longer says so: left by a daemon that stops, or made to by `uptally stale-check`."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.daemon.processes import Daemon, Target, wait_until
from tests.daemon.test_publish import settings_at
from uptally.page.stopped import is_stopped, valid_until_ms

PAGES = ("index.html", "endpoints/web.html")
DOCUMENTS = ("api/uptally.json", "api/services/web.json", "api/v2/summary.json", "badges/web.json")


def say_so(site: Path) -> set[bool]:
    """Whether the files say so: both where only some do."""
    pages = {is_stopped((site / path).read_bytes()) for path in (*PAGES, "badges/web.svg")}
    told = [json.loads((site / path).read_bytes()) for path in DOCUMENTS]
    return pages | {each.get("monitoring") == "stopped" or each.get("message") == "not monitored" for each in told}


def is_written(site: Path) -> bool:
    return all((site / path).exists() for path in (*PAGES, *DOCUMENTS))


def test_a_daemon_that_stops_leaves_a_page_that_says_so_until_it_runs_again(tmp_path: Path) -> None:
    site = tmp_path / "site"
    with Target() as target:
        settings_at(tmp_path, f"{{name: Web, url: 'http://127.0.0.1:{target.port}/', interval: 250ms}}")
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: is_written(site), "a page")
            assert say_so(site) == {False}
            assert daemon.stop() == 0
        assert say_so(site) == {True}
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: say_so(site) == {False}, "a page that does not say so any more")
            assert daemon.stop() == 0


def test_the_page_of_a_daemon_that_was_killed_says_so_once_it_is_overdue_and_was_looked_at(
    tmp_path: Path, require_server: Callable[[str], Path]
) -> None:
    site = tmp_path / "site"
    with Target() as target:
        settings_at(tmp_path, f"{{name: Web, url: 'http://127.0.0.1:{target.port}/', interval: 250ms}}")
        with Daemon(tmp_path) as daemon:
            wait_until(lambda: is_written(site), "a page")
            daemon.kill()
    assert say_so(site) == {False}
    valid_ms = valid_until_ms((site / "index.html").read_bytes())
    assert valid_ms is not None
    # A kill in the midst of a writing leaves files of two: a minute later all of them are overdue.
    when = time.strftime("@%Y-%m-%d %H:%M:%S", time.gmtime(valid_ms // 1_000 + 60))
    check = [sys.executable, "-m", "uptally", "stale-check"]
    assert subprocess.run(check, cwd=tmp_path, timeout=60).returncode == 0
    assert say_so(site) == {False}
    later = [str(require_server("faketime")), "-f", when, *check]
    assert subprocess.run(later, cwd=tmp_path, env={"TZ": "UTC"}, timeout=60).returncode == 1
    assert say_so(site) == {True}
