"""How often who may come in, over real connections and by a clock that stands."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from uptally.server import ExportFailed, Found, Gate, Health, Pulling, create_app, serve
from uptally.server.gate import FAILURES_AT_ONCE, PULLS_AT_ONCE


class Listed:
    """Exports of which there is a list alone."""

    formats = ("csv",)
    dialects = ()

    async def list(self) -> bytes:
        return b"{}"

    async def find(self, month: str, written_as: str) -> Found:
        raise ExportFailed("none")


class Door:
    """A server of a list for `ann` and `bob`, by tokens that are their names."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.url = ""

    async def asked(self, name: str, **headers: str) -> tuple[int, str]:
        """Ask for the list, and return the status and what Retry-After says."""
        given = {"Authorization": f"Bearer {name}"} | {key.replace("_", "-"): value for key, value in headers.items()}
        async with aiohttp.ClientSession() as session, session.get(self.url, headers=given) as response:
            body = await response.read()
            if response.status >= 400:
                assert response.headers["Content-Type"] == "application/problem+json"
                assert json.loads(body)["status"] == response.status
            return response.status, response.headers.get("Retry-After", "")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    door = Door()
    known = {"ann": "ann", "bob": "bob"}
    gate = Gate(known.get, is_behind_proxy=True, clock=lambda: door.now_s)
    app = create_app(site=tmp_path, metrics=bytes, health=lambda: Health.OK, pulling=Pulling(gate, Listed()))
    async with serve(app, "127.0.0.1", 0) as (host, port):
        door.url = f"http://{host}:{port}/exports/"
        yield door


async def test_token_that_is_used_too_often_waits_and_no_other(door: Door) -> None:
    assert {await door.asked("ann") for _ in range(PULLS_AT_ONCE)} == {(200, "")}
    assert await door.asked("ann") == (429, "1")
    assert await door.asked("bob") == (200, "")
    door.now_s += 1
    assert [await door.asked("ann") for _ in range(2)] == [(200, ""), (429, "1")]


async def test_what_is_known_already_is_told_however_often(door: Door) -> None:
    for _ in range(PULLS_AT_ONCE):
        await door.asked("ann")
    assert {await door.asked("ann", If_None_Match="*") for _ in range(3)} == {(304, "")}
    assert await door.asked("ann") == (429, "1")


async def test_address_behind_the_proxy_is_the_one_that_the_proxy_adds(door: Door) -> None:
    for _ in range(FAILURES_AT_ONCE):
        assert await door.asked("eve", X_Forwarded_For="192.0.2.9, 192.0.2.1") == (401, "")
    assert await door.asked("eve", X_Forwarded_For="192.0.2.8, 192.0.2.1") == (429, "6")
    assert await door.asked("eve", X_Forwarded_For="192.0.2.1, 192.0.2.2") == (401, "")
    assert await door.asked("ann", X_Forwarded_For="192.0.2.1") == (200, "")
