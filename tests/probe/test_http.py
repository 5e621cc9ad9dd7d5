"""What an HTTP attempt sends, what it measures, and what it expects."""

import asyncio
import gzip
from datetime import UTC, datetime

import pytest

from tests.probe.servers import Recorder, answering, http, response, serving
from uptally import __version__
from uptally.model.endpoint import BasicAuth, BearerAuth, Family, HttpExpectation, JsonEquals
from uptally.model.observation import Outcome, Reason
from uptally.model.secret import Secret
from uptally.probe import Prober


async def outcome(prober: Prober, answer: bytes, expect: HttpExpectation) -> tuple[Outcome, Reason]:
    async with serving(answering(answer)) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", expect=expect))
    return attempt.outcome, attempt.reason


UP = (Outcome.UP, Reason.NONE)


async def test_a_good_answer_is_up_with_its_facts(prober: Prober) -> None:
    before_ms = int(datetime.now(UTC).timestamp() * 1_000)
    async with serving(answering(response(b"hello"))) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == UP
    assert (attempt.status, attempt.http_version, attempt.body_bytes, attempt.address) == (200, "1.1", 5, "127.0.0.1")
    assert before_ms <= attempt.at_ms <= before_ms + 5_000
    assert attempt.evidence is None


async def test_phases_tile_the_duration(prober: Prober) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(response(b"hello")[:-1])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(b"o")

    async with serving(handle) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    resolve_us, connect_us, tls_us, first_byte_us, transfer_us = attempt.phases
    assert resolve_us is not None
    assert connect_us is not None
    assert tls_us is None
    assert first_byte_us is not None
    assert first_byte_us >= 40_000
    assert transfer_us is not None
    assert transfer_us >= 90_000
    assert abs(resolve_us + connect_us + first_byte_us + transfer_us - attempt.duration_us) <= 5


async def test_a_request_says_who_asks_and_keeps_nothing(prober: Prober) -> None:
    server = Recorder(default=response(b"ok", headers=("Set-Cookie: session=1; Path=/",)))
    async with serving(server) as port:
        for _ in range(2):
            await prober.attempt(http(f"http://127.0.0.1:{port}/path?query=%20x"))
    assert server.line() == "GET /path?query=%20x HTTP/1.1"
    assert server.headers() == {
        "host": f"127.0.0.1:{port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": f"uptally/{__version__}",
        "connection": "close",
    }


async def test_each_attempt_has_a_connection_of_its_own(prober: Prober) -> None:
    peers = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.add(writer.get_extra_info("peername"))
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(response(headers=("Connection: keep-alive",)))

    async with serving(handle) as port:
        for _ in range(3):
            assert (await prober.attempt(http(f"http://127.0.0.1:{port}/"))).outcome is Outcome.UP
    assert len(peers) == 3


async def test_a_request_that_broke_is_not_silently_repeated(prober: Prober) -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")

    async with serving(handle) as port:
        assert (await prober.attempt(http(f"http://127.0.0.1:{port}/"))).reason is Reason.CLOSED
    assert connections == 1


async def test_method_headers_and_body_are_sent(prober: Prober) -> None:
    server = Recorder()
    headers = {"Content-Type": "application/json", "X-Key": "k1", "User-Agent": "other"}
    async with serving(server) as port:
        await prober.attempt(http(f"http://127.0.0.1:{port}/", method="POST", headers=headers, body='{"ü": 1}'))
    assert server.line() == "POST / HTTP/1.1"
    sent = server.headers()
    assert (sent["content-type"], sent["x-key"], sent["user-agent"]) == ("application/json", "k1", "other")
    assert server.body() == '{"ü": 1}'.encode()


async def test_head_expects_no_body(prober: Prober) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", linger=True)) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", method="HEAD"))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 0)


@pytest.mark.parametrize(
    ("auth", "sent"),
    [
        (BasicAuth("user", Secret("päss:word")), "Basic dXNlcjpww6Rzczp3b3Jk"),
        (BearerAuth(Secret("t0ken")), "Bearer t0ken"),
    ],
)
async def test_credentials_are_sent(prober: Prober, auth: BasicAuth | BearerAuth, sent: str) -> None:
    server = Recorder()
    async with serving(server) as port:
        await prober.attempt(http(f"http://127.0.0.1:{port}/", auth=auth))
    assert server.headers()["authorization"] == sent


@pytest.mark.parametrize("status", ["199 X", "300 Choices", "404 Not Found", "500 Oops"])
async def test_a_status_other_than_expected_is_down(prober: Prober, status: str) -> None:
    async with serving(answering(b"HTTP/1.1 " + status.encode() + b"\r\nContent-Length: 4\r\n\r\noops")) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=2_000))
    if status.startswith("199"):
        assert attempt.reason in (Reason.CLOSED, Reason.TRUNCATED, Reason.MALFORMED)
        return
    assert (attempt.outcome, attempt.reason, attempt.status) == (Outcome.DOWN, Reason.STATUS, int(status[:3]))
    assert attempt.evidence is not None
    assert attempt.evidence.status == int(status[:3])
    assert attempt.evidence.body_head == "oops"
    assert attempt.evidence.address == "127.0.0.1"
    assert status[:3] in attempt.evidence.error


async def test_the_expected_status_may_be_an_error(prober: Prober) -> None:
    expect = HttpExpectation(statuses=((200, 200), (400, 404)))
    assert await outcome(prober, response(status="401 Unauthorized"), expect) == UP


@pytest.mark.parametrize(
    ("expect", "reason"),
    [
        (HttpExpectation(contains=("healthy", "Grüße")), Reason.NONE),
        (HttpExpectation(contains=("healthy", "absent")), Reason.BODY_MISSING_TEXT),
        (HttpExpectation(not_contains=("absent",)), Reason.NONE),
        (HttpExpectation(not_contains=("absent", "healthy")), Reason.BODY_FORBIDDEN_TEXT),
    ],
)
async def test_text_in_the_body_is_judged(prober: Prober, expect: HttpExpectation, reason: Reason) -> None:
    assert (await outcome(prober, response("I am healthy, Grüße".encode()), expect))[1] is reason


@pytest.mark.parametrize("charset", ["latin-1", "iso-8859-1", "no-such-charset", "utf-8"])
async def test_the_body_is_read_in_its_charset(prober: Prober, charset: str) -> None:
    body = "Grüße".encode("utf-8" if charset in ("no-such-charset", "utf-8") else charset)
    answer = response(body, headers=(f"Content-Type: text/plain; charset={charset}",))
    assert await outcome(prober, answer, HttpExpectation(contains=("Grüße",))) == UP


@pytest.mark.parametrize(
    ("expression", "value", "reason"),
    [
        ("status", '"ok"', Reason.NONE),
        ("queue.depth", "3", Reason.NONE),
        ("queue.depth", "4", Reason.JSON_MISMATCH),
        ("length(nodes[?up])", "1", Reason.NONE),
        ("absent.path", "null", Reason.NONE),
        ("abs(status)", "1", Reason.JSON_MISMATCH),
    ],
)
async def test_json_in_the_body_is_judged(prober: Prober, expression: str, value: str, reason: Reason) -> None:
    body = b'{"status": "ok", "queue": {"depth": 3}, "nodes": [{"up": true}, {"up": false}]}'
    assert (await outcome(prober, response(body), HttpExpectation(json=(JsonEquals(expression, value),))))[1] is reason


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"a": ', b"[" * 100_000])
async def test_a_body_that_is_no_json_is_down(prober: Prober, body: bytes) -> None:
    expect = HttpExpectation(json=(JsonEquals("a", "1"),))
    assert await outcome(prober, response(body), expect) == (Outcome.DOWN, Reason.JSON_MISMATCH)


async def test_headers_of_the_answer_are_judged(prober: Prober) -> None:
    answer = response(headers=("X-Cache: HIT",))
    assert await outcome(prober, answer, HttpExpectation(headers=(("x-cache", "HIT"),))) == UP
    expect = HttpExpectation(headers=(("x-cache", "MISS"),))
    assert await outcome(prober, answer, expect) == (Outcome.DOWN, Reason.HEADER_MISMATCH)


async def test_a_compressed_body_is_not_unpacked(prober: Prober) -> None:
    answer = response(gzip.compress(b"healthy" * 10_000), headers=("Content-Encoding: gzip",))
    expect = HttpExpectation(contains=("healthy",))
    assert await outcome(prober, answer, expect) == (Outcome.DOWN, Reason.BODY_MISSING_TEXT)


async def test_over_the_latency_limit_is_slow(prober: Prober) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.05)
        writer.write(response())

    async with serving(handle) as port:
        slow = await prober.attempt(http(f"http://127.0.0.1:{port}/", latency_limit_ms=40))
        fast = await prober.attempt(http(f"http://127.0.0.1:{port}/", latency_limit_ms=10_000))
    assert (slow.outcome, slow.reason, slow.status) == (Outcome.SLOW, Reason.LATENCY_LIMIT, 200)
    assert fast.outcome is Outcome.UP


async def test_ipv6_is_asked_by_literal(prober: Prober) -> None:
    async with serving(answering(response()), host="::1") as port:
        attempt = await prober.attempt(http(f"http://[::1]:{port}/", family=Family.IPV6))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "::1")
