"""Proxies that break, and proxies that are themselves reached by TLS."""

import asyncio

import pytest

from tests.probe.servers import (
    SHORT_MS,
    Handler,
    Recorder,
    Tls,
    answering,
    closing,
    http,
    relay,
    repeating,
    resetting,
    response,
    serving,
    silent,
)
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def hanging_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Open a way, and close it as soon as somebody speaks."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ESTABLISHED)
    await reader.read(65_536)


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        (closing, Reason.CONNECT_FAILED),
        (resetting, Reason.CONNECT_RESET),
        (silent, Reason.CONNECT_TIMEOUT),
        (answering(b"HTTP/1.1 200", linger=True), Reason.CONNECT_TIMEOUT),
        (answering(b"SSH-2.0-x\r\n\r\n"), Reason.CONNECT_FAILED),
        (answering(response(status="407 Who are you")), Reason.CONNECT_FAILED),
        (repeating(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 100), Reason.CONNECT_FAILED),
        (hanging_up, Reason.TLS_HANDSHAKE),
        (answering(ESTABLISHED, linger=True), Reason.TLS_TIMEOUT),
        (answering(ESTABLISHED + b"not TLS at all"), Reason.TLS_HANDSHAKE),
    ],
)
async def test_what_a_proxy_breaks_is_told(
    prober: Prober, monkeypatch: pytest.MonkeyPatch, proxy: Handler, reason: Reason
) -> None:
    is_timeout = reason in (Reason.CONNECT_TIMEOUT, Reason.TLS_TIMEOUT)
    async with serving(proxy) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        endpoint = http("https://a.example:443/", environment_proxy=True, timeout_ms=SHORT_MS if is_timeout else 20_000)
        attempt = await prober.attempt(endpoint)
    assert (attempt.outcome, attempt.reason, attempt.status) == (Outcome.DOWN, reason, None)
    assert attempt.evidence is not None
    assert attempt.evidence.error


async def test_a_proxy_over_tls_carries_tls(prober: Prober, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        to_target, from_target = await asyncio.open_connection("127.0.0.1", port)
        # In pieces, the last of which is in nobody's way.
        for piece in (b"HTTP/1.1 200 ", b"OK\r\nVia: x\r", b"\n\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        await relay(reader, writer, to_target, from_target)

    target = Recorder(default=response(b"x" * 100_000))
    async with (
        serving(target, context=tls.context(common_name="shop.example")) as port,
        serving(tunnel, context=tls.context(common_name="proxy.example")) as proxy,
    ):
        monkeypatch.setenv("https_proxy", f"https://127.0.0.1:{proxy}")
        monkeypatch.setenv("http_proxy", f"https://127.0.0.1:{proxy}")
        endpoint = http(f"https://127.0.0.1:{port}/", tls=tls.trusting, environment_proxy=True)
        attempt = await prober.attempt(endpoint)
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 100_000)
    assert attempt.certificate is not None
    assert attempt.certificate.subject == "shop.example"


async def test_a_proxy_over_tls_is_verified(prober: Prober, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(silent, context=tls.context()) as proxy:
        monkeypatch.setenv("http_proxy", f"https://127.0.0.1:{proxy}")
        attempt = await prober.attempt(http("http://a.example:80/", environment_proxy=True))
    assert attempt.reason is Reason.TLS_UNTRUSTED


async def test_a_proxy_without_a_scheme_is_one_for_http(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Recorder(default=response(b"from the proxy"))
    async with serving(proxy) as port:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{port}")
        attempt = await prober.attempt(http("http://a.example:80/x", environment_proxy=True))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 14)
    assert proxy.line() == "GET http://a.example/x HTTP/1.1"


async def test_what_is_no_http_proxy_is_our_fault(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://user:s3cret@127.0.0.1:1080")
    attempt = await prober.attempt(http("http://a.example:80/", environment_proxy=True))
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.MONITOR_ERROR)
    assert attempt.evidence is not None
    assert "http_proxy" in attempt.evidence.error
    assert "s3cret" not in attempt.evidence.error
