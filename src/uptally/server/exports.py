"""Exports that are pulled: `GET /exports/` and `GET /exports/2026-10.csv`, by who has a token."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

from aiohttp import web

from uptally.errors import QuantityError, UptallyError
from uptally.server.files import is_known, send_stream
from uptally.server.gate import Gate, Known
from uptally.server.problem import problem

LIST_PATH = "/exports/"
PATH = "/exports/{month}.{format}"
MANIFEST_PATH = f"{PATH}.manifest.json"
OTHER_PATHS = r"/exports{path:(/[\s\S]*)?}"
DIALECT = "dialect"

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""Customers and amounts are in it: kept by who asked alone, and asked for again each time."""

_TRY_AGAIN = {"Retry-After": "30"}

_log = logging.getLogger(__name__)


class ExportFailed(UptallyError):
    """An export that cannot be made now; the message is for who asks, without anything of the inside."""


class ExportImpossible(UptallyError):
    """An export that cannot be made as things are, however often it is asked for; the message says what would help."""


class Made(NamedTuple):
    """An export, or its manifest, as a file that is open at its beginning and that whoever gets it closes: by what name
    to keep it, what state its month is in, by which revision, and the digest of its bytes, SHA-256 in hex."""

    content: BinaryIO
    name: str
    state: str
    revision: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """An export that there is, by what tells it and its manifest from any other; `make` makes it, or gives what was
    made, and `make_manifest` its manifest. Both may raise ExportFailed and ExportImpossible."""

    etag: str
    media_type: str
    make: Callable[[], Awaitable[Made]]
    make_manifest: Callable[[], Awaitable[Made]]


class Exports(Protocol):
    """Where exports come from."""

    @property
    def formats(self) -> Collection[str]:
        """The formats by name."""
        ...

    @property
    def dialects(self) -> Collection[str]:
        """The dialects of CSV by name."""
        ...

    async def list(self) -> bytes:
        """Return a JSON document of what there is. Raises ExportFailed."""
        ...

    async def find(self, month: str, written_as: str) -> Found:
        """Return an export, such as of `2026-10` or `2026-10@2`, as `xlsx` or `csv:excel-de`.

        Raises QuantityError where there is none of the month, and ExportFailed where that cannot be told.
        """
        ...


class Pulling(NamedTuple):
    """Who may pull, and what there is to be pulled."""

    gate: Gate
    exports: Exports


async def answer_list(pulling: Pulling, request: web.Request) -> web.StreamResponse:
    """Answer with what there is: 200, or 304 for who has it already."""
    known = await _entered(pulling, request)
    if isinstance(known, web.Response):
        return known
    try:
        body = await pulling.exports.list()
    except ExportFailed as error:
        return problem(503, str(error), _TRY_AGAIN)
    tag = hashlib.sha256(body).hexdigest()[:32]
    if is_known(request, tag):
        return _not_modified(tag)
    response = web.Response(body=body, content_type="application/json", headers=_PRIVATE)
    response.etag = tag
    return pulling.gate.refuse_often(known) or response


async def answer(pulling: Pulling, request: web.Request) -> web.StreamResponse:
    """Answer with an export: 200, 304 for who has it already, 404 for one that there is none of, 429 for who asks too
    often, 501 where this installation cannot make it, 503 where it cannot be made now."""
    return await _answer(pulling, request, is_manifest=False)


async def answer_manifest(pulling: Pulling, request: web.Request) -> web.StreamResponse:
    """Answer with the manifest of an export, as with the export: both have the same tag."""
    return await _answer(pulling, request, is_manifest=True)


async def answer_nothing(pulling: Pulling, request: web.Request) -> web.StreamResponse:
    """Answer for any other address beneath, with where the list is; without its slash that leads there."""
    known = await _entered(pulling, request)
    if isinstance(known, web.Response):
        return known
    if f"{request.path}/" == LIST_PATH:
        return web.Response(status=308, headers={"Location": LIST_PATH})
    return problem(404, f"there is no such export: {LIST_PATH} lists what there is, by names as {LIST_PATH}2026-10.csv")


async def _answer(pulling: Pulling, request: web.Request, *, is_manifest: bool) -> web.StreamResponse:
    known = await _entered(pulling, request, DIALECT)
    if isinstance(known, web.Response):
        return known
    month, suffix = request.match_info["month"], request.match_info["format"]
    if suffix not in pulling.exports.formats:
        there_are = ", ".join(pulling.exports.formats)
        return problem(404, f"there is no such format: there are {there_are}")
    dialects = request.query.getall(DIALECT, [])
    if dialects and suffix != "csv":
        return problem(404, f"{suffix} has no dialects: csv has")
    if dialects and (len(dialects) > 1 or dialects[0] not in pulling.exports.dialects):
        there_are = ", ".join(pulling.exports.dialects)
        return problem(400, f"there is no such dialect: of csv there are {there_are}")
    written_as = ":".join((suffix, *dialects))
    try:
        found = await pulling.exports.find(month, written_as)
        if is_known(request, found.etag):
            return _not_modified(found.etag)
        if refused := pulling.gate.refuse_often(known):
            return refused
        made = await (found.make_manifest() if is_manifest else found.make())
    except QuantityError as error:
        return problem(404, str(error))
    except ExportImpossible as error:
        return problem(501, str(error))
    except ExportFailed as error:
        return problem(503, str(error), _TRY_AGAIN)
    _log.info("%s pulled %s, which is %s", known.name, made.name, made.state)
    media_type = "application/json" if is_manifest else found.media_type
    return await send_stream(request, made.content, _headers(made, media_type), tag=found.etag)


async def _entered(pulling: Pulling, request: web.Request, *keys: str) -> Known | web.Response:
    known = await pulling.gate.enter(request)
    if isinstance(known, Known) and any(key not in keys for key in request.query):
        return problem(400, "there is no such parameter")
    return known


def _headers(made: Made, media_type: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(made.sha256)).decode()
    return {
        **_PRIVATE,
        "Content-Type": media_type,
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Uptally-State": made.state,
        "Uptally-Revision": str(made.revision),
    }


def _not_modified(tag: str) -> web.Response:
    response = web.Response(status=304, headers=_PRIVATE)
    response.etag = tag
    return response
