"""Business figures that are posted: `POST /figures`, by whoever has the token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from uptally.errors import ImportRejected, LedgerError
from uptally.server.gate import Admit, Gate

PATH = "/figures"
BODY_MAX = 1 << 20
"""Bytes of one post."""


class Taken(NamedTuple):
    """What came of a post: how many figures were recorded, and how many stood there already."""

    recorded: int
    known: int


class Posting(NamedTuple):
    """Who may post, and what takes it: called in a thread with the body's text; it may raise ImportRejected with all
    that is wrong with it, and LedgerError. Who has a token that `admit` knows comes in by the gate."""

    gate: Gate
    admit: Admit
    take: Callable[[str], Taken]


async def answer(posting: Posting, request: web.Request) -> web.Response:
    """Answer a post: 200 with counts once it is on record, as the gate does where nobody is let in, 413 for a body that
    is too long, 422 with all that is wrong with it, 503 where the ledger cannot take it."""
    known = await posting.gate.enter(request, posting.admit)
    if isinstance(known, web.Response):
        return known
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


def _said(document: dict[str, object], status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(document, status=status, headers={"Cache-Control": "no-store", **(headers or {})})
