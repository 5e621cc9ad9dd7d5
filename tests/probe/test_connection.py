"""A connection on a socket of its own: what is sent and read, in which pieces and by whichever end it comes."""

import asyncio
import gc
import os
import weakref
from collections.abc import AsyncIterator

import pytest

from tests.probe.servers import answering, response, serving
from uptally.clock import SystemClock
from uptally.probe.connection import Connection
from uptally.probe.flight import Flight
from uptally.probe.poll import Poll
from uptally.probe.progress import Progress
from uptally.probe.talk import Line, Talk

MIB = 1 << 20


class Listener:
    """A talk that hears until it has so much."""

    def __init__(self, wanted: int) -> None:
        self.heard = b""
        self._wanted = wanted
        self._line: Line

    def begin(self, line: Line) -> None:
        self._line = line

    def received(self, data: bytes) -> None:
        self.heard += data
        if len(self.heard) >= self._wanted:
            self._line.finish()

    def lost(self, error: Exception | None) -> None:
        self._line.finish(error or EOFError())

    def close(self) -> None:
        """There is nothing to let go of."""


class Asker(Listener):
    """A talk that asks first."""

    def __init__(self, question: bytes, *, wanted: int) -> None:
        super().__init__(wanted)
        self._question = question

    def begin(self, line: Line) -> None:
        super().begin(line)
        line.write(self._question)


@pytest.fixture
async def poll() -> AsyncIterator[Poll]:
    made = Poll()
    made.open()
    yield made
    made.close()


async def hold(connection: Connection, talk: Talk) -> None:
    """Hold a talk, as a flight does, and return when it has ended. Raises what it ended with."""
    ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    async def held() -> Exception | None:
        try:
            await connection.hold(talk)
        except Exception as error:
            return error
        return None

    flight = Flight(ended.set_result)
    flight.begin(held())
    try:
        error = await asyncio.wait_for(ended, 10)
    finally:
        flight.cancel()
    if error is not None:
        raise error


def connect(poll: Poll, port: int) -> Connection:
    return Connection(poll, Progress(SystemClock()), "127.0.0.1", port)


async def test_what_was_said_before_the_talk_is_heard(poll: Poll) -> None:
    said = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await writer.drain()
        said.set()
        await reader.read()

    async with serving(greet) as port:
        connection = connect(poll, port)
        await connection.stand()
        await asyncio.wait_for(said.wait(), 10)
        listener = Listener(5)
        await hold(connection, listener)
    assert listener.heard == b"hello"


async def test_all_is_heard_though_it_comes_at_once_and_the_peer_is_gone(poll: Poll) -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * (3 * MIB))

    async with serving(pour) as port:
        listener = Listener(3 * MIB)
        await hold(connect(poll, port), listener)
    assert listener.heard == b"x" * (3 * MIB)


async def test_a_peer_that_closes_ends_the_talk(poll: Poll) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with serving(leave) as port:
        with pytest.raises(EOFError):
            await hold(connect(poll, port), Listener(1))


async def test_one_that_is_given_up_holds_no_descriptor(poll: Poll) -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(wait) as port:
        before = len(os.listdir("/proc/self/fd"))
        task = asyncio.create_task(hold(connect(poll, port), Listener(1)))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The server's end goes when the server has seen ours go.
        async with asyncio.timeout(10):
            while len(os.listdir("/proc/self/fd")) > before:
                await asyncio.sleep(0.01)


async def test_one_that_has_ended_waits_for_no_collector(poll: Poll) -> None:
    gc.disable()
    try:
        async with serving(answering(response(b"ok"))) as port:
            connection = connect(poll, port)
            seen = weakref.ref(connection)
            await hold(connection, Asker(b"GET / HTTP/1.1\r\n\r\n", wanted=1))
            del connection
            await asyncio.sleep(0)
        assert seen() is None
    finally:
        gc.enable()


async def test_an_answer_before_all_was_sent_is_heard(poll: Poll) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4)
        writer.write(b"too much")
        await writer.drain()

    async with serving(refuse) as port:
        asker = Asker(b"x" * (8 * MIB), wanted=8)
        await hold(connect(poll, port), asker)
    assert asker.heard == b"too much"
