"""Servers that break, drip, flood and lie: what an attempt makes of each, and that it ends in time."""

import asyncio
import contextlib
import time

import pytest

from tests.probe.servers import (
    SHORT_MS,
    Handler,
    answering,
    closing,
    http,
    refused_port,
    repeating,
    reset,
    resetting,
    response,
    serving,
    silent,
)
from uptally.model.endpoint import HttpExpectation, JsonEquals
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.probe import Prober

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MIB = 1 << 20


async def ask(prober: Prober, handler: Handler, *, timeout_ms: int = 20_000, **options: object) -> Attempt:
    async with serving(handler) as port:
        return await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=timeout_ms, **options))  # type: ignore[arg-type]  # handed on


async def test_nothing_listens(prober: Prober) -> None:
    attempt = await prober.attempt(http(f"http://127.0.0.1:{refused_port()}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.CONNECT_REFUSED)
    assert attempt.address == ""
    assert attempt.evidence is not None
    assert attempt.evidence.address == "127.0.0.1"


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (resetting, Reason.RESET),
        (closing, Reason.CLOSED),
        (answering(OK + b"Content-"), Reason.TRUNCATED),
        (answering(OK + b"Content-Length: 10\r\n\r\nhello"), Reason.TRUNCATED),
        (answering(CHUNKED + b"5\r\nhello\r\n"), Reason.TRUNCATED),
        (answering(CHUNKED + b"zz\r\nhello\r\n"), Reason.MALFORMED),
        (answering(CHUNKED + b"5\r\nhelloXX0\r\n\r\n"), Reason.MALFORMED),
        (answering(CHUNKED + b"fffffffffffffffffffff\r\nhello"), Reason.MALFORMED),
        (answering(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), Reason.MALFORMED),
        (answering(OK + b"Content-Length: -5\r\n\r\nhello"), Reason.MALFORMED),
        (answering(OK + b"Content-Length: 99999999999999999999999999\r\n\r\nhello"), Reason.MALFORMED),
        (answering(OK + b"Content-Length: 1000000000000000000\r\n\r\nhello"), Reason.TRUNCATED),
        (answering(b"<html>It works!</html>\r\n"), Reason.MALFORMED),
        (answering(b"HTTP/1.1 20O OK\r\n\r\n"), Reason.MALFORMED),
        (answering(b"HTTP/1.1 OK\r\n\r\n"), Reason.MALFORMED),
        (answering(b"SSH-2.0-OpenSSH_9.2\r\n"), Reason.MALFORMED),
        (answering(b"\x16\x03\x01\x00\xff" * 20), Reason.MALFORMED),
        (answering(OK + b"X: a\x00b\r\n\r\n"), Reason.MALFORMED),
        (answering(OK + b"no colon here\r\n\r\n"), Reason.MALFORMED),
        (answering(b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n"), Reason.STATUS),
        (answering(b"HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n"), Reason.STATUS),
        (answering(b"HTTP/1.1 200 " + b"O" * MIB + b"\r\n\r\n"), Reason.TOO_LARGE),
        (answering(OK + b"X: " + b"a" * 20_000 + b"\r\n\r\n"), Reason.TOO_LARGE),
        (answering(OK + b"X: a\r\n" * 101 + b"\r\n"), Reason.TOO_LARGE),
        (answering(OK + b"X: a\r\n" * 10_000 + b"\r\n"), Reason.TOO_LARGE),
        (repeating(OK, b"X: a\r\n" * 10), Reason.TOO_LARGE),
        (repeating(OK, b"X: " + b"a" * 8_000 + b"\r\n"), Reason.TOO_LARGE),
        (repeating(OK + b"X: ", b"a" * 1_000), Reason.TOO_LARGE),
        (repeating(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), Reason.MALFORMED),
        (repeating(CHUNKED + b"0\r\n", b"X: a\r\n" * 1_000), Reason.TOO_LARGE),
        (repeating(CHUNKED, b"1;" + b"x" * 8_000 + b"\r\na\r\n"), Reason.TOO_LARGE),
    ],
)
async def test_what_is_no_whole_answer_is_down(prober: Prober, handler: Handler, reason: Reason) -> None:
    attempt = await ask(prober, handler)
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, reason)
    assert attempt.evidence is not None
    assert attempt.evidence.error


async def test_a_reset_within_the_body_is_told_from_an_early_end(prober: Prober) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 10\r\n\r\nhello")
        await writer.drain()
        await asyncio.sleep(0.1)
        reset(writer)

    attempt = await ask(prober, handle)
    assert (attempt.reason, attempt.status) == (Reason.RESET, 200)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (silent, Reason.RESPONSE_TIMEOUT),
        (answering(OK, linger=True), Reason.RESPONSE_TIMEOUT),
        (repeating(OK, b"X: a\r\n", pause_s=0.02), Reason.RESPONSE_TIMEOUT),
        (answering(OK + b"Content-Length: 10\r\n\r\n", linger=True), Reason.TRANSFER_TIMEOUT),
        (repeating(OK + b"Content-Length: 1000\r\n\r\n", b"x", pause_s=0.02), Reason.TRANSFER_TIMEOUT),
        (repeating(CHUNKED, b"1\r\nx\r\n", pause_s=0.02), Reason.TRANSFER_TIMEOUT),
    ],
)
async def test_the_deadline_is_over_everything(prober: Prober, handler: Handler, reason: Reason) -> None:
    began_s = time.monotonic()
    attempt = await ask(prober, handler, timeout_ms=SHORT_MS)
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, reason)
    assert attempt.duration_us >= (SHORT_MS - 2) * 1_000  # uvloop counts whole milliseconds
    assert time.monotonic() - began_s < 10


@pytest.mark.parametrize(
    "head", [OK + b"\r\n", CHUNKED.replace(b"chunked", b"identity"), OK + b"Content-Length: 9000000000\r\n\r\n"]
)
async def test_an_endless_body_stops_at_the_cap_and_the_status_decides(prober: Prober, head: bytes) -> None:
    attempt = await ask(prober, repeating(head, b"x" * 10_000))
    assert (attempt.outcome, attempt.reason) == (Outcome.UP, Reason.NONE)
    assert MIB <= attempt.body_bytes < MIB + (1 << 18)


async def test_what_was_read_of_an_endless_body_is_judged(prober: Prober) -> None:
    found = await ask(
        prober, repeating(OK + b"\r\nhealthy", b"x" * 10_000), expect=HttpExpectation(contains=("healthy",))
    )
    assert found.outcome is Outcome.UP
    missing = await ask(prober, repeating(OK + b"\r\n", b"x" * 10_000), expect=HttpExpectation(contains=("healthy",)))
    assert missing.reason is Reason.BODY_MISSING_TEXT
    json = await ask(
        prober, repeating(OK + b"\r\n[", b"1," * 5_000), expect=HttpExpectation(json=(JsonEquals("[0]", "1"),))
    )
    assert json.reason is Reason.TOO_LARGE


async def test_a_hundred_thousand_chunks_of_one_byte_are_one_body(prober: Prober) -> None:
    attempt = await ask(prober, repeating(CHUNKED, b"1\r\nx\r\n" * 1_000 + b"", times=100), timeout_ms=20_000)
    assert attempt.reason is Reason.TRUNCATED
    assert attempt.body_bytes == 100_000


async def test_the_most_chunks_that_a_body_can_have_fit(prober: Prober) -> None:
    attempt = await ask(prober, repeating(CHUNKED, b"1\r\nx\r\n" * 10_000))
    assert attempt.outcome is Outcome.UP
    assert attempt.body_bytes >= MIB


async def test_a_few_interim_responses_are_passed_over(prober: Prober) -> None:
    attempt = await ask(
        prober,
        answering(
            b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 7 + response(b"ok")
        ),
    )
    assert (attempt.outcome, attempt.status, attempt.body_bytes) == (Outcome.UP, 200, 2)


async def test_a_hundred_header_lines_fit(prober: Prober) -> None:
    attempt = await ask(prober, answering(OK + b"X: a\r\n" * 99 + b"Content-Length: 0\r\n\r\n"))
    assert attempt.outcome is Outcome.UP


async def test_a_second_answer_is_not_looked_at(prober: Prober) -> None:
    attempt = await ask(prober, answering(response(b"ok") + response(b"evil", status="500 Oops"), linger=True))
    assert (attempt.outcome, attempt.status, attempt.body_bytes) == (Outcome.UP, 200, 2)


async def test_an_answer_before_the_question_is_an_answer(prober: Prober) -> None:
    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(b"ok"))
        await reader.readuntil(b"\r\n\r\n")

    attempt = await ask(prober, hasty)
    assert (attempt.outcome, attempt.status, attempt.body_bytes) == (Outcome.UP, 200, 2)


async def test_an_old_server_that_ends_the_body_by_closing_is_up(prober: Prober) -> None:
    attempt = await ask(prober, answering(b"HTTP/1.0 200 OK\r\n\r\nhello"))
    assert (attempt.outcome, attempt.http_version, attempt.body_bytes) == (Outcome.UP, "1.0", 5)


async def test_hostile_text_in_the_evidence_is_short_and_printable(prober: Prober) -> None:
    body = b"\x1b[2J\r\nJan 1 root logged in\x00\xff<script>" + b"x" * 10_000
    attempt = await ask(prober, answering(response(body, status="500 \x1b[31mred")))
    assert attempt.evidence is not None
    shown = attempt.evidence.body_head
    assert len(shown) <= 512
    assert shown.isprintable()
    assert shown.startswith("\\x1b[2J\\r\\nJan 1 root logged in\\x00")


async def test_secrets_that_the_target_echoes_are_masked(prober: Prober) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(response(head, status="401 Unauthorized"))

    attempt = await ask(prober, echo, headers={"X-Key": "k3y-of-ours"})
    assert attempt.evidence is not None
    assert "k3y-of-ours" not in attempt.evidence.body_head
    assert "X-Key: ***" in attempt.evidence.body_head


async def test_connections_that_failed_are_all_closed(prober: Prober) -> None:
    gone = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        gone.set()

    async with serving(handle) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=SHORT_MS))
        assert attempt.reason is Reason.RESPONSE_TIMEOUT
        await asyncio.wait_for(gone.wait(), 10)
