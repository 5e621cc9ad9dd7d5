from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.model.act import Act
from uptally.model.objective import Figure
from uptally.rules.record.figures import FIGURE, recorded_figures

FIRST = date(2024, 10, 1)


@pytest.fixture
def file(folder: Path) -> Path:
    make_ledger(folder, [])
    file = folder / "october.csv"
    file.write_text("name,period,count\nleads,2024-10-01,60\nleads,2024-10-02,40\n")
    return file


def acts(folder: Path) -> list[Act]:
    with Reader.open(folder / "uptally.db") as reader:
        reader.verify_acts()
        return reader.acts(FIGURE)


def test_figures_of_a_file_go_on_record(folder: Path, uptally: Invoke, file: Path) -> None:
    result = uptally("import", "figures", file, "--by", "ann")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "recorded 2 figures; 0 stood there already",
        "note: no objective of the configuration is about 'leads'",
    ]
    found = acts(folder)
    assert [each.by for each in found] == ["ann", "ann"]
    assert recorded_figures(found)[0] == Figure("leads", FIRST, FIRST, Fraction(60), None)


def test_importing_twice_changes_nothing(folder: Path, uptally: Invoke, file: Path) -> None:
    uptally("import", "figures", file)
    before = acts(folder)
    result = uptally("import", "figures", file)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (0, "recorded 0 figures; 2 stood there already")
    assert acts(folder) == before


def test_correction_supersedes_what_stays_on_record(folder: Path, uptally: Invoke, file: Path) -> None:
    uptally("import", "figures", file)
    before = acts(folder)
    file.write_text(file.read_text().replace(",60", ",61"))
    assert uptally("import", "figures", file).stderr.startswith("recorded 1 figure; 1 stood there already\n")
    after = acts(folder)
    assert after[:2] == before
    assert [figure.numerator for figure in recorded_figures(after)] == [61, 40]


def test_bad_file_takes_nothing_and_is_told_with_all_its_faults(folder: Path, uptally: Invoke, file: Path) -> None:
    file.write_text(file.read_text() + "leads,October,1\nleads,2024-10-03,many\nleads,2024-10-04,1\n")
    result = uptally("import", "figures", file)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{file}:4:1: period: 'October' is no period: write 2026-10-31, 2026-10, 2026-Q4 or 2026",
        f"{file}:5:1: count: 'many' is no number: write digits and a point, from 0, as in 1250 or 12.5",
    ]
    assert acts(folder) == []


def test_figures_go_on_record_while_the_daemon_has_the_ledger(folder: Path, uptally: Invoke, file: Path) -> None:
    daemon = Ledger.open(folder / "uptally.db", location="local", clock=SystemClock(), version="test")
    assert uptally("import", "figures", file).exit_code == 0
    daemon.close()
    assert len(acts(folder)) == 2


def test_json_is_taken_too(folder: Path, uptally: Invoke, file: Path) -> None:
    file.write_text('[{"name": "first contact", "period": "2024-10", "numerator": 7, "denominator": 10}]')
    assert uptally("import", "figures", file).exit_code == 0
    assert recorded_figures(acts(folder)) == (
        Figure("first contact", FIRST, date(2024, 10, 31), Fraction(7), Fraction(10)),
    )


def test_without_a_ledger_nothing_is_made(folder: Path, uptally: Invoke, file: Path) -> None:
    for left in folder.glob("uptally.db*"):
        left.unlink()
    result = uptally("import", "figures", file)
    assert result.exit_code == 1
    assert not list(folder.glob("uptally.db*"))


def test_figures_are_held_against_what_was_promised(folder: Path, uptally: Invoke, file: Path) -> None:
    config = (folder / "probes.yaml").read_text()
    (folder / "probes.yaml").write_text(
        config.replace("sla: 99.9%", "sla: desk")
        + "slas:\n  desk:\n    target: 99.9%\n    objectives:\n"
        + "      - {name: Leads, total: leads, floor: {revenue: 10000, per_sale: 500, conversion: 20%}}\n"
    )
    result = uptally("import", "figures", file)
    assert result.stderr.splitlines() == ["recorded 2 figures; 0 stood there already"]
    report = json.loads(uptally("report", "--month", "2024-10", "--json").stdout)
    (statement,) = [each for each in report["statements"] if each["service"]["name"] == "Website"]
    (found,) = statement["objectives"]
    assert (found["name"], found["verdict"], found["value"]) == ("Leads", "met", "100/1")
    assert "Leads: 60 + 40 = 100" in found["lines"]
