"""A connection that is held open sees when its peer ends it, however that happens, and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.probe.servers import refused_port, reset, serving, silent
from uptally.probe import Tripwire
from uptally.probe.tripwire import TALK_BYTES_MAX

AMPLE_S = 20

SERVER = """
import socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
print(listener.getsockname()[1], flush=True)
held = []
while True:
    held.append(listener.accept())
    print("accepted", flush=True)
"""
"""A server that does not ask for its port back while connections of another one linger on it."""


@contextmanager
def process(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server in a process of its own, and its port."""
    running = subprocess.Popen([sys.executable, "-Sc", SERVER, str(port)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    with running:
        try:
            yield running, int(running.stdout.readline())
        finally:
            running.kill()


async def accepted(server: subprocess.Popen[str]) -> None:
    assert server.stdout is not None
    assert await asyncio.to_thread(server.stdout.readline) == "accepted\n"


async def test_a_process_that_is_killed_ends_it() -> None:
    with process() as (server, port):
        tripwire = await Tripwire.open("127.0.0.1", port)
        await accepted(server)
        server.kill()
        async with asyncio.timeout(AMPLE_S):
            await tripwire.end()
        tripwire.drop()


async def test_a_server_that_was_killed_may_listen_anew_at_once() -> None:
    with process() as (server, port):
        tripwire = await Tripwire.open("127.0.0.1", port)
        await accepted(server)
        server.kill()
        async with asyncio.timeout(AMPLE_S):
            await tripwire.end()
        await asyncio.to_thread(server.wait)
    with process(port) as (_, again):
        assert again == port


async def test_a_graceful_close_ends_it() -> None:
    async def bye(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(bye) as port, asyncio.timeout(AMPLE_S):
        tripwire = await Tripwire.open("127.0.0.1", port)
        await tripwire.end()


async def test_a_reset_ends_it() -> None:
    async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    async with serving(gone) as port, asyncio.timeout(AMPLE_S):
        tripwire = await Tripwire.open("127.0.0.1", port)
        await tripwire.end()


async def test_a_peer_that_hangs_does_not_end_it() -> None:
    with process() as (server, port):
        tripwire = await Tripwire.open("127.0.0.1", port)
        await accepted(server)
        os.kill(server.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await tripwire.end()
        tripwire.drop()


async def test_what_the_peer_says_is_thrown_away_and_does_not_end_it() -> None:
    released = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        await released.wait()

    async with serving(greet) as port, asyncio.timeout(AMPLE_S):
        tripwire = await Tripwire.open("127.0.0.1", port)
        end = asyncio.create_task(tripwire.end())
        await asyncio.sleep(0.1)
        assert not end.done()
        released.set()
        await end


async def test_a_peer_that_talks_without_end_is_listened_to_no_longer() -> None:
    sent = 0

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while True:
            writer.write(bytes(TALK_BYTES_MAX))
            await writer.drain()
            sent += TALK_BYTES_MAX

    async with serving(flood) as port:
        tripwire = await Tripwire.open("127.0.0.1", port)
        before = -1
        # What the kernel's buffers hold is taken, and then no more.
        async with asyncio.timeout(AMPLE_S):
            while sent != before:
                before = sent
                await asyncio.sleep(0.2)
        tripwire.drop()


async def test_a_port_on_which_nothing_listens_refuses_it() -> None:
    with pytest.raises(ConnectionRefusedError):
        await Tripwire.open("127.0.0.1", refused_port())


async def test_it_is_kept_alive_for_routers_that_forget_what_is_idle() -> None:
    async with serving(silent) as port:
        tripwire = await Tripwire.open("127.0.0.1", port)
        own: socket.socket = tripwire._transport.get_extra_info("socket")
        assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
        tripwire.drop()


async def test_dropping_it_closes_the_connection() -> None:
    closed = asyncio.Event()

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""
        closed.set()

    async with serving(wait) as port, asyncio.timeout(AMPLE_S):
        tripwire = await Tripwire.open("127.0.0.1", port)
        tripwire.drop()
        await closed.wait()
