import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.ledger.test_acts import tamper

DEADLINE_S = 30


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "uptally", "run", *arguments], cwd=folder, stderr=subprocess.PIPE, text=True
    )


def write_config(folder: Path, target: str, *, server: str = "{enabled: false}", page: str = "{}") -> None:
    (folder / "probes.yaml").write_text(
        f"server: {server}\nendpoints: [{{name: Website, url: 'http://{target}/', interval: 250ms, sla: 99.9%}}]\n"
        f"page: {page}\n"
    )


def wait_for_observations(folder: Path, uptally: Invoke) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        result = uptally("status", "--json")
        if result.exit_code == 0 and json.loads(result.stdout)["endpoints"][0]["state"] == "up":
            return
        time.sleep(0.05)
    raise AssertionError("nothing was observed")


def wait_for_page(folder: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not (folder / "site/index.html").exists():
        assert time.monotonic() < deadline, "no page was written"
        time.sleep(0.05)


def test_run_for_a_while_leaves_a_ledger_and_a_page(folder: Path, uptally: Invoke, target: str) -> None:
    write_config(folder, target)
    done = started(folder, "--for", "2s")
    _, talk = done.communicate(timeout=DEADLINE_S)
    assert done.returncode == 0, talk
    assert "probing 1 endpoint; canaries: 0" in talk
    assert (folder / "site/index.html").is_file()
    website = json.loads(uptally("status", "--json").stdout)["endpoints"][0]
    assert website["state"] == "up"
    assert website["windows"]["1h"]["up_ms"] >= 1_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_a_second_daemon_is_refused(
    folder: Path, uptally: Invoke, target: str, number: signal.Signals
) -> None:
    write_config(folder, target)
    daemon = started(folder)
    try:
        wait_for_observations(folder, uptally)
        second = started(folder)
        _, talk = second.communicate(timeout=DEADLINE_S)
        assert second.returncode == 3
        assert talk.startswith("Error: ")
        assert str(daemon.pid) in talk
        daemon.send_signal(number)
        _, talk = daemon.communicate(timeout=DEADLINE_S)
        assert (daemon.returncode, "Traceback" in talk) == (0, False)
    finally:
        daemon.kill()
        daemon.wait()
    hour = json.loads(uptally("status", "--json").stdout)["endpoints"][0]["windows"]["1h"]
    assert (hour["down_ms"], hour["outages"]) == (0, 0)


def test_page_health_and_metrics_are_served(folder: Path, uptally: Invoke, target: str) -> None:
    write_config(folder, target, server="{listen: '127.0.0.1:0'}")
    if uptally("check").exit_code:
        pytest.fail(uptally("check").stdout)
    daemon = started(folder)
    try:
        wait_for_observations(folder, uptally)
        wait_for_page(folder)
        assert daemon.stderr is not None
        line = daemon.stderr.readline()
        address = line.split()[-1]
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}healthz", timeout=DEADLINE_S) as answer:
            assert json.load(answer) == {"status": "ok"}
        with urllib.request.urlopen(f"{address}metrics", timeout=DEADLINE_S) as answer:
            assert 'probe_success{endpoint="website",group="",location="local"} 1.0' in answer.read().decode()
        with urllib.request.urlopen(address, timeout=DEADLINE_S) as answer:
            assert "Website" in answer.read().decode()
    finally:
        daemon.terminate()
        daemon.communicate(timeout=DEADLINE_S)


def test_a_page_that_cannot_be_copied_is_a_warning_in_health_and_a_metric(
    folder: Path, uptally: Invoke, target: str
) -> None:
    (folder / "in-the-way").write_text("")
    write_config(folder, target, server="{listen: '127.0.0.1:0'}", page="{publish: in-the-way}")
    daemon = started(folder)
    try:
        assert daemon.stderr is not None
        lines = iter(daemon.stderr.readline, "")
        address = next(line for line in lines if "the page is at" in line).split()[-1]
        assert "could not be copied" in next(line for line in lines if "in-the-way" in line)
        wait_for_observations(folder, uptally)
        with urllib.request.urlopen(f"{address}healthz", timeout=DEADLINE_S) as answer:
            assert json.load(answer) == {"status": "warning", "reason": "copy-failing"}
        with urllib.request.urlopen(f"{address}metrics", timeout=DEADLINE_S) as answer:
            told = answer.read().decode()
        assert "uptally_page_copy_failing 1.0" in told
    finally:
        daemon.terminate()
        daemon.communicate(timeout=DEADLINE_S)


def test_a_ledger_whose_acts_were_changed_is_probed_on_and_said_in_log_health_and_status(
    folder: Path, uptally: Invoke, target: str
) -> None:
    write_config(folder, target, server="{listen: '127.0.0.1:0'}")
    started(folder, "--for", "500ms").communicate(timeout=DEADLINE_S)
    assert json.loads(uptally("status", "--json").stdout)["acts"] == {"hold": True, "problem": None}
    tamper(folder / "uptally.db", "UPDATE acts SET at_ms = at_ms + 1 WHERE number = 1")
    daemon = started(folder)
    try:
        assert daemon.stderr is not None
        warning, line = daemon.stderr.readline(), daemon.stderr.readline()
        assert "WARNING" in warning
        assert "act 1 (config) does not hold" in warning
        wait_for_observations(folder, uptally)
        with urllib.request.urlopen(f"{line.split()[-1]}healthz", timeout=DEADLINE_S) as answer:
            assert json.load(answer) == {"status": "warning", "reason": "acts-broken"}
    finally:
        daemon.terminate()
        daemon.communicate(timeout=DEADLINE_S)
    status = uptally("status")
    assert status.exit_code == 0
    assert "The ledger's acts were changed: act 1 (config) does not hold" in status.stdout
    assert json.loads(uptally("status", "--json").stdout)["acts"]["hold"] is False


def test_a_refused_configuration_is_78(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text("endpoints: [{name: Website, urll: x}]\n")
    result = uptally("run")
    assert (result.exit_code, result.stdout) == (78, "")
    assert "did you mean 'url'?" in result.stderr


@pytest.mark.parametrize("duration", ["3", "", "1.5s", "-1s", "soon"])
def test_a_bad_duration_is_a_matter_of_usage(folder: Path, uptally: Invoke, duration: str) -> None:
    result = uptally("run", "--for", duration)
    assert result.exit_code == 2
    assert "is no duration" in result.stderr


def test_findings_are_said_at_the_start(folder: Path, target: str) -> None:
    write_config(folder, target)
    config = folder / "probes.yaml"
    config.write_text(config.read_text().replace("250ms, sla: 99.9%", "1m, sla: 99.999%"))
    done = started(folder, "--for", "500ms")
    _, talk = done.communicate(timeout=DEADLINE_S)
    assert done.returncode == 0
    assert " WARNING probes.yaml:2:" in talk.splitlines()[0]
    assert "a 60 s interval cannot prove 99.999%" in talk.splitlines()[0]


def test_render_writes_the_page_without_a_daemon(folder: Path, uptally: Invoke, target: str) -> None:
    write_config(folder, target)
    assert uptally("render").exit_code == 1
    assert not (folder / "site").exists()
    started(folder, "--for", "1s").communicate(timeout=DEADLINE_S)
    (folder / "site/index.html").unlink()
    result = uptally("render")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Website" in (folder / "site/index.html").read_text()
