import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.server.raw import DEADLINE_SECONDS, exchange, until_closed
from uptally.files import write_if_changed
from uptally.server.app import Health, create_app
from uptally.server.listener import CONNECTIONS_MAX, LIFETIME_SECONDS, serve

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
GET_AND_CLOSE = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def serving(site: Path, *, lifetime_seconds: float = LIFETIME_SECONDS) -> AsyncIterator[tuple[str, int]]:
    app = create_app(site=site, metrics=lambda: b"", health=lambda: Health.OK)
    async with serve(app, "127.0.0.1", 0, lifetime_seconds=lifetime_seconds) as address:
        yield address


async def is_well(address: tuple[str, int]) -> bool:
    return (await exchange(address, GET_AND_CLOSE)).startswith(b"HTTP/1.1 200 ")


async def test_port_is_free_again_afterwards(tmp_path: Path) -> None:
    async with serving(tmp_path) as address:
        assert await is_well(address)
    with pytest.raises(ConnectionRefusedError):
        await exchange(address, GET)
    app = create_app(site=tmp_path, metrics=lambda: b"", health=lambda: Health.OK)
    async with serve(app, *address) as again:
        assert again == address


async def test_a_port_that_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        app = create_app(site=tmp_path, metrics=lambda: b"", health=lambda: Health.OK)
        with pytest.raises(OSError, match="in use"):
            async with serve(app, *taken.getsockname()):
                pass


async def test_one_connection_takes_several_requests(tmp_path: Path) -> None:
    async with serving(tmp_path) as address:
        assert (await exchange(address, GET + GET + GET_AND_CLOSE)).count(b"HTTP/1.1 200 ") == 3


async def test_idle_connections_do_not_hold_up_the_end(tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        async with serving(tmp_path) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
        await until_closed(reader)
        writer.close()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /?" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
    ],
    ids=["long path", "long query", "long header", "many headers", "two framings", "two lengths", "tls", "no http"],
)
async def test_what_is_too_much_or_no_http_is_refused_and_closed(
    tmp_path: Path, request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path) as address:
        answer = await exchange(address, request_bytes)
        assert answer == b"" or answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
        assert await is_well(address)
    # Anyone can send such bytes, so that they must not fill the operator's log.
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_body_is_not_waited_for(tmp_path: Path) -> None:
    async with serving(tmp_path) as address:
        head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
        assert (await exchange(address, head + b"x" * 1000)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"], ids=["silence", "half a request"])
async def test_a_client_that_asks_too_slowly_is_cut_off(tmp_path: Path, sent: bytes) -> None:
    async with serving(tmp_path, lifetime_seconds=1) as address:
        assert await exchange(address, sent) == b""
        assert await is_well(address)


async def test_a_client_that_never_reads_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One connection at a time, so that others are let in when the slow one is gone.
    monkeypatch.setattr("uptally.server.listener.CONNECTIONS_MAX", 1)
    (tmp_path / "large.txt").write_bytes(b"x" * 64 * 1024 * 1024)
    async with serving(tmp_path, lifetime_seconds=1) as address, asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(*address, limit=1024)
        writer.write(b"GET /large.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n")
        assert not await is_well(address)
        while not await is_well(address):
            await asyncio.sleep(0)
        writer.close()


async def test_a_file_that_is_replaced_is_sent_as_it_was(tmp_path: Path) -> None:
    old, new = b"x" * 32 * 1024 * 1024, b"y" * 10
    (tmp_path / "large.txt").write_bytes(old)
    async with serving(tmp_path) as address, asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /large.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        write_if_changed(tmp_path / "large.txt", new)
        assert await until_closed(reader) == old
        writer.close()


async def test_connections_beyond_the_limit_are_closed_unheard(tmp_path: Path) -> None:
    async with serving(tmp_path) as address:
        writers = []
        for _ in range(CONNECTIONS_MAX):
            reader, writer = await asyncio.open_connection(*address)
            writers.append(writer)
        # The last of them has been answered, so that the server has taken them all.
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        assert await exchange(address, GET) == b""
        for writer in writers:
            writer.close()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not await is_well(address):
                await asyncio.sleep(0)


async def test_an_old_connection_is_closed_after_its_answer_as_http_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptally.server.listener.OLD_SECONDS", -1)
    async with serving(tmp_path) as address:
        answer = await exchange(address, GET)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()
