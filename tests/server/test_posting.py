"""Figures that are posted, over real connections."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from uptally.errors import ImportRejected, LedgerBusy, Problem
from uptally.server import Gate, Health, Posting, Taken, create_app, serve
from uptally.server.gate import FAILURES_AT_ONCE
from uptally.server.posting import BODY_MAX

TOKEN = "0123456789abcdef0123456789abcdef"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Clerk:
    """Takes what is posted, and keeps it."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self.refusal: Exception | None = None

    def take(self, text: str) -> Taken:
        if self.refusal is not None:
            raise self.refusal
        self.held.append(text)
        return Taken(2, 1)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
async def url(clerk: Clerk, tmp_path: Path) -> AsyncIterator[str]:
    gate = Gate(lambda given: None, clock=lambda: 1_000.0)
    posting = Posting(gate, {TOKEN: "figures_token"}.get, clerk.take)
    app = create_app(site=tmp_path, metrics=lambda: b"", health=lambda: Health.OK, posting=posting)
    async with serve(app, "127.0.0.1", 0) as (host, port):
        yield f"http://{host}:{port}/figures"


async def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    async with aiohttp.ClientSession() as session, session.post(url, data=BytesIO(body), headers=headers) as response:
        found: dict[str, Any] = json.loads(await response.read())
        return response.status, found


async def test_what_is_posted_with_the_token_is_taken(url: str, clerk: Clerk) -> None:
    assert await post(url, "\ufeffname,period\né,2026".encode(), BEARER) == (200, {"recorded": 2, "known": 1})
    assert clerk.held == ["name,period\né,2026"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \u00fc"},
    ],
)
async def test_without_the_token_nothing_is_taken(url: str, clerk: Clerk, headers: dict[str, str]) -> None:
    status, found = await post(url, b"name", headers)
    assert (status, found["detail"]) == (401, "a bearer token is needed")
    assert clerk.held == []


async def test_a_token_in_the_address_is_refused_even_where_it_is_good(url: str, clerk: Clerk) -> None:
    status, found = await post(f"{url}?token={TOKEN}", b"name", BEARER)
    assert (status, TOKEN in str(found)) == (400, False)
    assert clerk.held == []


async def test_who_tries_one_token_after_another_has_to_wait_and_nobody_else(url: str) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    assert {(await post(url, b"name", wrong))[0] for _ in range(FAILURES_AT_ONCE)} == {401}
    assert (await post(url, b"name", wrong))[0] == 429
    assert (await post(url, b"name", BEARER))[0] == 200


async def test_all_that_is_wrong_is_said_with_its_place(url: str, clerk: Clerk) -> None:
    clerk.refusal = ImportRejected([Problem("", 2, 7, "count", "is no number"), Problem("", 3, 1, "", "too short")])
    status, found = await post(url, b"name", BEARER)
    assert (status, found["error"]) == (422, "none of it was recorded")
    assert found["problems"] == [
        {"line": 2, "column": 7, "key": "count", "message": "is no number"},
        {"line": 3, "column": 1, "key": "", "message": "too short"},
    ]


@pytest.mark.parametrize(("body", "status"), [(b"\xff\xfe", 422), (b" " * BODY_MAX, 200), (b" " * (BODY_MAX + 1), 413)])
async def test_text_of_a_mebibyte_is_taken_and_nothing_else(url: str, body: bytes, status: int) -> None:
    assert (await post(url, body, BEARER))[0] == status


async def test_a_ledger_that_cannot_take_it_is_told_without_what_is_inside(url: str, clerk: Clerk) -> None:
    clerk.refusal = LedgerBusy("/var/lib/uptally/uptally.db: disk full")
    status, found = await post(url, b"name", BEARER)
    assert (status, found) == (503, {"error": "the ledger cannot record it now: try again later"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_figures_are_posted_and_not_asked_for(url: str, method: str) -> None:
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=BEARER) as response:
        assert response.status in (404, 405)


async def test_where_nobody_may_post_there_is_no_such_door(tmp_path: Path) -> None:
    app = create_app(site=tmp_path, metrics=lambda: b"", health=lambda: Health.OK)
    async with (
        serve(app, "127.0.0.1", 0) as (host, port),
        aiohttp.ClientSession() as session,
        session.post(f"http://{host}:{port}/figures", headers=BEARER) as response,
    ):
        assert response.status == 405
