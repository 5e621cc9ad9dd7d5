import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke


def test_an_attempt_is_drawn_phase_by_phase(uptally: Invoke, target: str) -> None:
    result = uptally("probe", f"http://{target}/")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"http://{target}/: up in ")
    assert [line.split()[0] for line in lines if "█" in line] == ["resolve", "connect", "first", "transfer"]
    assert "status       200" in result.stdout
    assert result.stderr == ""


def test_phases_do_not_overlap_in_the_drawing(uptally: Invoke, target: str) -> None:
    bars = [line for line in uptally("probe", f"http://{target}/").stdout.splitlines() if "█" in line]
    starts = [line.index("█") for line in bars]
    assert starts == sorted(starts)


def test_a_failure_shows_its_evidence_and_is_a_finding(uptally: Invoke, target: str) -> None:
    result = uptally("probe", f"http://{target}/500")
    assert result.exit_code == 1
    assert "down (status)" in result.stdout
    assert "status 500" in result.stdout
    assert "a " in result.stdout
    assert "\x1b" not in result.stdout


def test_a_program_can_read_it(uptally: Invoke, target: str) -> None:
    attempt = json.loads(uptally("probe", f"http://{target}/", "--json").stdout)
    assert attempt["schema_version"] == 1
    assert (attempt["outcome"], attempt["reason"], attempt["status"]) == ("up", None, 200)
    phases = {name: spent for name, spent in attempt["phases"].items() if spent is not None}
    assert set(phases) == {"resolve_us", "connect_us", "first_byte_us", "transfer_us"}
    assert 0 < sum(phases.values()) <= attempt["duration_us"] + len(phases)
    assert attempt["evidence"] is None


def test_a_program_can_read_a_failure(uptally: Invoke) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = uptally("probe", f"tcp://127.0.0.1:{port}", "--json")
    attempt = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (attempt["outcome"], attempt["reason"], attempt["status"]) == ("down", "connect-refused", None)
    assert attempt["evidence"]["error"]


@pytest.mark.parametrize("name", ["Orders API", "orders api", "orders-api"])
def test_an_endpoint_of_the_configuration_is_tried_as_configured(
    folder: Path, uptally: Invoke, target: str, name: str
) -> None:
    (folder / "probes.yaml").write_text(
        f"endpoints: [{{name: Orders API, url: 'http://{target}/404', expect: {{status: 404}}}}]"
    )
    result = uptally("probe", name)
    assert result.exit_code == 0
    assert result.stdout.startswith("Orders API: up in ")


def test_an_unknown_name_gets_the_nearest(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text("endpoints: [{name: Orders API, url: 'http://127.0.0.1:1/'}]")
    result = uptally("probe", "Order API")
    assert result.exit_code == 2
    assert "did you mean 'Orders API'?" in result.stderr


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("tcp://127.0.0.1", "the port is missing"),
        ("ftp://example.com/", "unknown scheme 'ftp'"),
        ("http://user:pass@example.com/", "must not hold credentials"),
    ],
)
def test_a_bad_url_is_a_matter_of_usage(uptally: Invoke, url: str, remedy: str) -> None:
    result = uptally("probe", url)
    assert result.exit_code == 2
    assert remedy in result.stderr


def test_nothing_is_remembered(folder: Path, uptally: Invoke, target: str) -> None:
    uptally("probe", f"http://{target}/")
    assert list(folder.iterdir()) == []
