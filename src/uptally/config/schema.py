"""The shape of the file as a JSON Schema, by which editors complete, explain and check it."""

from __future__ import annotations

from typing import Any

from uptally.config.file import File

DRAFT = "http://json-schema.org/draft-07/schema#"


def schema() -> dict[str, Any]:
    """Return a JSON Schema of draft 7, the newest that editors' YAML support documents.

    It accepts every file that `load` accepts; `load` refuses more, such as two endpoints of one name.
    """
    made = _draft_07(File.model_json_schema())
    assert isinstance(made, dict)
    return {"$schema": DRAFT, **made, "title": "probes.yaml", "description": "The configuration of uptally."}


def _draft_07(node: Any) -> Any:
    """Rewrite what draft 7 calls otherwise, and take out null, which `load` refuses as a key without a value."""
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "definition" in node:
        return {"$ref": f"#/definitions/{node['definition']}"}
    rewritten = {"definitions" if key == "$defs" else key: _draft_07(value) for key, value in node.items()}
    if "default" in rewritten and rewritten["default"] is None:
        del rewritten["default"]
    if isinstance(reference := rewritten.get("$ref"), str):
        rewritten["$ref"] = reference.replace("#/$defs/", "#/definitions/")
        # Draft 7 ignores whatever stands beside a reference, descriptions included.
        if len(rewritten) > 1:
            rewritten["allOf"] = [{"$ref": rewritten.pop("$ref")}]
    choices = [choice for choice in rewritten.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del rewritten["anyOf"]
        rewritten = {**(choices[0] if "$ref" not in choices[0] else {"allOf": choices}), **rewritten}
    elif choices:
        rewritten["anyOf"] = choices
    return rewritten
