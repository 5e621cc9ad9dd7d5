"""What is answered: the page's files, `/healthz` and `/metrics`, by GET and HEAD only; and posts of figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from uptally.server.exports import (
    LIST_PATH,
    MANIFEST_PATH,
    OTHER_PATHS,
    Pulling,
    answer_list,
    answer_manifest,
    answer_nothing,
)
from uptally.server.exports import PATH as EXPORT_PATH
from uptally.server.exports import answer as answer_export
from uptally.server.files import respond
from uptally.server.metrics import CONTENT_TYPE as METRICS_CONTENT_TYPE
from uptally.server.openapi import HEALTH_PATH, METRICS_PATH, document
from uptally.server.openapi import PATH as OPENAPI_PATH
from uptally.server.posting import PATH as POSTING_PATH
from uptally.server.posting import Posting
from uptally.server.posting import answer as answer_posting

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # In place of the names and versions of what runs here.
    "Server": "uptally",
}


class Health(Enum):
    """What `/healthz` says: a closed list, so that nothing of the inside gets out."""

    OK = "ok"
    STARTING = "starting"
    LEDGER_FAILING = "ledger-failing"
    PAGE_FAILING = "page-failing"
    COPY_FAILING = "copy-failing"
    REPORT_OVERDUE = "report-overdue"
    CLOSING_FAILING = "closing-failing"
    ACTS_BROKEN = "acts-broken"
    STOPPING = "stopping"

    @property
    def is_failing(self) -> bool:
        """Whether it does not do its work, or not yet. Acts that were changed, others that take no copy of the page or
        no report, and a month that cannot be closed are there after a restart too: who restarts what fails would do so
        for ever."""
        return self in (Health.STARTING, Health.STOPPING, Health.LEDGER_FAILING, Health.PAGE_FAILING)

    @property
    def status(self) -> str:
        """How it stands, in a word."""
        return "failing" if self.is_failing else "ok" if self is Health.OK else "warning"


def create_app(
    *,
    site: Path,
    metrics: Callable[[], bytes],
    health: Callable[[], Health],
    posting: Posting | None = None,
    pulling: Pulling | None = None,
    version: str = "",
    hosts: Callable[[], Mapping[str, Path]] = dict,
) -> web.Application:
    """Return the application that serves the files under `site`, a folder that need not exist yet.

    `hosts` are other folders by the names of the hosts that they are asked for under, in small letters. `metrics` is
    called in a thread, for it may take its time; `health` in the event loop, whose turning is part of the answer.
    Figures are taken where there is a `posting`, and exports given where there is a `pulling`.
    """

    async def answer_health(request: web.Request) -> web.Response:
        state = health()
        body = {"status": state.status} if state is Health.OK else {"status": state.status, "reason": state.value}
        code = 503 if state.is_failing else 200
        return web.json_response(body, status=code, headers={"Cache-Control": "no-store"})

    async def answer_metrics(request: web.Request) -> web.Response:
        headers = {"Content-Type": METRICS_CONTENT_TYPE, "Cache-Control": "no-store"}
        return web.Response(body=await asyncio.to_thread(metrics), headers=headers)

    described = document(
        version,
        pulling.exports.formats if pulling else (),
        pulling.exports.dialects if pulling else (),
        has_exports=pulling is not None,
        has_figures=posting is not None,
    )

    async def answer_openapi(request: web.Request) -> web.Response:
        return web.Response(body=described, content_type="application/json", headers={"Cache-Control": "no-cache"})

    async def answer_file(request: web.Request) -> web.StreamResponse:
        return await respond(hosts().get(_host(request), site), request)

    app = web.Application()
    app.router.add_get(HEALTH_PATH, answer_health)
    app.router.add_get(METRICS_PATH, answer_metrics)
    app.router.add_get(OPENAPI_PATH, answer_openapi)
    if pulling is not None:
        app.router.add_get(LIST_PATH, partial(answer_list, pulling))
        # Before exports, by whose pattern it would be one called `2026-10.csv.manifest`.
        app.router.add_get(MANIFEST_PATH, partial(answer_manifest, pulling))
        app.router.add_get(EXPORT_PATH, partial(answer_export, pulling))
        app.router.add_get(OTHER_PATHS, partial(answer_nothing, pulling))
    if posting is not None:
        app.router.add_post(POSTING_PATH, partial(answer_posting, posting))
        app.router.add_route("*", POSTING_PATH, _refuse_method)
    app.router.add_get(r"/{path:[\s\S]*}", answer_file)
    app.on_response_prepare.append(_add_headers)
    return app


async def _refuse_method(request: web.Request) -> web.StreamResponse:
    # By any other method it would be a file of the page that there is none of.
    raise web.HTTPMethodNotAllowed(request.method, ["POST"])


def _host(request: web.Request) -> str:
    """Return the name that a request has for this host, without a port: in small letters, as names are compared."""
    try:
        name = urlsplit(f"//{request.host}").hostname or ""
    except ValueError:
        return ""
    return name.removesuffix(".")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
