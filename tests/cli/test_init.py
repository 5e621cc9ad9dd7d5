import re
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke


def test_the_first_configuration_is_without_fault(folder: Path, uptally: Invoke) -> None:
    result = uptally("init")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "wrote probes.yaml" in result.stderr
    checked = uptally("check")
    assert (checked.exit_code, checked.stdout) == (0, "")


def test_what_is_commented_out_is_without_fault_too(
    folder: Path, uptally: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    uptally("init")
    file = folder / "probes.yaml"
    head, endpoints = file.read_text().split("endpoints:\n")
    # The first comment is prose; the others are endpoints.
    lines = (re.sub("^  # ", "  ", line) for line in endpoints.splitlines()[1:])
    file.write_text(f"{head}endpoints:\n" + "\n".join(lines))
    assert "ORDERS_TOKEN" in uptally("check").stdout
    monkeypatch.setenv("ORDERS_TOKEN", "abc")
    checked = uptally("check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "3 endpoints" in checked.stderr


def test_a_file_that_is_there_is_left_alone(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text("mine")
    result = uptally("init")
    assert result.exit_code == 1
    assert "stays as it is" in result.stderr
    assert (folder / "probes.yaml").read_text() == "mine"


def test_a_link_that_leads_nowhere_is_not_written_through(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").symlink_to(folder / "elsewhere.yaml")
    assert uptally("init").exit_code == 1
    assert not (folder / "elsewhere.yaml").exists()


def test_it_is_written_where_the_configuration_is_looked_for(folder: Path, uptally: Invoke) -> None:
    assert uptally("init", "-c", "conf/mine.yaml").exit_code == 0
    assert uptally("check", "-c", "conf/mine.yaml").exit_code == 0
