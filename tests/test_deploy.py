"""The unit for systemd, held against the command that it starts."""

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
from uptally.daemon.printer import END_S
from uptally.daemon.publish import LAST_PASS_S
from uptally.daemon.run import FLUSH_S

UNIT = Path(__file__).parents[1] / "deploy" / "uptally.service"


def settings(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_it_starts_and_reloads_by_verbs_that_take_these_options() -> None:
    for key in ("ExecStart", "ExecReload"):
        [line] = settings(key)
        program, verb, option, file = line.split()
        assert (program, option, file) == ("/opt/uptally/bin/uptally", "-c", "/etc/uptally/probes.yaml")
        assert CliRunner().invoke(main, [verb, "--help"]).exit_code == 0


def test_what_starting_again_cannot_help_is_final() -> None:
    assert settings("RestartPreventExitStatus") == [f"{EXIT_CONFIG} {EXIT_BUSY}"]


def test_it_is_given_the_time_that_its_end_takes() -> None:
    [seconds] = settings("TimeoutStopSec")
    assert int(seconds) > FLUSH_S + LAST_PASS_S + END_S


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="the system has no systemd-analyze")
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    program = Path(sys.executable).with_name("uptally")
    unit.write_text(UNIT.read_text().replace("/opt/uptally/bin/uptally", str(program)))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
