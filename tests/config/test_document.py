"""What docs/configuration.md says is what the schema says, and its examples are accepted."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.config.conftest import Loaded
from tests.config.test_schema import accepted_by_editors
from uptally.config import schema
from uptally.signing import Key

DOCUMENT = (Path(__file__).parents[2] / "docs/configuration.md").read_text(encoding="utf-8")
SECTIONS = {
    "page": "Page",
    "pages": "FurtherPage",
    "publish": "Publish",
    "colours": "Colours",
    "colours.light": "Scheme",
    "defaults": "Defaults",
    "monitor": "Monitor",
    "canaries": "Canary",
    "store": "Store",
    "seal": "Seal",
    "close": "Close",
    "server": "Server",
    "endpoints": "Endpoint",
    "expect": "Expect",
    "auth": "Auth",
    "auth.basic": "Basic",
    "tls": "Tls",
    "services": "Service",
    "agreements": "Agreement",
    "covers": "Coverage",
    "parties": "Party",
    "approved": "Approval",
    "duties": "Duty",
    "escalation": "Escalation",
    "audits": "Audit",
    "maintenance": "Maintenance",
    "reports": "Report",
    "recipients": "Recipient",
    "slas": "Sla",
    "windows": "ServiceWindow",
    "downtime": "Downtime",
    "exclusions": "Exclusion",
    "credits": "Credit",
    "fee": "Fee",
    "changes": "FeeChange",
    "least_credit": "LeastCredit",
    "rounding": "RatioRounding",
    "termination": "Termination",
    "objectives": "Objective",
    "objectives.credits": "ObjectiveCredit",
}
"""Headings of the document, and what the schema calls the tables that they describe."""

ENDPOINT = "endpoints:\n  -\n    name: A\n    url: https://a.example/\n"
PROMISED = """\
endpoints:
  - {name: Website, url: "https://a.example/", sla: 99.9%}
  - {name: API, url: "https://b.example/", sla: 99.9%}
"""
AGREEMENT = f"""{PROMISED}agreements:
  - {{name: Corporate, sla: 99%}}
  -
    name: Example
    extends: corporate
"""
MAINTENANCE = "maintenance:\n  -\n    id: x\n    start: 2026-01-01 02:00\n"
SIGNED = f"{AGREEMENT}    covers: [api]\n"
REPORT = f"{SIGNED}reports:\n    -\n      name: A\n      due: every day by 10:00\n"
SLA = f"{ENDPOINT}slas:\n  gold:\n    target: 99.95%\n"
FEE = f"{SLA}    fee:\n      amount: 1 EUR\n"
RATIO = f"{SLA}    objectives:\n      -\n        name: x\n        ratio: x\n        floor: 90%\n"
PLACES = {
    "page": f"{ENDPOINT}page:\n  EXAMPLE\n",
    "pages": f"{ENDPOINT}pages:\n  -\n    directory: site-de\n    EXAMPLE\n",
    "publish": f"{ENDPOINT}page:\n  publish:\n    to: sftp://b.example/x\n    EXAMPLE\n",
    "colours": f"{ENDPOINT}page:\n  colours:\n    EXAMPLE\n",
    "colours.light": f"{ENDPOINT}page:\n  colours:\n    light:\n      EXAMPLE\n",
    "reports": f"{REPORT}      to: [json://b.example/x]\n      EXAMPLE\n",
    "recipients": f"{REPORT}      to:\n        -\n          notify: json://b.example/x\n          EXAMPLE\n",
    "monitor": f"{ENDPOINT}monitor:\n  EXAMPLE\n",
    "store": f"{ENDPOINT}store:\n  EXAMPLE\n",
    "seal": f"{ENDPOINT}seal:\n  EXAMPLE\n",
    "close": f"{ENDPOINT}close:\n  EXAMPLE\n",
    "server": f"{ENDPOINT}server:\n  EXAMPLE\n",
    "canaries": f"{ENDPOINT}monitor:\n  canaries:\n    -\n      url: https://c.example/\n      EXAMPLE\n",
    "endpoints": f"{ENDPOINT}    EXAMPLE\n",
    "expect": f"{ENDPOINT}    expect:\n      EXAMPLE\n",
    "auth": f"{ENDPOINT}    auth:\n      EXAMPLE\n",
    "auth.basic": f"{ENDPOINT}    auth:\n      basic:\n        username: u\n        EXAMPLE\n",
    "tls": f"{ENDPOINT}    tls:\n      EXAMPLE\n",
    "services": f"{PROMISED}services:\n  -\n    name: Shop\n    endpoints: [website, api]\n    EXAMPLE\n",
    "agreements": f"{SIGNED}    EXAMPLE\n",
    "covers": f"{AGREEMENT}    covers:\n      -\n        service: api\n        EXAMPLE\n",
    "parties": f"{SIGNED}    customer:\n      name: x\n      EXAMPLE\n",
    "approved": f"{SIGNED}    approved:\n      by: x\n      on: 2026-01-01\n      EXAMPLE\n",
    "duties": f"{SIGNED}    duties:\n      -\n        party: customer\n        text: x\n        EXAMPLE\n",
    "escalation": f"{SIGNED}    escalation:\n      -\n        after: 1h\n        contact: x\n        EXAMPLE\n",
    "audits": f"{SIGNED}    audits:\n      -\n        what: x\n        by: x\n        every: 7d\n        EXAMPLE\n",
    "maintenance": f"{PROMISED}{MAINTENANCE}    duration: 1h\n    EXAMPLE\n",
    "slas": f"{SLA}    EXAMPLE\n",
    "windows": f"{SLA}    windows:\n      - {{name: core, hours: mon}}\n      -\n        name: x\n        EXAMPLE\n",
    "downtime": f"{SLA}    downtime:\n      EXAMPLE\n",
    "exclusions": f"{SLA}    exclusions:\n      maintenance:\n        EXAMPLE\n",
    "credits": f"{SLA}    credits:\n      -\n        EXAMPLE\n",
    "fee": f"{FEE}      EXAMPLE\n",
    "changes": f"{FEE}      changes:\n       -\n         from: 1999-01-01\n         amount: 2 EUR\n         EXAMPLE\n",
    "least_credit": f"{SLA}    least_credit:\n      EXAMPLE\n",
    "rounding": f"{SLA}    rounding:\n      decimals: 1\n      EXAMPLE\n",
    "termination": f"{SLA}    termination:\n      -\n        EXAMPLE\n",
    "objectives": f"{SLA}    objectives:\n      -\n        name: x\n        EXAMPLE\n",
    "objectives.credits": f"{RATIO}        credits:\n          -\n            EXAMPLE\n",
}
"""Where an example of each section stands in a whole file."""

NEEDED = {
    "username": "password: p",
    "certificate_file": "key_file: client.key",
    "key_file": "certificate_file: client.pem",
    "fees": "fee: 1 EUR",
    "backs": "kind: ola",
    "announced": "evidence: e",
    "closed": "hours: mon-fri",
    "downtime.scope": "run: 5m",
    "downtime.count": "run: 5m",
    "downtime.down_when": "bucket: 5m",
    "downtime.mode": "requests: 5m",
    "downtime.empty": "requests: 5m",
    **dict.fromkeys(("errors_above", "errors_at_least"), "requests: 5m\nmode: threshold"),
    **dict.fromkeys(("least_requests", "least_run"), "requests: 5m\nmode: threshold\nerrors_above: 5%"),
    **dict.fromkeys([f"credits.{key}" for key in ("below", "at_most", "above", "at_least", "each")], "credit: 5%"),
    "credit": "below: 99.9%",
    **dict.fromkeys(("started", "beyond_budget", "outages_of"), "each: 30m\ncredit: 5%"),
    "per_day": "credit: 1d\nabove: 4h",
    "consecutive": "per_day: true\ncredit: 1d\nabove: 4h",
    "only_if_missed": "credit: 5%\nbelow: 99%",
    **dict.fromkeys(("termination.of", "termination.below", "downtime_above"), "misses: 1"),
    "mean_below": "periods: 3",
    "periods": "mean_below: 97%",
    "within": "outages: 3",
    "lasting": "outages: 3",
    "latency": "ceiling: 1s",
    "ceiling": "latency: p95",
    "objectives.name": "total: x\nfloor: 1",
    **dict.fromkeys(("total", "ratio"), "floor: 1"),
    **dict.fromkeys(("during", "severity", "floor"), "restore: 4h"),
    "objectives.credits": "latency: p95\nceiling: 300ms",
    **dict.fromkeys([f"objectives.credits.{key}" for key in ("below", "at_most", "above", "at_least")], "credit: 5%"),
    "objectives.credits.credit": "below: 50%",
    "recipients.key": "webhook: https://b.example/",
}
"""What must stand beside a key for the file to be whole: of any section, or of the one that stands before it."""

INSTEAD = {"end": "duration", "webhook": "notify", "key": "notify"}
"""What must not stand beside a key."""


def section(heading: str) -> str:
    found = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found, heading
    return found[1]


def stated() -> list[tuple[str, str, str, str]]:
    """Every row of the document's tables: section, key, default, example."""
    row = re.compile(r"^\| `(\w+)` \|(.*?)\|.*\| `(.*)` \|$", re.MULTILINE)
    return [
        (heading, key, default.strip().strip("`"), example)
        for heading in SECTIONS
        for key, default, example in row.findall(section(heading))
    ]


def known() -> list[tuple[str, str, Any]]:
    """Every key of the schema: section, key, description."""
    tables = schema()["definitions"]
    return [(heading, *item) for heading, title in SECTIONS.items() for item in tables[title]["properties"].items()]


def in_place(heading: str, key: str, example: str) -> str:
    """Put an example into a whole file, instead of the same key and with what it needs beside it."""
    lines: list[str] = []
    found = re.search(r"^( *)EXAMPLE", PLACES[heading], re.MULTILINE)
    assert found
    for line in PLACES[heading].splitlines():
        if line == f"{found[1]}EXAMPLE":
            needed = NEEDED.get(f"{heading}.{key}", NEEDED.get(key, ""))
            lines += [found[1] + text for text in (example, *needed.splitlines())]
        elif not line.startswith((f"{found[1]}{key}:", f"{found[1]}{INSTEAD.get(key)}:")):
            lines.append(line)
    text = "\n".join(lines) + "\n"
    return text.replace("https://a.example/", "tcp://a.example:1") if key == "send" else text


def test_every_table_has_a_section() -> None:
    assert set(SECTIONS.values()) == set(schema()["definitions"])


@pytest.mark.parametrize(("heading", "key", "described"), known())
def test_every_key_stands_in_the_document(heading: str, key: str, described: Any) -> None:
    assert f"`{key}`" in section(heading)


@pytest.mark.parametrize(("heading", "key", "described"), known())
def test_the_document_states_the_default(heading: str, key: str, described: Any) -> None:
    default = described.get("default", "")
    written = json.dumps(default) if isinstance(default, bool) else "" if default == [] else str(default)
    found = [default for place, name, default, _ in stated() if (place, name) == (heading, key)]
    # Defaults and canaries take most keys over from endpoints, pages from the page, and their sections only name those.
    assert found == [written] or (not found and heading in ("defaults", "canaries", "pages"))


def test_the_document_names_no_key_that_is_none() -> None:
    assert {row[:2] for row in stated()} <= {(heading, key) for heading, key, _ in known()}
    assert len(stated()) > 40


@pytest.mark.parametrize(("heading", "key", "default", "example"), stated())
def test_each_example_is_accepted_and_differs_from_the_default(
    loaded: Loaded, tmp_path: Path, heading: str, key: str, default: str, example: str
) -> None:
    authority = trustme.CA()
    client = authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    client.private_key_pem.write_to_path(tmp_path / "client.key")
    for name in ("token", "password"):
        (tmp_path / name).write_text("hunter2", encoding="utf-8")
    for name in ("incidents", "theme"):
        (tmp_path / name).mkdir()
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"/>', encoding="utf-8")
    (tmp_path / "seal.key").write_bytes(Key.new().pem)
    (tmp_path / "seal.key").chmod(0o600)
    text = in_place(heading, key, example)
    accepted_by_editors(text)
    assert loaded(text).endpoints
    assert example.startswith(f"{key}: ")
    assert example != f"{key}: {default}"


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE))
def test_each_block_is_accepted_by_editors(block: str) -> None:
    if "endpoints:" in block:
        accepted_by_editors(block)
    else:
        assert block == "# yaml-language-server: $schema=probes.schema.json\n"
