"""TLS between talk and line: ends, pieces and large bodies."""

import asyncio
import ssl

import pytest

from tests.probe.servers import Tls, answering, http, relay, repeating, reset, response, serving, tcp
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober

OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20


async def test_a_large_body_comes_whole(prober: Prober, tls: Tls) -> None:
    async with serving(answering(response(b"x" * 1_000_000)), context=tls.context()) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 1_000_000)


async def test_a_body_that_is_too_large_stops_at_the_cap(prober: Prober, tls: Tls) -> None:
    async with serving(repeating(OK + b"\r\n", b"x" * 10_000, times=300), context=tls.context()) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, MIB)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_goodbye_ends_a_body_that_has_no_other_end(prober: Prober, tls: Tls, version: ssl.TLSVersion) -> None:
    context = tls.context()
    context.maximum_version = version
    async with serving(answering(OK + b"\r\nhello"), context=context) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 5)
    assert attempt.tls_version == version.name.replace("_", ".")


async def test_a_goodbye_within_the_body_is_an_early_end(prober: Prober, tls: Tls) -> None:
    async with serving(answering(OK + b"Content-Length: 10\r\n\r\nhello"), context=tls.context()) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (attempt.reason, attempt.body_bytes) == (Reason.TRUNCATED, 5)


async def test_a_reset_after_the_handshake_is_the_exchanges(prober: Prober, tls: Tls) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reset(writer)

    async with serving(handle, context=tls.context()) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert attempt.reason is Reason.RESET


@pytest.mark.parametrize("size", [1, 100])
async def test_the_pieces_of_a_handshake_do_not_matter(prober: Prober, tls: Tls, size: int) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_target, from_target = await asyncio.open_connection("127.0.0.1", port)
        slow_reader = asyncio.StreamReader()

        async def slice_up() -> None:
            while data := await to_target.read(65_536):
                for at in range(0, len(data), size):
                    writer.write(data[at : at + size])
                    await writer.drain()
                    await asyncio.sleep(0)
            slow_reader.feed_eof()

        await asyncio.gather(slice_up(), relay(reader, writer, slow_reader, from_target))

    async with serving(answering(response(b"ok")), context=tls.context()) as port, serving(handle) as front:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{front}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, 2)


async def test_a_connection_that_only_has_to_stand_shakes_hands(prober: Prober, tls: Tls) -> None:
    shaken = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Called only for a handshake that both sides have ended.
        shaken.set()

    async with serving(handle, context=tls.context()) as port:
        attempt = await prober.attempt(tcp(port, tls=tls.trusting))
        await asyncio.wait_for(shaken.wait(), 10)
    assert (attempt.outcome, attempt.phases.first_byte_us) == (Outcome.UP, None)


async def test_much_is_sent_over_tls(prober: Prober, tls: Tls) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(2_000_000) == b"x" * 2_000_000:
            writer.write(b"all of it")

    async with serving(handle, context=tls.context()) as port:
        attempt = await prober.attempt(tcp(port, tls=tls.trusting, send="x" * 2_000_000, expect="all of it"))
    assert attempt.outcome is Outcome.UP
