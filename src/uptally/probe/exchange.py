"""The protocol of one HTTP connection: marks the first byte, caps the head, and names what breaks by our reasons."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, NamedTuple

from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from multidict import CIMultiDict
from yarl import URL

from uptally.model.observation import Reason
from uptally.probe.connect import Way
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure, reason_of

BODY_BYTES_MAX = 1_048_576
HEAD_BYTES_MAX = 65_536
HEAD_LINES_MAX = 100
INTERIM_MAX = 8
WIRE_BYTES_MAX = 16 * BODY_BYTES_MAX
"""Of a body in chunks of one byte, five sixths are frame; what is beyond that is a flood of trailers or extensions."""


class Hop(NamedTuple):
    """One request: what to send, and which way."""

    method: str
    url: URL
    headers: CIMultiDict[str]
    body: bytes | None
    way: Way
    proxy: URL | None = None
    proxy_headers: dict[str, str] | None = None


class Course:
    """What connector and protocol need to know of a hop: aiohttp hands nothing on, so it travels in the context.

    `exchange` is the connection that was chosen; others may have been begun, to other addresses.
    """

    __slots__ = ("exchange", "hop", "progress")

    def __init__(self, progress: Progress, hop: Hop) -> None:
        self.progress = progress
        self.hop = hop
        self.exchange: Exchange | None = None


COURSE: ContextVar[Course] = ContextVar("course")


def named_failure(error: BaseException, progress: Progress) -> Failure:
    """Return what the error of a connection means in the phase in which it was met."""
    if isinstance(error, Failure):
        return error
    return Failure(reason_of(error, progress.phase), str(error) or repr(error))


def make_exchange() -> Exchange:
    """Return the protocol for the hop that the running task is at."""
    return Exchange(asyncio.get_running_loop(), COURSE.get().progress)


class Exchange(ResponseHandler):
    """The protocol of one connection: marks the first byte, caps the head, and names what breaks by our reasons."""

    def __init__(self, loop: asyncio.AbstractEventLoop, progress: Progress) -> None:
        super().__init__(loop)
        self.was_lost = False
        self.lost: BaseException | None = None
        self._progress = progress
        self._wire_bytes = 0
        self._head_lines = 0
        self._interim = 0
        self._has_head = False

    def data_received(self, data: bytes) -> None:
        """Count and parse what came."""
        if not self._wire_bytes:
            self._progress.enter(Phase.TRANSFER)
        self._wire_bytes += len(data)
        if self._has_head:
            super().data_received(data)
            if self._wire_bytes > WIRE_BYTES_MAX:
                self._refuse(Reason.TOO_LARGE, "the body is mostly frame")
        else:
            self._head_lines += data.count(b"\n")
            super().data_received(data)
            self._cap_head()

    def _cap_head(self) -> None:
        if not self._has_head and (self._wire_bytes > HEAD_BYTES_MAX or self._head_lines > HEAD_LINES_MAX):
            self._refuse(Reason.TOO_LARGE, "the head of the response does not end")

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Pass on a head that was parsed, unless it is one interim too many or has too many lines."""
        message = data[0]
        if 100 <= message.code < 200 and message.code != 101:
            self._interim += 1
            if self._interim > INTERIM_MAX:
                self._refuse(Reason.MALFORMED, "interim responses do not end")
                return
        elif len(message.raw_headers) > HEAD_LINES_MAX:
            self._refuse(Reason.TOO_LARGE, f"{len(message.raw_headers)} header lines")
            return
        else:
            self._has_head = True
        super().feed_data(data, size)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Keep how it was lost, and let whoever waits know."""
        self.was_lost = True
        self.lost = exc
        super().connection_lost(exc)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Give the waiting request a Failure instead of aiohttp's error, as for some it would silently ask again."""
        super().set_exception(self._failure(exc, cause[0] if cause else exc), *cause)

    def close(self) -> None:
        """Drop the connection: TLS would first say goodbye and wait for an answer."""
        self.abort()

    def _failure(self, error: BaseException, cause: BaseException) -> Failure:
        if isinstance(error, HttpProcessingError):
            is_too_large = isinstance(cause, LineTooLong) or self._head_lines > HEAD_LINES_MAX
            return Failure(Reason.TOO_LARGE if is_too_large else Reason.MALFORMED, error.message)
        if self.was_lost and self.lost is None:
            if self._wire_bytes:
                return Failure(Reason.TRUNCATED, "the peer closed the connection within the head of the response")
            return Failure(Reason.CLOSED, "the peer closed the connection without an answer")
        return named_failure(self.lost or error, self._progress)

    def _refuse(self, reason: Reason, text: str) -> None:
        if self.exception() is not None:
            return
        failure = Failure(reason, text)
        self.set_exception(failure)
        if self._payload is not None:
            self._payload.set_exception(failure)
        # Not our own `abort`, which would forget the failure.
        if self.transport is not None:
            self.transport.abort()
