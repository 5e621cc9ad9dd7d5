import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import last_minute, make_ledger, observed
from uptally.clock import SystemClock
from uptally.config import load
from uptally.ledger import Ledger
from uptally.model.config_state import CONFIG, CONFIG_READ, Reading
from uptally.model.observation import Outcome, Reason

WINDOWS = ["1h", "24h", "7d", "30d", "90d", "365d", "month"]
FIGURES = [
    "verdict", "availability_percent", "availability_worst_percent", "availability_best_percent", "up_ms", "down_ms",
    "down_low_ms", "down_high_ms", "unknown_ms", "excluded_ms", "coverage_percent", "outages", "longest_outage_ms",
    "budget_ms", "budget_left_ms",
]  # fmt: skip


def test_a_program_reads_every_endpoint_and_window(folder: Path, uptally: Invoke) -> None:
    made = last_minute("website")
    make_ledger(folder, made)
    status = json.loads(uptally("status", "--json").stdout)
    assert status["schema_version"] == 1
    assert status["generated_at_ms"] >= made[-1].at_ms
    website = status["endpoints"][0]
    assert list(website) == [
        "name", "slug", "group", "state", "since_ms", "as_of_ms", "stale", "reason", "target_percent", "windows",
        "blips",
    ]  # fmt: skip
    assert list(website["windows"]) == WINDOWS
    assert all(list(window) == FIGURES for window in website["windows"].values())
    assert (website["name"], website["slug"], website["group"]) == ("Website", "website", None)
    assert (website["state"], website["reason"], website["target_percent"]) == ("up", None, "99.9")
    assert website["as_of_ms"] == made[-1].at_ms
    # Back up midway between the last bad and the next good one.
    assert website["since_ms"] == made[44].at_ms + 500


def test_sums_of_a_window_are_exact(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    hour = json.loads(uptally("status", "--json").stdout)["endpoints"][0]["windows"]["1h"]
    assert (hour["down_ms"], hour["outages"], hour["longest_outage_ms"]) == (15_000, 1, 15_000)
    assert hour["budget_left_ms"] < 0
    assert hour["availability_percent"] < "80"
    assert hour["verdict"] == "missed"
    assert hour["availability_worst_percent"] < hour["availability_percent"] < hour["availability_best_percent"]
    assert hour["down_low_ms"] < 15_000 < hour["down_high_ms"]


def test_an_endpoint_without_observations_is_null_and_not_100(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    orders = json.loads(uptally("status", "--json").stdout)["endpoints"][1]
    assert [orders[key] for key in ("state", "since_ms", "as_of_ms", "reason")] == [None] * 4
    assert orders["stale"] is False
    for window in orders["windows"].values():
        nulls = {name for name, figure in window.items() if figure is None}
        assert nulls == {
            "verdict", "availability_percent", "availability_worst_percent", "availability_best_percent",
            "down_low_ms", "down_high_ms", "coverage_percent", "outages", "longest_outage_ms", "budget_ms",
            "budget_left_ms",
        }  # fmt: skip


def test_a_person_sees_groups_states_and_figures(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    lines = uptally("status").stdout.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["endpoint", "Website", "Back"]
    assert [line.split("  ")[1] for line in lines[3:5]] == ["Orders database", "日本"]
    assert "99.9%" in lines[1]
    assert "not observed yet" in lines[3]
    assert lines[-1].endswith("(Europe/Berlin).")


def test_a_month_in_progress_is_met_so_far(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    assert re.search(r"99\.9% +met so far ", uptally("status").stdout.splitlines()[1])


def test_columns_are_aligned_whatever_the_script(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    lines = uptally("status").stdout.splitlines()
    # A Japanese character takes two columns of a terminal.
    assert lines[4].index("not observed") + 2 == lines[3].index("not observed") == lines[0].index("state")


def test_an_attempt_that_a_stop_cancelled_leaves_the_last_known_state(folder: Path, uptally: Invoke) -> None:
    made = last_minute("website")
    cancelled = observed("website", made[-1].at_ms + 1_000, Outcome.UNKNOWN, Reason.CANCELLED)
    make_ledger(folder, [*made, cancelled])
    website = json.loads(uptally("status", "--json").stdout)["endpoints"][0]
    assert (website["state"], website["as_of_ms"], website["stale"]) == ("up", made[-1].at_ms, True)
    assert website["reason"] == "cancelled"
    assert website["since_ms"] < made[-1].at_ms
    row = next(line for line in uptally("status").stdout.splitlines() if "Website" in line)
    assert re.search(r"up at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, then unknown \(cancelled\)", row)


def test_stale_figures_say_so(folder: Path, uptally: Invoke) -> None:
    old = observed("website", last_minute("website")[0].at_ms - 3_600_000, Outcome.DOWN, Reason.CONNECT_REFUSED)
    make_ledger(folder, [old])
    result = uptally("status")
    assert "down, stale (connect-refused)" in result.stdout
    assert "1 of 3 endpoints is stale" in result.stderr
    assert "is the daemon running?" in result.stderr
    assert json.loads(uptally("status", "--json").stdout)["endpoints"][0]["stale"] is True


def test_without_a_ledger_the_way_to_one_is_said(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, [])
    (folder / "uptally.db").unlink()
    result = uptally("status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "`uptally run` makes it" in result.stderr
    assert not (folder / "uptally.db").exists()


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_ledger_that_is_none_is_refused_and_left_alone(folder: Path, uptally: Invoke, as_json: list[str]) -> None:
    make_ledger(folder, [])
    (folder / "uptally.db").write_bytes(b"no database at all, but long enough for a header of SQLite" * 20)
    before = (folder / "uptally.db").read_bytes()
    result = uptally("status", *as_json)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert (folder / "uptally.db").read_bytes() == before


def refuse(folder: Path, *problems: str) -> None:
    """Leave what a daemon leaves that came to know one configuration and refused the next."""
    settings = load(folder / "probes.yaml", environment={})
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    ledger.record(CONFIG, "probes.yaml", settings.revision)
    if problems:
        ledger.record(CONFIG_READ, "probes.yaml", Reading(1, len(problems), problems).body)
    ledger.close()


def test_a_refused_configuration_is_said_with_its_problems(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    refuse(folder, "probes.yaml:3:1: first", "probes.yaml:4:1: second")
    told = json.loads(uptally("status", "--json").stdout)["config"]
    assert (told["state"], told["problem_count"]) == ("refused", 2)
    assert told["problems"] == ["probes.yaml:3:1: first", "probes.yaml:4:1: second"]
    assert told["since_ms"] <= told["refused_ms"]
    result = uptally("status")
    assert result.exit_code == 0
    assert "a newer one was refused at" in result.stdout.splitlines()[-1]
    assert "probes.yaml:4:1: second" in result.stderr


def test_while_one_is_refused_the_configuration_in_force_is_shown_not_the_file(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    refuse(folder, "probes.yaml: monitor.location: cannot change")
    (folder / "probes.yaml").write_text("monitor: {location: moved}\nendpoints: [{name: New, url: http://x.test/}]\n")
    told = json.loads(uptally("status", "--json").stdout)["endpoints"]
    assert {each["slug"]: each["state"] for each in told} == {"website": "up", "orders": None, "japan": None}


def test_a_file_that_cannot_be_used_does_not_hide_what_is_in_force(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, last_minute("website"))
    refuse(folder)
    (folder / "probes.yaml").write_text("endpoints: [{name: Website, url: 'http://x.test/', intervall: 1s}]\n")
    result = uptally("status", "--json")
    assert result.exit_code == 0
    status = json.loads(result.stdout)
    assert status["config"]["state"] == "current"
    assert status["endpoints"][2]["target_percent"] == "99.9"
    assert "probes.yaml cannot be used as it stands" in result.stderr
    assert "did you mean 'interval'" in result.stderr


def test_a_file_that_cannot_be_used_is_refused_where_no_configuration_is_on_record(
    folder: Path, uptally: Invoke
) -> None:
    make_ledger(folder, last_minute("website"))
    assert json.loads(uptally("status", "--json").stdout)["config"] is None
    (folder / "probes.yaml").write_text("endpoints: 1\n")
    assert uptally("status").exit_code == 78
