"""TCP: connecting, talking, and telling a reset from an end from silence."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.probe.servers import SHORT_MS, Handler, closing, refused_port, reset, serving, silent, tcp
from uptally.clock import SystemClock
from uptally.model.endpoint import Family
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober

pytestmark = pytest.mark.usefixtures("garbage")


def saying(data: bytes, *, then_close: bool = False) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then_close:
            # Closing over something unread would be a reset.
            await reader.read(65_536)
        else:
            await asyncio.sleep(3_600)

    return handle


@contextmanager
def black_hole(host: str, port: int = 0) -> Iterator[int]:
    """A port whose queue is full, so that the kernel drops whoever knocks; yields its number."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((host, port))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


async def test_a_connection_that_stands_is_up(prober: Prober) -> None:
    async with serving(silent) as port:
        attempt = await prober.attempt(tcp(port))
    assert (attempt.outcome, attempt.reason, attempt.address) == (Outcome.UP, Reason.NONE, "127.0.0.1")
    assert attempt.phases.connect_us is not None
    assert attempt.phases.first_byte_us is None


async def test_nothing_listens(prober: Prober) -> None:
    attempt = await prober.attempt(tcp(refused_port()))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.CONNECT_REFUSED)


async def test_an_expected_text_may_come_in_pieces(prober: Prober) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"220 mail.exa", b"mple ES", b"MTP\r\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)
        await asyncio.sleep(3_600)

    async with serving(handle) as port:
        attempt = await prober.attempt(tcp(port, expect="example ESMTP"))
    assert (attempt.outcome, attempt.reason) == (Outcome.UP, Reason.NONE)
    assert attempt.phases.transfer_us is not None
    assert attempt.phases.transfer_us >= 30_000


async def test_what_is_sent_arrives_whole(prober: Prober) -> None:
    got = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        if await reader.readexactly(4_000_000) == b"x" * 4_000_000:
            got.set()

    async with serving(handle) as port:
        assert (await prober.attempt(tcp(port, send="x" * 4_000_000))).outcome is Outcome.UP
        await asyncio.wait_for(got.wait(), 10)


async def reset_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def reset_after_a_banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await writer.drain()
    await asyncio.sleep(0.05)
    reset(writer)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (reset_at_once, Reason.RESET),
        (reset_after_a_banner, Reason.RESET),
        (saying(b"", then_close=True), Reason.CLOSED),
        (closing, Reason.CLOSED),
        (saying(b"421 too busy\r\n", then_close=True), Reason.REPLY_MISMATCH),
        (saying(b"x" * 100_000), Reason.REPLY_MISMATCH),
        (silent, Reason.RESPONSE_TIMEOUT),
        (saying(b"22"), Reason.TRANSFER_TIMEOUT),
    ],
)
async def test_without_the_expected_text_it_is_down(prober: Prober, handler: Handler, reason: Reason) -> None:
    is_timeout = reason in (Reason.RESPONSE_TIMEOUT, Reason.TRANSFER_TIMEOUT)
    async with serving(handler) as port:
        endpoint = tcp(port, send="EHLO\r\n", expect="220", timeout_ms=SHORT_MS if is_timeout else 20_000)
        attempt = await prober.attempt(endpoint)
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, reason)
    assert attempt.evidence is not None
    assert attempt.evidence.error


async def test_what_the_peer_said_is_evidence(prober: Prober) -> None:
    async with serving(saying(b"-ERR pass s3cret\r\n", then_close=True)) as port:
        attempt = await prober.attempt(tcp(port, send="s3cret", expect="+OK"))
    assert attempt.evidence is not None
    assert attempt.evidence.body_head == "-ERR pass ***\\r\\n"


async def test_a_full_backlog_is_a_connect_timeout(prober: Prober) -> None:
    with black_hole("127.0.0.1") as port:
        attempt = await prober.attempt(tcp(port, timeout_ms=SHORT_MS))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.CONNECT_TIMEOUT)


async def test_a_connection_to_itself_is_a_refusal(prober: Prober, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel may pick the target's own port as the source; here it is made to."""
    port = refused_port()

    def from_the_same_port(address: str, port: int) -> socket.socket:
        end = socket.socket()
        end.bind((address, port))
        end.connect((address, port))
        end.setblocking(False)
        return end

    monkeypatch.setattr("uptally.probe.connection.connecting", from_the_same_port)
    attempt = await prober.attempt(tcp(port))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.CONNECT_REFUSED)


async def test_ipv6_is_reached(prober: Prober) -> None:
    async with serving(silent, host="::1") as port:
        attempt = await prober.attempt(tcp(port, "::1", family=Family.IPV6))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "::1")


async def prober_with(*addresses: str) -> Prober:
    return Prober(clock=SystemClock(), lookup=lambda name: addresses)


@pytest.mark.parametrize(("family", "address"), [(Family.IPV4, "127.0.0.1"), (Family.IPV6, "::1"), (Family.ANY, "::1")])
async def test_the_family_is_chosen(family: Family, address: str) -> None:
    async with await prober_with("::1", "127.0.0.1") as prober, serving(silent, host=address) as port:
        attempt = await prober.attempt(tcp(port, "both.example", family=family))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, address)


async def test_a_name_without_an_address_of_the_family_is_not_down() -> None:
    async with await prober_with("127.0.0.1") as prober:
        attempt = await prober.attempt(tcp(80, "four.example", family=Family.IPV6))
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.NO_ROUTE_FAMILY)


async def test_a_dead_address_costs_a_moment_and_a_note() -> None:
    async with await prober_with("::1", "127.0.0.1") as prober, serving(silent, host="127.0.0.1") as port:
        attempt = await prober.attempt(tcp(port, "both.example"))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "127.0.0.1")
    assert attempt.warnings == ("127.0.0.1 answered before ::1, which is preferred",)


async def test_an_address_that_swallows_packets_costs_a_quarter_of_a_second() -> None:
    async with serving(silent) as port, await prober_with("127.0.0.3", "127.0.0.1") as prober:
        with black_hole("127.0.0.3", port):
            attempt = await prober.attempt(tcp(port, "two.example"))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "127.0.0.1")
    assert 200_000 <= attempt.duration_us < 5_000_000


@pytest.mark.parametrize(
    ("routes", "addresses", "reason"),
    [
        ({socket.AF_INET}, ["2001:db8::1"], Reason.NO_ROUTE_FAMILY),
        ({socket.AF_INET6}, ["192.0.2.1"], Reason.NO_ROUTE_FAMILY),
        (set(), ["2001:db8::1"], Reason.CONNECT_UNREACHABLE),
        ({socket.AF_INET, socket.AF_INET6}, ["2001:db8::1"], Reason.CONNECT_UNREACHABLE),
        ({socket.AF_INET}, ["2001:db8::1", "192.0.2.1"], Reason.CONNECT_UNREACHABLE),
    ],
)
async def test_a_missing_family_is_told_from_a_missing_network(
    routes: set[socket.AddressFamily], addresses: list[str], reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(address: str, port: int) -> socket.socket:
        raise OSError(errno.ENETUNREACH, "network is unreachable")

    monkeypatch.setattr("uptally.probe.connection.connecting", unreachable)
    monkeypatch.setattr("uptally.probe.connect._has_route", lambda family: family in routes)
    async with await prober_with(*addresses) as prober:
        attempt = await prober.attempt(tcp(80, "far.example"))
    assert (attempt.reason, attempt.address) == (reason, "")


async def test_a_refusal_is_told_before_a_missing_route(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(address: str, port: int) -> socket.socket:
        raise OSError(errno.ENETUNREACH if ":" in address else errno.ECONNREFUSED, "no")

    monkeypatch.setattr("uptally.probe.connection.connecting", connect)
    async with await prober_with("2001:db8::1", "192.0.2.1") as prober:
        attempt = await prober.attempt(tcp(80, "both.example"))
    assert attempt.reason is Reason.CONNECT_REFUSED


async def test_all_addresses_refuse() -> None:
    async with await prober_with("::1", "127.0.0.1", "127.0.0.2") as prober:
        attempt = await prober.attempt(tcp(refused_port(), "many.example"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.CONNECT_REFUSED)
