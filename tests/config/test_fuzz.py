"""Whatever a file holds, it is read or refused; nothing else is raised, and no secret is told."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.config.conftest import ENVIRONMENT
from tests.config.test_load import EVERYTHING
from uptally.config import load
from uptally.errors import ConfigError

VALUES = [
    *(
        "",
        "~",
        "true",
        "0",
        "-1",
        "1",
        "600",
        "1e309",
        ".nan",
        ".inf",
        "9" * 90,
        "99.95",
        "99.95%",
        "${TOKEN}",
        "${HOST}",
    ),
    *(
        "x",
        "''",
        '" "',
        '"\\0"',
        '"\\u202e"',
        "{}",
        "[]",
        "[1]",
        "[[]]",
        "{a: 1}",
        "[{}]",
        "[x, [y]]",
        "{'': ''}",
        "*a",
    ),
    *(
        "&a b",
        "!t x",
        "1s",
        "-1s",
        "30 ms",
        "https://b.example/",
        "tcp://b.example:1",
        "http://[::1",
        "http://[",
        "://",
    ),
    *("https://a.example:x/", "'a[?'", "{'a[': ~}", "{'': 1}", "{x: {y: [~]}}", "2xx", "[2xx, 7]", "Europe/Berlin"),
    *(
        "../..",
        "/dev/null",
        "'|'",
        "|",
        ">-",
        "@",
        "`",
        "%",
        "- x",
        "? x",
        ": x",
        "\t",
        "#",
        "'",
        '"',
        "{",
        "[",
        "]",
        "}",
    ),
]
PROMISES = """\
services:
  - name: Shop
    endpoints: [orders]
    combine: {at_least_down: 1}
    public: true
    sla: 99%
agreements:
  - name: Corporate
    sla: 99%
  - name: Example Ltd
    extends: corporate
    kind: ola
    backs: [shop]
    customer: {name: Example Ltd, contacts: [x]}
    covers:
      - shop
      - service: orders
        sla: 99%
        fee: 10 EUR
        fees: {2026-07-01: 12 EUR}
    start: 2026-01-01
    end: 2026-12-31
    approved: {by: Jane, on: 2025-12-20}
    undetermined: credit
    change_notice: 5d
    duties: [{party: customer, text: T, due: 2026-02-01}]
    escalation: [{after: 4h, contact: H}]
    audits: [{what: W, by: B, every: 30d}]
    glossary: {Word: Meaning}
maintenance:
  - id: patches
    services: [shop]
    timezone: Europe/Berlin
    start: 2026-10-12 02:00
    duration: 2h
    repeat: FREQ=MONTHLY;BYDAY=1SU
    announced: 2026-10-01 09:00
    evidence: E
"""
LINES = (EVERYTHING + PROMISES).splitlines()


def is_read_or_refused(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        told = load(file, environment=ENVIRONMENT).revision
    except ConfigError as refusal:
        told = str(refusal)
    assert "s3cr3t" not in told


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "probes.yaml"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(VALUES)), min_size=1, max_size=4))
def test_any_value_of_any_key(file: Path, changes: list[tuple[int, str]]) -> None:
    lines = list(LINES)
    for number, value in changes:
        if value == "${TOKEN}" and re.search("name:|slug:|location", lines[number]):
            continue  # what everyone is told cannot be kept secret
        lines[number] = f"{lines[number].partition(': ')[0].rstrip(':')}: {value}"
    is_read_or_refused(file, "\n".join(lines))


@settings(max_examples=200)
@given(st.integers(0, len(EVERYTHING)), st.integers(0, 40), st.text(max_size=10))
def test_any_change_of_the_text(file: Path, start: int, length: int, inserted: str) -> None:
    is_read_or_refused(file, EVERYTHING[:start] + inserted + EVERYTHING[start + length :])


@settings(max_examples=200)
@given(st.text())
def test_any_text(file: Path, text: str) -> None:
    is_read_or_refused(file, text)
