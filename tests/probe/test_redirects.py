"""Redirects: how far, where to, and what goes along."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import pytest

from tests.probe.servers import SHORT_MS, Recorder, answering, http, response, serving
from uptally.clock import SystemClock
from uptally.model.endpoint import BasicAuth, HttpExpectation
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.model.secret import Secret
from uptally.probe import Prober


def to(location: str, status: str = "302 Found") -> bytes:
    return response(b"moved", status=status, headers=(f"Location: {location}",))


def named(names: dict[str, str]) -> Callable[[str], Sequence[str]]:
    return lambda name: [names[name]]


def not_in_127_1(address: str) -> bool:
    """For tests, 127.1.0.0/16 plays the public internet."""
    return not address.startswith("127.1.")


async def test_redirects_are_followed_and_counted(prober: Prober) -> None:
    server = Recorder({"/": to("/a"), "/a": to("b?x=1#part", "301 Moved"), "/b?x=1": response(b"here")})
    async with serving(server) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.status, attempt.redirects, attempt.body_bytes) == (Outcome.UP, 200, 2, 4)
    assert [request.split(b" ")[1] for request in server.requests] == [b"/", b"/a", b"/b?x=1"]


async def test_the_time_of_all_hops_is_summed(prober: Prober) -> None:
    server = Recorder({"/": to("/a"), "/a": to("/b")})
    async with serving(server) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert abs(sum(part or 0 for part in attempt.phases) - attempt.duration_us) <= 5


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n", Reason.RESPONSE_TIMEOUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", Reason.TRANSFER_TIMEOUT),
    ],
)
async def test_each_hop_is_told_by_its_own_answer(prober: Prober, second: bytes, reason: Reason) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_first = (await reader.readuntil(b"\r\n\r\n")).startswith(b"GET / ")
        writer.write(to("/a") if is_first else second)
        await asyncio.sleep(3_600)

    async with serving(handle) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=SHORT_MS))
    assert (attempt.reason, attempt.redirects) == (reason, 1)
    assert attempt.status == (None if reason is Reason.RESPONSE_TIMEOUT else 200)


@pytest.mark.parametrize(("redirects_max", "requests"), [(1, 2), (5, 6)])
async def test_a_loop_ends_after_the_allowed_hops(prober: Prober, redirects_max: int, requests: int) -> None:
    server = Recorder({"/": to("/")})
    async with serving(server) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", redirects_max=redirects_max))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TOO_MANY_REDIRECTS)
    assert len(server.requests) == requests


async def test_with_no_hops_allowed_the_redirect_is_the_answer(prober: Prober) -> None:
    expect = HttpExpectation(statuses=((302, 302),), headers=(("Location", "/a"),))
    async with serving(Recorder({"/": to("/a")})) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", redirects_max=0, expect=expect))
    assert (attempt.outcome, attempt.status, attempt.redirects) == (Outcome.UP, 302, 0)


@pytest.mark.parametrize("answer", [response(status="304 Not Modified"), response(status="302 Found")])
async def test_without_a_location_it_is_an_answer(prober: Prober, answer: bytes) -> None:
    async with serving(answering(answer)) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert attempt.reason is Reason.STATUS


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://[::1",
        "http://h:99999/",
    ],
)
async def test_a_redirect_to_no_web_address_is_down(prober: Prober, location: str) -> None:
    async with serving(answering(to(location))) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.BAD_REDIRECT)


@pytest.mark.parametrize(
    ("method", "status", "follows"),
    [
        ("POST", "301 X", "GET"),
        ("POST", "302 X", "GET"),
        ("POST", "303 X", "GET"),
        ("PUT", "303 X", "GET"),
        ("HEAD", "303 X", "HEAD"),
        ("PUT", "302 X", "PUT"),
        ("POST", "307 X", "POST"),
        ("POST", "308 X", "POST"),
        ("GET", "307 X", "GET"),
    ],
)
async def test_methods_change_as_in_browsers(prober: Prober, method: str, status: str, follows: str) -> None:
    body = "payload" if method in ("POST", "PUT") else None
    server = Recorder({"/": to("/a", status)}, default=response())
    async with serving(server) as port:
        endpoint = http(f"http://127.0.0.1:{port}/", method=method, body=body, headers={"Content-Type": "text/plain"})
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
    assert server.line().split(" ")[0] == follows
    assert server.body() == (b"payload" if follows == method and body else b"")
    assert ("content-type" in server.headers()) == (follows == method)


async def across(
    names: dict[str, str],
    *,
    is_private: Callable[[str], bool] = not_in_127_1,
    url: str = "http://{host}:{port}/",
    **options: object,
) -> tuple[Attempt, list[Recorder]]:
    """Ask the first name, whose server redirects to the second one's."""
    first, second = names
    recorders = [Recorder(), Recorder()]
    async with AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(serving(recorder, host=names[name]))
            for name, recorder in zip(names, recorders, strict=True)
        ]
        status = str(options.pop("status", "302 Found"))
        recorders[0].default = to(url.format(host=second, port=ports[1]), status)
        prober = await stack.enter_async_context(
            Prober(clock=SystemClock(), lookup=named(names), is_private=is_private)
        )
        endpoint = http(f"http://{first}:{ports[0]}/", **options)  # type: ignore[arg-type]  # handed on
        return await prober.attempt(endpoint), recorders


PUBLIC = {"one.example": "127.1.0.1", "two.example": "127.1.0.2"}


async def test_credentials_do_not_cross_to_another_host() -> None:
    attempt, (first, second) = await across(
        PUBLIC,
        auth=BasicAuth("user", Secret("password")),
        headers={"X-Key": "k3y", "Cookie": "session=1", "Accept-Language": "de", "User-Agent": "mine"},
    )
    assert attempt.outcome is Outcome.UP
    assert {"authorization", "x-key", "cookie"} <= first.headers().keys()
    assert not {"authorization", "x-key", "cookie"} & second.headers().keys()
    assert (second.headers()["accept-language"], second.headers()["user-agent"]) == ("de", "mine")


async def test_credentials_stay_with_their_host() -> None:
    server = Recorder({"/": to("/a")})
    async with serving(server) as port, Prober(clock=SystemClock()) as prober:
        await prober.attempt(http(f"http://127.0.0.1:{port}/", headers={"X-Key": "k3y"}))
    assert server.headers()["x-key"] == "k3y"


async def test_a_body_does_not_cross_to_another_host() -> None:
    attempt, (_, second) = await across(PUBLIC, method="POST", body="password=1", status="307 X")
    assert (attempt.reason, second.requests) == (Reason.BAD_REDIRECT, [])


async def test_credentials_in_a_location_are_not_sent() -> None:
    attempt, (_, second) = await across(PUBLIC, url="http://user:pw@{host}:{port}/")
    assert attempt.outcome is Outcome.UP
    assert "authorization" not in second.headers()


async def test_a_redirect_from_a_public_to_a_private_address_is_blocked() -> None:
    attempt, (_, second) = await across({"one.example": "127.1.0.1", "two.example": "127.2.0.1"})
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.ADDRESS_BLOCKED)
    assert second.requests == []
    assert attempt.evidence is not None
    assert "127.2.0.1" in attempt.evidence.error


async def test_a_redirect_between_private_addresses_is_followed() -> None:
    attempt, _ = await across({"one.example": "127.2.0.1", "two.example": "127.2.0.2"})
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "127.2.0.2")


async def test_a_redirect_from_public_to_a_private_literal_is_blocked() -> None:
    names = {"one.example": "127.1.0.1", "two.example": "127.2.0.1"}
    attempt, (_, second) = await across(names, url="http://127.2.0.1:{port}/")
    assert (attempt.reason, second.requests) == (Reason.ADDRESS_BLOCKED, [])


async def test_a_redirect_to_the_metadata_service_is_blocked_even_from_a_private_address() -> None:
    names = {"one.example": "127.2.0.1", "two.example": "127.2.0.2"}
    attempt, _ = await across(names, url="http://169.254.169.254/latest/")
    assert attempt.reason is Reason.ADDRESS_BLOCKED


async def test_a_name_that_turns_private_is_blocked() -> None:
    addresses = {"shop.example": "127.1.0.1"}
    async with (
        serving(answering(response()), host="0.0.0.0") as port,
        Prober(clock=SystemClock(), lookup=lambda name: [addresses[name]], is_private=not_in_127_1) as prober,
    ):
        endpoint = http(f"http://shop.example:{port}/")
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
        addresses["shop.example"] = "127.2.0.1"
        rebound = await prober.attempt(endpoint)
        addresses["shop.example"] = "127.1.0.2"
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
    assert (rebound.outcome, rebound.reason) == (Outcome.UNKNOWN, Reason.ADDRESS_BLOCKED)


async def test_a_private_name_of_the_config_is_allowed() -> None:
    async with (
        serving(answering(response()), host="127.2.0.1") as port,
        Prober(clock=SystemClock(), lookup=lambda name: ["127.2.0.1"], is_private=not_in_127_1) as prober,
    ):
        assert (await prober.attempt(http(f"http://shop.example:{port}/"))).outcome is Outcome.UP
