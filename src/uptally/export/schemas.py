"""The JSON Schemas of what is exported; each lies in this room, as a file that describes every key."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def month_schema() -> dict[str, Any]:
    """Return the JSON Schema of a month as JSON, which `json.to_json` writes."""
    return _schema("month.schema.json")


def manifest_schema() -> dict[str, Any]:
    """Return the JSON Schema of what `manifest.manifest` writes."""
    return _schema("manifest.schema.json")


def _schema(name: str) -> dict[str, Any]:
    found = json.loads(files("uptally.export").joinpath(name).read_bytes())
    assert isinstance(found, dict)
    return found
