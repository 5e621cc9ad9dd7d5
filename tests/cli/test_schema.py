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
