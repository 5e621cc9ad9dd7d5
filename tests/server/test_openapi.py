"""The OpenAPI document says what is served, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import aiohttp
from aiohttp import web

from uptally.server import Gate, Health, Posting, Pulling, Taken, create_app, serve
from uptally.server.exports import ExportFailed, Found
from uptally.server.openapi import PAGE_FILES, PATH, document


class NoExports:
    formats = ("csv", "json")
    dialects = ("excel-de",)

    async def list(self) -> bytes:
        raise ExportFailed("none")

    async def find(self, month: str, written_as: str) -> Found:
        raise ExportFailed("none")


def app_of(site: Path, *, is_whole: bool) -> web.Application:
    gate = Gate(lambda secret: None, clock=float)
    pulling = Pulling(gate, NoExports()) if is_whole else None
    posting = Posting(gate, lambda secret: None, lambda text: Taken(0, 0)) if is_whole else None
    return create_app(site=site, metrics=bytes, health=lambda: Health.OK, posting=posting, pulling=pulling, version="1")


def served(app: web.Application) -> set[tuple[str, str]]:
    """Every path with the methods that it is served by, but for the page's files and what is refused."""
    routes = ((route.method.lower(), route.resource) for route in app.router.routes() if route.method != "*")
    return {
        (method, resource.canonical) for method, resource in routes if resource and "{path}" not in resource.canonical
    }


async def test_every_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    for is_whole in (False, True):
        app = app_of(tmp_path, is_whole=is_whole)
        async with (
            serve(app, "127.0.0.1", 0) as (host, port),
            aiohttp.ClientSession() as session,
            session.get(f"http://{host}:{port}{PATH}") as response,
        ):
            told = json.loads(await response.read())
        described = {
            (method, path)
            for path, operations in told["paths"].items()
            for method in operations.keys() & {"get", "head", "post"}
        }
        assert {path for _, path in served(app)} == {path for _, path in described} - PAGE_FILES.keys()
        assert described - served(app) == {("get", path) for path in PAGE_FILES}


def test_every_parameter_of_a_path_is_described() -> None:
    told = json.loads(document("1", ["csv"], has_exports=True, has_figures=True))
    for path, operations in told["paths"].items():
        assert re.findall(r"{(\w+)}", path) == [
            each["name"] for each in operations.get("parameters", []) if each["in"] == "path"
        ]
