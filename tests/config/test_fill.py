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


SECRETS = {
    "TOKEN": "t0ken-1",
    "KEY": "k3y%2B2",
    "HOST": "b.example",
    "CODE": "200",
    "OK": "ok",
    "URL": "http://c.example/?id=s3cret&x=1",
}


@pytest.mark.parametrize(
    ("endpoint", "hidden"),
    [
        ("url: 'https://a.example/'", set()),
        ("url: 'https://${HOST}/'", set()),
        ("url: 'https://${HOST}/${TOKEN}/?key=${KEY}&a=b'", {"t0ken-1", "k3y%2B2"}),
        ("url: '${URL}'", {"s3cret"}),
        ("url: 'https://a.example/?t=${NOWHERE:-default}'", set()),
        (
            "url: 'https://a.example/', expect: {contains: 'Hello ${TOKEN}', not_contains: [x, '${KEY}']}",
            {"t0ken-1", "k3y%2B2"},
        ),
        (
            "url: 'https://a.example/', expect: {json: {a: '${TOKEN}'}, headers: {X-Key: '${KEY}'}}",
            {"t0ken-1", "k3y%2B2"},
        ),
        (
            "url: 'https://a.example/', expect: {json: {a: {b: ['${TOKEN}']}}, status: '${CODE}', contains: '${OK}'}",
            {"t0ken-1"},
        ),
        ("url: 'tcp://${HOST}:25', expect: {contains: '${TOKEN}'}", {"t0ken-1"}),
        ("url: 'https://a.example/', group: '${TOKEN}', description: '${KEY}'", set()),
    ],
)
def test_what_variables_gave_to_url_and_expectations_is_hidden(tmp_path: Path, endpoint: str, hidden: set[str]) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(f"endpoints:\n  - {{name: A, {endpoint}}}\n", encoding="utf-8")
    [found] = load(file, environment=SECRETS).endpoints
    assert {secret.reveal() for secret in found.check.hidden} == hidden


def test_a_canary_that_is_a_url_alone_hides_what_variables_gave_to_it(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(
        "monitor: {canaries: ['https://b.example/${TOKEN}']}\nendpoints: [{name: A, url: 'tcp://a.example:1'}]"
    )
    [canary] = load(file, environment=SECRETS).monitor.canaries
    assert [secret.reveal() for secret in canary.check.hidden] == ["t0ken-1"]


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
