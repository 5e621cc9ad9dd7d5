"""The page's files, found on the disk and sent as what they are."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

_CONTENT_TYPES = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".ics": "text/calendar; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".pub": "text/plain; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml; charset=utf-8",
}
"""What is served; a file of another kind does not exist here, whoever put it there."""

_HASHED = re.compile(r".*[.-][0-9a-f]{8,64}\.[a-z0-9]+", re.ASCII)
"""A name that holds a digest of the content: in `_ASSETS` such a file never changes. Elsewhere the name is a service's
that happens to end so, with a date for example.
"""

_ASSETS = "assets"

_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

_CHUNK_BYTES = 64 * 1024
"""How much of a file is in memory for each client that reads it."""


async def respond(site: Path, request: web.Request) -> web.StreamResponse:
    """Return the file that a request names, or the page's own 404.

    Looking at the disk is left to threads, since a disk that stalls must not hold up the probes.
    """
    file = await asyncio.to_thread(_find, site, request.path)
    if file is None:
        return await _not_found(site)
    if file.is_dir():
        # Without the slash the page's relative links would miss. The raw path is still escaped as a header needs it.
        return web.Response(status=308, headers={"Location": f"{request.rel_url.raw_path}/"})
    return await _send(request, file)


async def _send(request: web.Request, file: Path) -> web.StreamResponse:
    headers = {
        "Content-Type": _CONTENT_TYPES[file.suffix],
        "Cache-Control": _FOREVER if file.parent.name == _ASSETS and _HASHED.fullmatch(file.name) else _ASK_AGAIN,
    }
    if file.suffix == ".json":
        # The page's data is as public as the page, and made to be read by others' pages.
        headers["Access-Control-Allow-Origin"] = "*"
    return await send_file(request, file, headers)


async def send_file(request: web.Request, file: Path, headers: Mapping[str, str]) -> web.StreamResponse:
    """Send a file, told from others by its time and size: one that is replaced meanwhile is sent as it was. Raises
    OSError where there is none."""
    stream = await asyncio.to_thread(file.open, "rb")
    status = os.fstat(stream.fileno())
    return await send_stream(request, stream, headers, tag=f"{status.st_mtime_ns:x}-{status.st_size:x}")


async def send_stream(
    request: web.Request, stream: BinaryIO, headers: Mapping[str, str], *, tag: str
) -> web.StreamResponse:
    """Send an open file, and close it, chunk by chunk: a slow reader costs no more than one chunk and can be cut off
    between two."""
    with stream:
        has_it = is_known(request, tag)
        response = web.StreamResponse(status=304 if has_it else 200, headers=headers)
        response.etag = tag
        if not has_it:
            response.content_length = os.fstat(stream.fileno()).st_size
        await response.prepare(request)
        if not has_it and request.method != "HEAD":
            while chunk := await asyncio.to_thread(stream.read, _CHUNK_BYTES):
                await response.write(chunk)
        return response


def is_known(request: web.Request, tag: str) -> bool:
    """Tell whether who asks has what a tag stands for already."""
    return any(known.value in (tag, "*") for known in request.if_none_match or ())


def _find(site: Path, path: str) -> Path | None:
    """Return the file of a decoded path, a folder that has an index where the path lacks its slash, or None.

    Names are taken as they are: empty ones, those that start with a dot (the folder above, half-written files) and
    those with a backslash or anything unprintable name nothing. Links are followed, but never out of the site.
    """
    *folders, name = path.removeprefix("/").split("/")
    names = [*folders, name or "index.html"]
    if not all(each and each[0] != "." and "\\" not in each and each.isprintable() for each in names):
        return None
    try:
        root = site.resolve(strict=True)
        file = root.joinpath(*names).resolve(strict=True)
    except (OSError, RuntimeError):
        # Missing, too long, a folder that is a file, or links in a circle.
        return None
    if not file.is_relative_to(root):
        return None
    if file.is_dir():
        return file if (file / "index.html").is_file() else None
    return file if file.is_file() and file.suffix in _CONTENT_TYPES else None


async def _not_found(site: Path) -> web.Response:
    page = await asyncio.to_thread(_find, site, "/404.html")
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": _ASK_AGAIN}
    body = b"not found\n"
    if page is not None:
        headers["Content-Type"] = _CONTENT_TYPES[".html"]
        body = await asyncio.to_thread(page.read_bytes)
    return web.Response(status=404, body=body, headers=headers)
