import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.config.conftest import Loaded
from tests.config.test_load import EIGHT_LINES, EVERYTHING
from uptally.config import example, load, schema
from uptally.config.marks import Problems, Rows, Table
from uptally.config.parse import parse
from uptally.config.scalars import Real

ROOT = Path(__file__).parents[2]


def plain(value: object) -> Any:
    match value:
        case Table():
            return {key: plain(item) for key, item in value.items()}
        case Rows():
            return [plain(item) for item in value]
        case Real():
            return float(value.text)
        case _:
            return value


def accepted_by_editors(text: str) -> None:
    """Raise ValidationError where an editor would underline something."""
    jsonschema.Draft7Validator(schema()).validate(plain(parse(text, Problems("probes.yaml"))))


def test_it_is_a_draft_7_schema_without_references_that_hide_their_neighbours() -> None:
    made = schema()
    assert made["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(made)
    text = json.dumps(made)
    assert "$defs" not in text
    assert '"null"' not in text

    def references(node: Any) -> Iterator[dict[str, Any]]:
        for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
            yield from references(item)
        if isinstance(node, dict) and "$ref" in node:
            yield node

    found = list(references(made))
    assert len(found) > 10
    assert all(list(node) == ["$ref"] for node in found)


def test_every_key_is_described() -> None:
    tables = schema()["definitions"]
    for table in [schema(), *tables.values()]:
        assert table["description"]
        for described in table["properties"].values():
            reference = described.get("$ref", "").rpartition("/")[2]
            assert described.get("description") or tables[reference]["description"]
    assert set(schema()["properties"]) == {
        "page",
        "pages",
        "defaults",
        "monitor",
        "store",
        "seal",
        "close",
        "server",
        "endpoints",
        "services",
        "slas",
        "agreements",
        "maintenance",
        "reports",
    }


@pytest.mark.parametrize(
    "text",
    [EIGHT_LINES, EVERYTHING, example(), (ROOT / "probes.yaml").read_text(encoding="utf-8")],
    ids=["eight lines", "everything", "example", "the repository's own"],
)
def test_editors_accept_what_is_accepted(text: str) -> None:
    accepted_by_editors(text)


@pytest.mark.parametrize(
    "extra",
    [
        "interval: 30",
        "interval: 30 ms",
        "intervall: 30s",
        "sla: 99.95",
        "ip: ipv5",
        "method: get",
        "send: x",
        "max_redirects: 21",
        "expect: {status: 600}",
        "expect: {contain: x}",
        "group:",
        "slug: My Site",
    ],
)
def test_editors_refuse_what_is_refused(extra: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        accepted_by_editors(f"endpoints:\n  - name: A\n    url: https://a.example/\n    {extra}\n")


def test_editors_refuse_keys_of_http_over_tcp() -> None:
    with pytest.raises(jsonschema.ValidationError):
        accepted_by_editors("endpoints: [{name: A, url: 'tcp://a.example:1', method: GET}]\n")


def test_the_first_file_is_sound_and_points_editors_to_the_schema(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(example(), encoding="utf-8")
    settings = load(file, environment={})
    assert example().startswith("# yaml-language-server: $schema=probes.schema.json\n")
    assert settings.findings == ()
    assert len(settings.endpoints) > 1
    assert len(settings.monitor.canaries) > 1


def test_the_commented_endpoints_of_the_first_file_are_sound_too(loaded: Loaded) -> None:
    commented = re.sub(r"^  # ((- name|  ).*)$", r"  \1", example(), flags=re.MULTILINE)
    settings = loaded(commented.replace("ORDERS_TOKEN", "TOKEN"))
    assert [endpoint.name for endpoint in settings.endpoints][-2:] == ["Orders API", "Mail"]


def test_the_commented_promises_of_the_first_file_are_sound_too(loaded: Loaded) -> None:
    text, commented = example().split("# What is promised of several endpoints")
    settings = loaded(text + re.sub(r"^# ?", "", commented.partition("\n")[2], flags=re.MULTILINE))
    assert settings.findings == ()
    assert "shop" in [service.slug for service in settings.services]
    assert [agreement.customer.name for agreement in settings.agreements] == ["Example Ltd"]
    assert [plan.id for plan in settings.maintenance] == ["patches"]


def test_the_repository_watches_itself_and_the_world_behind_canaries() -> None:
    settings = load(ROOT / "probes.yaml", environment={})
    assert settings.findings == ()
    assert [endpoint.check.host for endpoint in settings.endpoints][:2] == ["127.0.0.1", "127.0.0.1"]
    assert {endpoint.check.port for endpoint in settings.endpoints[:2]} == {settings.server.port}
    assert len(settings.monitor.canaries) == 3
