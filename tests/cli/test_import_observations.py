import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.model.observation import Outcome
from uptally.units.time import Window

HEADER = "endpoint,location,at_ms,outcome,reason,latency_us\n"
AT_MS = 1_790_000_000_000


@pytest.fixture
def file(folder: Path) -> Path:
    (folder / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    file = folder / "old.csv"
    rows = (
        f"website,local,{AT_MS + second * 1_000},{'down' if 10 <= second < 20 else 'up'},,900\n" for second in range(60)
    )
    file.write_text(HEADER + "".join(rows))
    return file


def outcomes(folder: Path) -> list[Outcome]:
    window = Window(AT_MS, AT_MS + 60_000)
    with Reader.open(folder / "uptally.db") as reader:
        return [each.outcome for each in reader.observations("website", location="local", window=window)]


def test_imported_observations_count_like_any_other(folder: Path, uptally: Invoke, file: Path) -> None:
    result = uptally("import", "observations", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "imported 60 observations; 0 were known already\n"
    rows = json.loads(uptally("export", "--month", "2026-09", "--format", "json").stdout)["rows"]
    assert (rows[0]["down_ms"], rows[0]["outages"]) == (10_000, 1)


def test_importing_twice_changes_nothing(folder: Path, uptally: Invoke, file: Path) -> None:
    uptally("import", "observations", file)
    before = uptally("export", "--month", "2026-09").stdout_bytes
    result = uptally("import", "observations", file)
    assert result.stderr == "imported 0 observations; 60 were known already\n"
    assert uptally("export", "--month", "2026-09").stdout_bytes == before
    assert len(outcomes(folder)) == 60


def test_rows_that_are_known_with_another_latency_or_reason_are_counted_and_change_nothing(
    folder: Path, uptally: Invoke, file: Path
) -> None:
    uptally("import", "observations", file)
    before = uptally("export", "--month", "2026-09").stdout_bytes
    lines = file.read_text().replace(",down,,", ",down,connect-refused,").splitlines()
    lines[1] = lines[1].replace(",900", ",901")
    file.write_text("\n".join(lines))
    result = uptally("import", "observations", file)
    assert result.exit_code == 0
    assert result.stderr == (
        "imported 0 observations; 60 were known already\n"
        "note: 11 of those say another reason or latency than what is on record, which stands\n"
    )
    assert uptally("export", "--month", "2026-09").stdout_bytes == before


def test_of_a_file_with_a_bad_row_nothing_is_taken(folder: Path, uptally: Invoke, file: Path) -> None:
    uptally("import", "observations", file)
    file.write_text(HEADER + f"website,local,{AT_MS + 1},up,,900\nwebsite,local,soon,up,,900\n")
    result = uptally("import", "observations", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}:3:1: at_ms: ")
    assert len(outcomes(folder)) == 60


def test_rows_that_contradict_what_is_on_record_are_named(folder: Path, uptally: Invoke, file: Path) -> None:
    uptally("import", "observations", file)
    file.write_text(HEADER + f"website,local,{AT_MS + 1},up,,900\n\nwebsite,local,{AT_MS},down,,900\n")
    result = uptally("import", "observations", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}:4:1: outcome: ")
    assert len(outcomes(folder)) == 60


def test_what_was_observed_from_elsewhere_counts_by_vote_and_that_is_said(
    folder: Path, uptally: Invoke, file: Path
) -> None:
    uptally("import", "observations", file)
    rows = file.read_text().replace(",local,", ",fra1,")
    for second in (17, 18, 19):
        rows = rows.replace(f"{AT_MS + second * 1_000},down", f"{AT_MS + second * 1_000},up")
    (folder / "fra1.csv").write_text(rows)
    assert "'fra1' counts by vote" in uptally("import", "observations", folder / "fra1.csv").stderr
    [website, *_] = json.loads(uptally("export", "--month", "2026-09", "--format", "json").stdout)["rows"]
    assert (website["down_ms"], website["outages"]) == (7_000, 1)
    (folder / "probes.yaml").write_text(f"monitor: {{quorum: 1}}\n{CONFIG}")
    [website, *_] = json.loads(uptally("export", "--month", "2026-09", "--format", "json").stdout)["rows"]
    assert (website["down_ms"], website["outages"]) == (10_000, 1)


def test_while_a_daemon_writes_nothing_is_imported(folder: Path, uptally: Invoke, file: Path) -> None:
    ledger = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    try:
        result = uptally("import", "observations", file)
    finally:
        ledger.close()
    assert result.exit_code == 3
    assert "stop it first" in result.stderr
    assert outcomes(folder) == []


def test_a_file_that_is_not_there_is_a_matter_of_usage(folder: Path, uptally: Invoke) -> None:
    assert uptally("import", "observations", "none.csv").exit_code == 2
