import json
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Invoke


def test_schema_judges_a_configuration(folder: Path, uptally: Invoke) -> None:
    schema = json.loads(uptally("schema").stdout)
    validator = jsonschema.Draft7Validator(schema)
    validator.validate({"endpoints": [{"name": "Website", "url": "https://example.com/"}]})
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"endpoints": [{"name": "Website", "urll": "https://example.com/"}]})


def test_file_holds_what_stdout_would(folder: Path, uptally: Invoke) -> None:
    result = uptally("schema", "-o", "probes.schema.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (folder / "probes.schema.json").read_text() == uptally("schema").stdout


def test_schema_of_the_page_judges_what_a_render_writes(folder: Path, uptally: Invoke) -> None:
    schema = json.loads(uptally("schema", "page").stdout)
    (folder / "probes.yaml").write_text("endpoints: [{name: Web, url: 'http://127.0.0.1:1/', sla: 99.9%}]\n")
    assert uptally("run", "--for", "1s").exit_code == 0
    published = folder / "site" / "api"
    for file in ("uptally.json", "services/web.json"):
        jsonschema.Draft7Validator(schema).validate(json.loads((published / file).read_text()))
    assert json.loads((published / "uptally.schema.json").read_text()) == schema


def test_schema_of_what_there_is_none_of_is_misuse(uptally: Invoke) -> None:
    assert uptally("schema", "ledger").exit_code == 2
