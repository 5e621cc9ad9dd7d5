import json

import pytest

from tests.config.conftest import Loaded

BEFORE = """\
page: {title: T, timezone: UTC}
monitor: {canaries: [tcp://9.9.9.9:443]}
endpoints:
  - name: A
    url: https://a.example/?key=s3cr3t&page=2
    method: POST
    headers: {X-A: s3cr3t}
    body: s3cr3t
    auth: {basic: {username: u, password: s3cr3t}}
    expect: {contains: ok}
  - name: B
    url: tcp://${HOST}:5432
    send: s3cr3t
    tls: true
    sla: 99.950%
"""


def test_it_is_canonical_json(loaded: Loaded) -> None:
    revision = loaded(BEFORE).revision
    assert json.dumps(json.loads(revision), sort_keys=True, separators=(",", ":"), ensure_ascii=False) == revision


def test_it_holds_what_decides_a_measurement_and_no_secret(loaded: Loaded) -> None:
    revision = json.loads(loaded(BEFORE).revision)
    assert revision["endpoints"] == {
        "a": {
            "name": "A",
            "url": "https://a.example/?key=***&page=***",
            "host": "a.example",
            "port": 443,
            "interval_ms": 10_000,
            "timeout_ms": 5_000,
            "ip": "any",
            "certificate_days": 14,
            "method": "POST",
            "headers": {"X-A": "***"},
            "body": "***",
            "auth": {"basic": "u", "password": "***"},
            "redirects_max": 5,
            "environment_proxy": False,
            "tls": {"verify": True},
            "expect": {"statuses": [[200, 299]], "contains": ["ok"]},
        },
        "b": {
            "name": "B",
            "url": "tcp://${HOST}:5432",
            "host": "b.example",
            "port": 5432,
            "interval_ms": 10_000,
            "timeout_ms": 5_000,
            "ip": "any",
            "certificate_days": 14,
            "target_percent": "99.95",
            "tls": {"verify": True},
            "send": "***",
        },
    }
    assert revision["timezone"] == "UTC"
    assert list(revision["canaries"]) == ["9-9-9-9-443"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("timezone: UTC", "timezone: Europe/Berlin"),
        ("9.9.9.9", "8.8.8.8"),
        ("method: POST", "method: PUT"),
        ("contains: ok", "contains: fine"),
        ("99.950%", "99.951%"),
        ("tls: true", "tls: {verify: false}"),
        ("    send: s3cr3t\n", ""),
        ("page: {", "defaults: {interval: 11s}\npage: {"),
        ("page: {", "defaults: {tripwire: true}\npage: {"),
        ("  - name: B", "  - name: C"),
        ("a.example/?", "a.example/x?"),
    ],
)
def test_it_changes_with_what_is_measured(loaded: Loaded, old: str, new: str) -> None:
    assert old in BEFORE
    assert loaded(BEFORE.replace(old, new)).revision != loaded(BEFORE).revision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: T", "title: Another"),
        ("s3cr3t", "another s3cr3t".replace(" ", "-")),
        ("99.950%", "99.95%"),
        ("page: {", "server: {enabled: false}\npage: {"),
        ("    expect: {contains: ok}", "    description: x\n    expect: {contains: ok}"),
        ("    method: POST\n    headers: {X-A: s3cr3t}", "    headers: {X-A: s3cr3t}\n    method: POST"),
    ],
)
def test_it_stays_with_what_is_only_shown_and_with_secrets(loaded: Loaded, old: str, new: str) -> None:
    assert old in BEFORE
    assert loaded(BEFORE.replace(old, new)).revision == loaded(BEFORE).revision


def test_what_a_variable_gave_is_told_by_its_name(loaded: Loaded) -> None:
    revision = loaded("""\
monitor: {canaries: ["https://c.example/?a=${TOKEN}", {url: "https://d.example/${TOKEN}"}]}
endpoints:
  - name: A
    url: https://${HOST}/?token=${TOKEN}
    auth: {basic: {username: "${TOKEN}", password: "${PASSWORD}"}}
    expect:
      contains: ["a ${TOKEN}", b]
      json: {a: {b: "${TOKEN}"}, c: "${TOKEN}", d: e}
      headers: {X-A: "${TOKEN}"}
""").revision
    assert "s3cr3t" not in revision
    canaries = json.loads(revision)["canaries"]
    assert canaries["c-example"]["url"] == "https://c.example/?a=***"
    assert canaries["d-example"]["url"] == "https://d.example/${TOKEN}"
    endpoint = json.loads(revision)["endpoints"]["a"]
    assert (endpoint["url"], endpoint["host"]) == ("https://${HOST}/?token=***", "b.example")
    assert endpoint["auth"] == {"basic": "${TOKEN}", "password": "***"}
    assert endpoint["expect"] == {
        "statuses": [[200, 299]],
        "contains": "***",
        "json": {"a": "***", "c": "${TOKEN}", "d": '"e"'},
        "headers": {"X-A": "${TOKEN}"},
    }


def test_resolvers_are_part_of_it_and_none_are_not(loaded: Loaded) -> None:
    assert "resolvers" not in json.loads(loaded(BEFORE).revision)
    written = "monitor: {resolvers: [9.9.9.10, '${RESOLVER:-9.9.9.11}'], "
    told = json.loads(loaded(BEFORE.replace("monitor: {", written)).revision)
    assert told["resolvers"] == ["9.9.9.10 53", "${RESOLVER:-9.9.9.11}"]


SIGNED = """\
  - name: C
    url: https://c.example/
    sla: 99%
agreements:
  - name: Acme
    customer: {name: Acme Ltd, contacts: [joe@acme.example]}
    provider: Us
    covers: [c]
    approved: {by: Jane, on: 2025-12-20}
"""


def test_it_holds_what_decides_a_credit_and_not_who_signed(loaded: Loaded) -> None:
    before = loaded(BEFORE + SIGNED).revision
    assert json.loads(before)["agreements"] == {"acme": {"approved": "2025-12-20", "undetermined": "ask"}}
    for private in ("Acme Ltd", "joe", "Jane", 'Us"'):
        assert private not in before


@pytest.mark.parametrize(
    "change",
    [
        "    undetermined: credit\n",
        "    one_credit_per_event: true\n",
        "    fee: 10 EUR\n",
        "    start: 2026-01-01\n",
        "    end: 2026-12-31\n",
        "    sla: 98%\n",
        "    kind: ola\n    backs: [a]\n",
    ],
)
def test_whatever_decides_a_credit_changes_it(loaded: Loaded, change: str) -> None:
    assert loaded(BEFORE + SIGNED + change).revision != loaded(BEFORE + SIGNED).revision


def test_who_signed_changes_nothing_in_it(loaded: Loaded) -> None:
    other = SIGNED.replace("Acme Ltd", "Acme Inc").replace("joe@", "jim@").replace("Jane", "Joan")
    assert loaded(BEFORE + other).revision == loaded(BEFORE + SIGNED).revision
