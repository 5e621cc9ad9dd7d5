from pathlib import Path

import pytest

from uptally.config import load
from uptally.config.fill import filled_text, holds_plain_text
from uptally.model.endpoint import HttpCheck, JsonEquals
from uptally.model.settings import Settings

ENVIRONMENT = {"HOST": "a.example", "EMPTY": "", "LIST": "[a, b]", "LOOP": "${HOST}", "TWO": "x\nendpoints: []"}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("${HOST}", "a.example"),
        ("https://${HOST}:${PORT:-8443}/", "https://a.example:8443/"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY:-}", ""),
        ("${NOWHERE:-a:-b}", "a:-b"),
        ("$HOST costs $5 or $$5", "$HOST costs $5 or $5"),
        ("$${HOST}", "${HOST}"),
        ("$$${HOST}", "$a.example"),
        ("${LOOP}", "${HOST}"),
        ("trailing $", "trailing $"),
    ],
)
def test_variables_are_filled_in_once(written: str, filled: str) -> None:
    assert filled_text(written, ENVIRONMENT) == (filled, [])


@pytest.mark.parametrize("written", ["${", "${}", "${1A}", "${HOST", "${HOST:?x}", "${a-b}", "${HÖST}"])
def test_a_malformed_variable_is_a_fault(written: str) -> None:
    filled, faults = filled_text(written, ENVIRONMENT)
    assert filled == written
    assert faults == ["'${' begins a variable: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"]


def settings(tmp_path: Path, extra: str) -> Settings:
    file = tmp_path / "probes.yaml"
    file.write_text(f"endpoints:\n  - name: A\n    url: https://a.example/\n{extra}", encoding="utf-8")
    return load(file, environment=ENVIRONMENT)


def test_a_value_never_becomes_structure(tmp_path: Path) -> None:
    [endpoint] = settings(tmp_path, "    description: ${TWO}\n    group: ${LIST}\n").endpoints
    assert (endpoint.description, endpoint.group) == ("x\nendpoints: []", "[a, b]")


def test_keys_are_left_alone(tmp_path: Path) -> None:
    [endpoint] = settings(tmp_path, """    expect: {json: {'"${HOST}"': '${HOST}'}}\n""").endpoints
    assert isinstance(endpoint.check, HttpCheck)
    assert endpoint.check.expect.json == (JsonEquals('"${HOST}"', '"a.example"'),)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("${A}", False),
        (" ${A} ", False),
        ("${A:-}", False),
        ("Bearer ${A}", False),
        ("Bearer x ${A}", True),
        ("x${A}", True),
        ("${A:-x}", True),
        ("x", True),
    ],
)
def test_what_stands_in_plain_text_is_known(written: str, plain: bool) -> None:
    assert holds_plain_text(written) is plain
