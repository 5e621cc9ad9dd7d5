"""The units for systemd, held against the commands that they start."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from uptally.cli import main
from uptally.cli.verbs import EXIT_BUSY, EXIT_CONFIG
from uptally.daemon.child import END_S
from uptally.daemon.courier import LAST_S
from uptally.daemon.publish import LAST_PASS_S
from uptally.daemon.run import FLUSH_S

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted(DEPLOY.glob("uptally*.*"))


def settings(key: str, unit: str = "uptally.service") -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (DEPLOY / unit).read_text(), re.MULTILINE)


def test_they_start_and_reload_by_verbs_that_take_these_options() -> None:
    for unit, key in (
        ("uptally.service", "ExecStart"),
        ("uptally.service", "ExecReload"),
        ("uptally-stale.service", "ExecStart"),
    ):
        [line] = settings(key, unit)
        program, verb, option, file = line.split()
        assert (program, option, file) == ("/opt/uptally/bin/uptally", "-c", "/etc/uptally/probes.yaml")
        assert CliRunner().invoke(main, [verb, "--help"]).exit_code == 0


def test_what_starting_again_cannot_help_is_final() -> None:
    assert settings("RestartPreventExitStatus") == [f"{EXIT_CONFIG} {EXIT_BUSY}"]


def test_it_is_given_the_time_that_its_end_takes() -> None:
    [seconds] = settings("TimeoutStopSec")
    assert int(seconds) > FLUSH_S + LAST_PASS_S + END_S + LAST_S


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="the system has no systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("uptally")
    for each in UNITS:
        (tmp_path / each.name).write_text(each.read_text().replace("/opt/uptally/bin/uptally", str(program)))
    command = ["systemd-analyze", "verify", str(tmp_path / unit.name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
