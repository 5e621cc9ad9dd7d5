"""Refusals as problem documents (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return a refusal with its reason; the same reason gives the same bytes."""
    title = HTTPStatus(status).phrase
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}) + "\n"
    said = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store", **(headers or {})}
    return web.Response(status=status, body=body.encode(), headers=said)
