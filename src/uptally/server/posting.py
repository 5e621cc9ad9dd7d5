"""Business figures that are posted: `POST /figures`, by whoever has the token."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from uptally.errors import ImportRejected, LedgerError
from uptally.model.secret import Secret
from uptally.server.gate import Admit, given_token

PATH = "/figures"
BODY_MAX = 1 << 20
"""Bytes of one post."""


class Taken(NamedTuple):
    """What came of a post: how many figures were recorded, and how many stood there already."""

    recorded: int
    known: int


class Posting(NamedTuple):
    """Who may post, and what takes it: called in a thread with the body's text; it may raise ImportRejected with all
    that is wrong with it, and LedgerError. Who has the one `token`, or one that `admit` knows, may."""

    token: Secret | None
    take: Callable[[str], Taken]
    admit: Admit | None = None


async def answer(posting: Posting, request: web.Request) -> web.Response:
    """Answer a post: 200 with counts once it is on record, 401 for a missing or wrong token alike, 413 for a body that
    is too long, 422 with all that is wrong with it, 503 where the ledger cannot take it."""
    try:
        is_admitted = await _is_admitted(posting, given_token(request))
    except LedgerError:
        return _said({"error": "the ledger cannot record it now: try again later"}, 503)
    if not is_admitted:
        return _said({"error": "a bearer token is needed"}, 401, {"WWW-Authenticate": "Bearer"})
    body = b""
    while chunk := await request.content.readany():
        body += chunk
        if len(body) > BODY_MAX:
            return _said({"error": f"at most {BODY_MAX} bytes are taken at once"}, 413, {"Connection": "close"})
    try:
        taken = await asyncio.to_thread(posting.take, body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _said({"error": "the body is no UTF-8"}, 422)
    except ImportRejected as error:
        problems = [
            {"line": each.line, "column": each.column, "key": each.path, "message": each.message}
            for each in error.problems
        ]
        return _said({"error": "none of it was recorded", "problems": problems}, 422)
    except LedgerError:
        return _said({"error": "the ledger cannot record it now: try again later"}, 503)
    return _said({"recorded": taken.recorded, "known": taken.known}, 200)


async def _is_admitted(posting: Posting, given: str) -> bool:
    if posting.token is not None and hmac.compare_digest(
        given.encode("utf-8", "surrogateescape"), posting.token.reveal().encode()
    ):
        return True
    return posting.admit is not None and await asyncio.to_thread(posting.admit, given) is not None


def _said(document: dict[str, object], status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(document, status=status, headers={"Cache-Control": "no-store", **(headers or {})})
