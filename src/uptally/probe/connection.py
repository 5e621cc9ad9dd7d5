"""One connection of one attempt, and who speaks over it."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from uptally.model.observation import Reason
from uptally.probe.progress import Progress
from uptally.probe.reasons import Failure


class Line(Protocol):
    """What carries bytes to the peer: a connection, or TLS on one."""

    def write(self, data: bytes) -> None:
        """Send, as soon as the peer takes it."""
        ...

    def finish(self) -> None:
        """End the talk: it has what it wanted. The connection is dropped."""
        ...

    def finish_when_sent(self) -> None:
        """End the talk as soon as the kernel has taken all that was written."""
        ...

    def fail(self, error: Exception) -> None:
        """End the talk with what went wrong. The connection is dropped."""
        ...


class Talk(Protocol):
    """Who speaks over a line. It is called in this order: once, any number of times, and at most once.

    Nothing is called after it ended the talk.
    """

    def begin(self, line: Line) -> None:
        """The line stands."""
        ...

    def received(self, data: bytes) -> None:
        """The peer sent some bytes."""
        ...

    def lost(self, error: Exception | None) -> None:
        """The line is gone, by an error or, where there is none, since the peer closed it."""
        ...


class Silence:
    """The talk of a connection that only has to stand."""

    def begin(self, line: Line) -> None:
        """End at once; over TLS, as soon as the peer was told that hands are shaken."""
        line.finish_when_sent()

    def received(self, data: bytes) -> None:
        """Never called."""

    def lost(self, error: Exception | None) -> None:
        """Never called."""


class Connection(asyncio.Protocol):
    """A TCP connection: hands what comes to the talk, until either ends.

    An eager connection begins the talk as soon as it stands. Of several that race only the one that is chosen may
    speak: it is told so by `begin`, and until then leaves unread what comes.
    """

    __slots__ = ("_closed", "_error", "_is_eager", "_is_sending", "_progress", "_talk", "_transport")

    def __init__(self, progress: Progress, talk: Talk, *, is_eager: bool = False) -> None:
        # No exception is ever set: nobody would look at it where the attempt is given up.
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._error: Exception | None = None
        self._progress = progress
        self._talk: Talk | None = talk
        self._is_eager = is_eager
        self._is_sending = False
        self._transport: asyncio.Transport

    def begin(self) -> None:
        """Begin the talk on a connection that is not eager."""
        self._is_eager = True
        self._begin()
        self._transport.resume_reading()

    async def end(self) -> None:
        """Return when the talk has ended and the connection is closed. Raises what the talk ended with."""
        try:
            await self._closed
        except asyncio.CancelledError:
            self.drop()
            raise
        if self._error is not None:
            raise self._error

    def write(self, data: bytes) -> None:
        """Send, as soon as the peer takes it."""
        self._transport.write(data)

    def finish(self) -> None:
        """End the talk well."""
        self._end(None)

    def finish_when_sent(self) -> None:
        """End the talk well as soon as the kernel has taken all that was written."""
        if self._transport.get_write_buffer_size():
            self._is_sending = True
            self._transport.set_write_buffer_limits(0)
        else:
            self._end(None)

    def fail(self, error: Exception) -> None:
        """End the talk with what went wrong."""
        self._end(error)

    def drop(self) -> None:
        """Give up, whatever the talk wants."""
        self._talk = None
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless others race; called by the loop."""
        # Not an instance of asyncio's class where the loop is uvloop's.
        self._transport = cast(asyncio.Transport, transport)
        own_end = transport.get_extra_info("sockname")
        if own_end[1] == self._progress.port and own_end == transport.get_extra_info("peername"):
            # The kernel may pick the target's port for our own end, and connect it to itself (RFC 9293, 3.5).
            failure = Failure(Reason.CONNECT_REFUSED, "nothing listens: the connection met itself")
            asyncio.get_running_loop().call_soon(self._end, failure)
        elif self._is_eager:
            self._begin()
        else:
            self._transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Hand on what came; called by the loop."""
        if self._talk is not None:
            try:
                self._talk.received(data)
            except Exception as error:
                # A bug of ours. The loop would only log it, and the attempt wait in vain.
                self._end(error)

    def resume_writing(self) -> None:
        """End the talk if it only waits for this: all has been sent. Called by the loop."""
        if self._is_sending:
            # The loop's own code goes on with the transport, and must not find it closed.
            asyncio.get_running_loop().call_soon(self._end, None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the talk, if it goes on, and who waits for its end; called by the loop."""
        if self._talk is not None and self._is_eager:
            self._talk.lost(exc)
        if not self._closed.done():
            self._closed.set_result(None)

    def _begin(self) -> None:
        if self._talk is not None:
            try:
                self._talk.begin(self)
            except Exception as error:
                self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self._talk is not None:
            # What passes until the waiting task is resumed is our time, not the peer's.
            self._progress.stop()
            self._error = error
            # The talk knows its line: as a cycle, both would wait for the collector.
            self._talk = None
            # TLS would first say goodbye, and wait for an answer.
            self._transport.abort()
