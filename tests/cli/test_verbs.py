import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import last_minute, make_ledger

VERBS = [
    "init",
    "check",
    "probe",
    "run",
    "reload",
    "render",
    "stale-check",
    "status",
    "report",
    "baseline",
    "close",
    "export",
    "credits",
    "archive",
    "retention",
    "backup",
    "restore",
    "reports",
    "verify",
    "exclude",
    "incident",
    "impact",
    "claim",
    "token",
    "conformance",
    "key",
    "schema",
    "import",
]


def typed(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "uptally", *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_lists_the_verbs_in_the_order_of_a_first_day(uptally: Invoke) -> None:
    result = uptally("--help")
    assert result.exit_code == 0
    assert re.findall(r"^  ([a-z-]+)  ", result.stdout.partition("Commands:")[2], re.MULTILINE) == VERBS


def test_help_imports_none_of_the_rooms() -> None:
    program = (
        "import sys\n"
        "from uptally.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'aiohttp', 'pydantic', 'yaml', 'jinja2', 'sqlite3', 'asyncio', 'prometheus_client'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(uptally: Invoke, verb: str) -> None:
    assert uptally(verb, "--help").exit_code == 0
    assert uptally(verb, "-h").stdout.startswith(f"Usage: uptally {verb} ")


@pytest.mark.parametrize("verb", [*VERBS, "import observations", "exclude add", "exclude revoke", "exclude list"])
def test_every_verb_takes_a_configuration(uptally: Invoke, verb: str) -> None:
    assert "-c, --config PATH" in uptally(*verb.split(), "--help").stdout


def test_a_verb_that_is_nearly_right_is_suggested(uptally: Invoke) -> None:
    result = uptally("statsu")
    assert result.exit_code == 2
    assert "Did you mean 'status'?" in result.stderr


def test_a_verb_that_is_like_none_is_refused(uptally: Invoke) -> None:
    assert uptally("fly").exit_code == 2


def test_python_runs_the_package(folder: Path) -> None:
    done = typed(folder, "--version")
    assert re.fullmatch(r"uptally \d+\.\d+\.\d+\n", done.stdout)


def test_the_configuration_is_named_by_option_before_or_after_the_verb_or_by_environment(
    folder: Path, uptally: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three", "probes"):
        (folder / f"{name}.yaml").write_text(f"endpoints: [{{name: {name}, url: {name}}}]")
    assert uptally("check").stdout.startswith("probes.yaml:")
    monkeypatch.setenv("UPTALLY_CONFIG", "one.yaml")
    assert uptally("check").stdout.startswith("one.yaml:")
    assert uptally("-c", "two.yaml", "check").stdout.startswith("two.yaml:")
    assert uptally("-c", "two.yaml", "check", "-c", "three.yaml").stdout.startswith("three.yaml:")
    (folder / "rows.csv").touch()
    for arguments, named in (
        (["-c", "two.yaml", "import", "observations", "rows.csv"], "two.yaml"),
        (["-c", "two.yaml", "import", "-c", "three.yaml", "observations", "rows.csv"], "three.yaml"),
        (["import", "-c", "two.yaml", "observations", "-c", "three.yaml", "rows.csv"], "three.yaml"),
        (["import", "observations", "rows.csv"], "one.yaml"),
    ):
        assert uptally(*arguments).stderr.startswith(f"{named}:")


@pytest.mark.parametrize("verb", [["run"], ["render"], ["status"], ["export", "--month", "2026-10"], ["probe", "x"]])
def test_without_a_configuration_the_way_to_one_is_said(folder: Path, uptally: Invoke, verb: list[str]) -> None:
    result = uptally(*verb)
    assert result.exit_code == 78
    assert result.stdout == ""
    assert result.stderr == "probes.yaml: there is no such file: `uptally init` writes one\n"


def test_a_configuration_that_may_not_be_read_is_no_matter_of_usage(
    folder: Path, uptally: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "probes.yaml").touch()
    # As everyone but root would be told of a file of another's.
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    assert uptally("run").exit_code == 78


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_matter(folder: Path, target: str, closed: str) -> None:
    (folder / "probes.yaml").write_text(
        f"server: {{enabled: false}}\nendpoints: [{{name: Website, url: 'http://{target}/', interval: 250ms}}]\n"
    )
    for arguments in ("run --for 1s", "status", "schema", "check"):
        command = ["sh", "-c", f'exec "$0" -m uptally {arguments} {closed}', sys.executable]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), arguments


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_log_that_cannot_be_written_keeps_nothing_from_being_probed(
    folder: Path, uptally: Invoke, target: str
) -> None:
    (folder / "probes.yaml").write_text(
        f"server: {{enabled: false}}\nendpoints: [{{name: Website, url: 'http://{target}/', interval: 250ms, "
        "latency_limit: 10m}]\n"
    )
    assert uptally("check").exit_code == 1
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "uptally", "run", "--for", "3s"], stderr=full, timeout=60)
    assert done.returncode == 0
    assert json.loads(uptally("status", "--json").stdout)["endpoints"][0]["windows"]["1h"]["up_ms"] > 0


def test_a_terminal_that_lacks_a_letter_is_shown_the_others(folder: Path) -> None:
    make_ledger(folder, last_minute("website"))
    table = typed(folder, "status", PYTHONIOENCODING="latin-1")
    assert (table.returncode, "Website" in table.stdout) == (0, True)
    done = typed(folder, "status", "--json", PYTHONIOENCODING="latin-1")
    assert [endpoint["name"] for endpoint in json.loads(done.stdout)["endpoints"]][-1] == "日本"


def test_a_pipe_or_what_a_link_leads_to_can_be_written_and_stays_what_it_is(folder: Path, uptally: Invoke) -> None:
    pipe, link = folder / "pipe", folder / "link"
    os.mkfifo(pipe)
    link.symlink_to("behind.json")
    writing = subprocess.Popen([sys.executable, "-m", "uptally", "schema", "-o", "pipe"], cwd=folder)
    try:
        assert json.loads(pipe.read_text())["title"] == "probes.yaml"
        assert writing.wait(timeout=60) == 0
    finally:
        writing.kill()
        writing.wait()
    assert pipe.is_fifo()
    assert uptally("schema", "-o", "link").exit_code == 0
    assert link.is_symlink()
    assert json.loads((folder / "behind.json").read_text())["title"] == "probes.yaml"


def test_a_reader_that_has_enough_is_no_error(folder: Path) -> None:
    make_ledger(folder, [])
    for arguments in (["status"], ["schema"]):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb") as nobody_reads:
            done = subprocess.run(
                [sys.executable, "-m", "uptally", *arguments],
                cwd=folder,
                stdout=nobody_reads,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
            )
        assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_full_disk_is_said_without_a_traceback(folder: Path) -> None:
    make_ledger(folder, last_minute("website"))
    for arguments in (["status"], ["schema"]):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "uptally", *arguments],
                cwd=folder,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
            )
        assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")
