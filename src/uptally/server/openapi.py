"""What the server answers, as an OpenAPI document: one table, by whose paths `app` serves and a test compares."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from uptally.server.exports import DIALECT, LIST_PATH, MANIFEST_PATH
from uptally.server.exports import PATH as EXPORT_PATH
from uptally.server.posting import PATH as FIGURES_PATH
from uptally.server.problem import CONTENT_TYPE as PROBLEM

PATH = "/api/openapi.json"
HEALTH_PATH, METRICS_PATH = "/healthz", "/metrics"

PAGE_FILES: Mapping[str, str] = {
    "/api/uptally.json": "How all services stand; its schema is at /api/uptally.schema.json.",
    "/api/services/{slug}.json": "The same of one endpoint, with all months, windows and outages.",
    "/api/v2/summary.json": "The same in the shape of the Statuspage API.",
}
"""What the page writes for programs; it is there once the page was written."""

EXAMPLE = "name,period,count\nfiles processed,2026-10,1200\n"
"""Figures as they may be posted."""

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SECURED = [{"token": list[str]()}]


def document(
    version: str, formats: Collection[str], dialects: Collection[str] = (), *, has_exports: bool, has_figures: bool
) -> bytes:
    """Return the document of a server with these formats of exports, with what it serves and nothing else."""
    paths: dict[str, Any] = {
        HEALTH_PATH: _get("health", "How the daemon is.", _health()),
        METRICS_PATH: _get("metrics", "Figures for Prometheus.", {"200": _content("Metrics.", "text/plain", _TEXT)}),
        PATH: _get("openapi", "This document.", {"200": _json("The document.", {"type": "object"})}),
        **{path: _get(path, about, _file()) for path, about in PAGE_FILES.items()},
    }
    paths["/api/services/{slug}.json"]["parameters"] = [_in_path("slug", {**_TEXT, "pattern": "^[a-z0-9-]+$"}, "It.")]
    if has_exports:
        paths |= _exports(formats, dialects)
    if has_figures:
        paths[FIGURES_PATH] = {"post": _figures()}
    told = {
        "openapi": "3.1.0",
        "info": {"title": "uptally", "version": version, "description": "Page, health, metrics, figures and exports."},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "Made by `uptally token new`."}
            }
        },
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def _exports(formats: Collection[str], dialects: Collection[str]) -> dict[str, Any]:
    refusals = {
        "304": {"description": "It is what If-None-Match names."},
        **_problems(
            {
                "400": "A token in the query, or a parameter that is none.",
                "401": "No token that is good for exports: missing, wrong, expired or revoked.",
                "429": "Asked too often: Retry-After says when to ask again.",
                "503": "It cannot be made now: Retry-After says when to ask again.",
            }
        ),
    }
    months = {
        "type": "object",
        "required": ["schema_version", "timezone", "months"],
        "properties": {
            "schema_version": {"const": 1},
            "timezone": _TEXT,
            "months": {"type": "array", "items": _month(formats)},
        },
    }
    pattern = "^[0-9]{4}-(0[1-9]|1[0-2])(@[1-9][0-9]{0,3})?$"
    about = "`2026-10`, or one of its revisions as `2026-10@2`."
    month = _in_path("month", {**_TEXT, "pattern": pattern}, about)
    written_as = _in_path("format", {"enum": [*formats]}, "What it is written as.")
    dialect = {"name": DIALECT, "in": "query", "description": "Of CSV alone.", "schema": {"enum": [*dialects]}}
    export = {"description": "The export.", "content": {"*/*": {}}, "headers": _headers()}
    missing = _content(
        "There is no such month, revision or format, or the format has no dialects.", PROBLEM, _problem()
    )
    impossible = _content("This installation cannot make it: a package is missing, say.", PROBLEM, _problem())
    one = {"404": missing, "501": impossible, **refusals}
    signed = {**_json("Its manifest, by which `uptally verify` checks it.", {"type": "object"}), "headers": _headers()}
    listed = _json("All months, the newest first.", months)
    return {
        LIST_PATH: _secured("exports", "What there is to be pulled.", {"200": listed, **refusals}),
        EXPORT_PATH: {
            "parameters": [month, written_as, dialect],
            **_secured("export", "A month's export.", {"200": export, **one}),
        },
        MANIFEST_PATH: {
            "parameters": [month, written_as, dialect],
            **_secured("manifest", "What an export is, down to its last byte, signed.", {"200": signed, **one}),
        },
    }


def _month(formats: Collection[str]) -> dict[str, Any]:
    file = {"href": _TEXT, "bytes": {"type": ["integer", "null"]}, "sha256": {"type": ["string", "null"]}}
    file["manifest"] = _TEXT
    of_formats = {"type": "object", "properties": {each: {"type": "object", "properties": file} for each in formats}}
    digest, made_at = {"type": ["string", "null"]}, {"type": ["string", "null"], "format": "date-time"}
    revision = {"revision": _COUNT, "digest": digest, "made_at": made_at, "formats": of_formats}
    return {
        "type": "object",
        "required": ["month", "state", "revision", "digest", "made_at", "formats"],
        "properties": {
            "month": _TEXT,
            "state": {"enum": ["provisional", "open", "closed"]},
            **revision,
            "revisions": {"type": "array", "items": {"type": "object", "properties": revision}},
        },
    }


def _headers() -> dict[str, Any]:
    said = {
        "ETag": "What tells it from any other; it is known without making the export.",
        "Repr-Digest": "SHA-256 of the file (RFC 9530).",
        "Uptally-State": "`provisional`, `open` or `closed`.",
        "Uptally-Revision": "The revision; 0 while the month is provisional.",
    }
    return {name: {"description": about, "schema": _TEXT} for name, about in said.items()}


def _figures() -> dict[str, Any]:
    at_the_gate = {
        "400": "A token in the query.",
        "401": "No token that is good for figures: missing, wrong, expired or revoked.",
        "429": "Too many such tokens: Retry-After says when to ask again.",
    }
    refusals = {"413": "Too long.", "422": "None was recorded.", "503": "Not now."}
    taken = {"type": "object", "required": ["recorded", "known"], "properties": {"recorded": _COUNT, "known": _COUNT}}
    return {
        "operationId": "figures",
        "summary": "Put business figures on record.",
        "security": _SECURED,
        "requestBody": {"required": True, "content": {"text/csv": {"schema": _TEXT, "example": EXAMPLE}}},
        "responses": {
            "200": _json("How many were recorded, and how many were known.", taken),
            **_problems(at_the_gate),
            **{status: _json(about, {"type": "object"}) for status, about in refusals.items()},
        },
    }


def _health() -> dict[str, Any]:
    state = {"status": {"enum": ["ok", "warning", "failing"]}, "reason": _TEXT}
    said = {"type": "object", "required": ["status"], "properties": state}
    return {"200": _json("It does its work.", said), "503": _json("It does not, or not yet.", said)}


def _file() -> dict[str, Any]:
    return {
        "200": _json("The file.", {"type": "object"}),
        "304": {"description": "It is what If-None-Match names."},
        "404": {"description": "It was not written yet, or there is none of that name."},
    }


def _problems(refusals: Mapping[str, str]) -> dict[str, Any]:
    return {status: _content(about, PROBLEM, _problem()) for status, about in refusals.items()}


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    }


def _get(name: str, about: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    return {"get": {"operationId": name, "summary": about, "responses": dict(responses)}}


def _secured(name: str, about: str, responses: Mapping[str, Any]) -> dict[str, Any]:
    operation = {"summary": about, "security": _SECURED, "responses": dict(responses)}
    return {"get": {"operationId": name, **operation}, "head": {"operationId": f"{name}-head", **operation}}


def _in_path(name: str, schema: Mapping[str, Any], about: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": dict(schema), "description": about}


def _json(about: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return _content(about, "application/json", schema)


def _content(about: str, media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": about, "content": {media_type: {"schema": dict(schema)}}}
