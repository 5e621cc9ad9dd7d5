"""Proxies of the environment: used where the config asks for them, and told apart from the target."""

import asyncio

import pytest

from tests.probe.servers import Recorder, Tls, answering, http, relay, response, serving
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober


async def test_proxies_of_the_environment_are_used_only_when_asked(
    prober: Prober, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Recorder(default=response(b"from the proxy"))
    async with serving(proxy) as proxy_port, serving(answering(response(b"direct"))) as port:
        monkeypatch.setenv("http_proxy", f"http://user:pw@127.0.0.1:{proxy_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        direct = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
        through = await prober.attempt(http(f"http://127.0.0.1:{port}/", environment_proxy=True))
    assert (direct.outcome, direct.body_bytes) == (Outcome.UP, 6)
    assert (through.outcome, through.body_bytes) == (Outcome.UP, 14)
    assert proxy.line() == f"GET http://127.0.0.1:{port}/ HTTP/1.1"
    assert proxy.headers()["proxy-authorization"] == "Basic dXNlcjpwdw=="


async def test_tls_through_a_proxy_is_the_targets(prober: Prober, tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        to_target, from_target = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")

        await relay(reader, writer, to_target, from_target)

    target = Recorder()
    async with serving(target, context=tls.context(common_name="shop.example")) as port, serving(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:pw@127.0.0.1:{proxy}")
        endpoint = http(f"https://127.0.0.1:{port}/", tls=tls.trusting, environment_proxy=True)
        attempt = await prober.attempt(endpoint)
    assert attempt.outcome is Outcome.UP
    assert attempt.certificate is not None
    assert attempt.certificate.subject == "shop.example"
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{port} ".encode())
    assert b"Proxy-Authorization: Basic dXNlcjpwdw==" in asked[0]
    assert "proxy-authorization" not in target.headers()


async def test_what_a_proxy_refuses_is_no_answer_of_the_target(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(response(status="502 Bad Gateway"))) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy}")
        attempt = await prober.attempt(http("https://127.0.0.1:9/", environment_proxy=True))
    assert (attempt.outcome, attempt.reason, attempt.status) == (Outcome.DOWN, Reason.CONNECT_FAILED, None)


async def test_hosts_that_need_no_proxy_are_reached_without(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with serving(answering(response())) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", environment_proxy=True))
    assert attempt.outcome is Outcome.UP
