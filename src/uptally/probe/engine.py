"""One HTTP exchange through aiohttp, each on a connection of its own. Redirects and judgement are not its business.

aiohttp is used for the request's and the response's form alone. Its resolver, its connecting, its time-outs, its
redirects, its cookies and its silent second try of a request whose connection broke are all replaced or off: each would
be a part of the measurement.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

from aiohttp import (
    ClientHttpProxyError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

from uptally.model.observation import Reason
from uptally.probe.connect import Dialer, Way
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure, reason_of
from uptally.probe.tls import peer_facts

HEAD_BYTES_MAX = 65_536
HEAD_LINES_MAX = 100
LINE_BYTES_MAX = 8_190
INTERIM_MAX = 8
BODY_BYTES_MAX = 1_048_576
WIRE_BYTES_MAX = 16 * BODY_BYTES_MAX
"""Of a body in chunks of one byte, five sixths are frame; what is beyond that is a flood of trailers or extensions."""
BODY_HEAD_BYTES = 4_096
"""So much of the body is kept for evidence, before secrets are taken out of it."""

_NO_TIMEOUT = ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


class Hop(NamedTuple):
    """One request: what to send, and which way."""

    method: str
    url: URL
    headers: CIMultiDict[str]
    body: bytes | None
    way: Way
    proxy: URL | None = None
    proxy_headers: dict[str, str] | None = None


class _Course:
    """What the connector and the protocol of a hop need to know.

    Aiohttp hands nothing through, so it travels in the context.
    """

    __slots__ = ("hop", "lost", "progress", "was_lost")

    def __init__(self, progress: Progress, hop: Hop) -> None:
        self.progress = progress
        self.hop = hop
        self.was_lost = False
        self.lost: BaseException | None = None


_COURSE: ContextVar[_Course] = ContextVar("course")


class Reply:
    """A response whose head has arrived. Must be closed, which drops the connection."""

    def __init__(self, response: ClientResponse, course: _Course) -> None:
        self._response = response
        self._course = course
        self.status = response.status
        self.headers = tuple(response.headers.items())
        self.charset = response.charset
        self.is_cut = False

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case."""
        return self._response.headers.get(name)

    async def read(self, *, keep: bool) -> bytes:
        """Read the body to its end or to the cap; return all that was read, or only its head.

        Raises Failure: `TRUNCATED` or `RESET` where the connection ended too early, `MALFORMED` where the framing is
        wrong.
        """
        progress = self._course.progress
        limit = BODY_BYTES_MAX if keep else BODY_HEAD_BYTES
        kept = bytearray()
        content = self._response.content
        try:
            while chunk := await content.readany():
                progress.body_bytes += len(chunk)
                if len(kept) < limit:
                    kept += chunk[: limit - len(kept)]
                    progress.body_head = bytes(kept[:BODY_HEAD_BYTES])
                if progress.body_bytes >= BODY_BYTES_MAX:
                    self.is_cut = not content.at_eof()
                    break
        except ClientPayloadError as error:
            raise self._broken(error) from error
        return bytes(kept)

    def close(self) -> None:
        """Drop the connection without waiting for the peer."""
        self._response.close()

    def _broken(self, error: ClientPayloadError) -> Failure:
        course = self._course
        if not course.was_lost:
            return Failure(Reason.MALFORMED, str(error))
        if course.lost is None:
            return Failure(Reason.TRUNCATED, str(error))
        return _named(course.lost, course.progress)


class Engine:
    """Sends requests, one connection each."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._session: ClientSession | None = None

    async def start(self) -> None:
        """Make the session that all attempts share; it belongs to the running event loop."""
        self._session = ClientSession(
            connector=_Connector(self._dialer),
            cookie_jar=DummyCookieJar(),
            timeout=_NO_TIMEOUT,
            auto_decompress=False,
            trust_env=False,
            raise_for_status=False,
            requote_redirect_url=False,
            skip_auto_headers=("Content-Type", "User-Agent"),
            read_bufsize=65_536,
            max_line_size=LINE_BYTES_MAX,
            max_field_size=LINE_BYTES_MAX,
        )

    async def close(self) -> None:
        """Drop every connection."""
        if self._session is not None:
            await self._session.close()

    async def send(self, progress: Progress, hop: Hop) -> Reply:
        """Send a request and return its response as soon as the head is there.

        Raises Failure, OSError or ssl.SSLError.
        """
        assert self._session is not None, "the prober was not started"
        course = _Course(progress, hop)
        token = _COURSE.set(course)
        try:
            response = await self._session.request(
                hop.method,
                hop.url,
                headers=hop.headers,
                data=hop.body,
                allow_redirects=False,
                proxy=hop.proxy,
                proxy_headers=hop.proxy_headers,
                ssl=hop.way.context or True,
            )
        except ClientHttpProxyError as error:
            raise Failure(Reason.CONNECT_FAILED, f"the proxy answered {error.status}: {error.message}") from error
        finally:
            _COURSE.reset(token)
        progress.status = response.status
        if response.version is not None:
            progress.http_version = f"{response.version.major}.{response.version.minor}"
        return Reply(response, course)


class _Connector(TCPConnector):
    """aiohttp's place for making connections, which are made by ours. The proxy's handshake is aiohttp's own."""

    def __init__(self, dialer: Dialer) -> None:
        super().__init__(force_close=True, limit=0, limit_per_host=0, use_dns_cache=False, enable_cleanup_closed=False)
        self._dialer = dialer
        # Also what the proxy's tunnel is handed over to, once TLS stands in it.
        self._factory = partial(_make_exchange)

    async def _create_direct_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,
        *,
        client_error: type[Exception] = OSError,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        course = _COURSE.get()
        way = course.hop.way
        if course.hop.proxy is not None:
            # What the environment names as its proxy is trusted like the config.
            assert req.url.raw_host is not None
            assert req.port is not None
            context = way.context if req.is_ssl() else None
            way = Way(req.url.raw_host, req.port, way.family, context)
        try:
            transport, protocol = await self._dialer.open(course.progress, way, _make_exchange)
        except OSError as error:
            # Named here, as aiohttp would make an error of another kind of it: OpenSSL's code 1 would be EPERM.
            raise _named(error, course.progress) from error
        course.progress.enter(Phase.RESPONSE)
        return transport, protocol

    async def _start_tls_connection(self, *args: Any, **options: Any) -> tuple[asyncio.BaseTransport, ResponseHandler]:
        progress = _COURSE.get().progress
        progress.enter(Phase.TLS)
        try:
            transport, protocol = await super()._start_tls_connection(*args, **options)
        except OSError as error:
            raise _named(error.__cause__ or error, progress) from error
        progress.certificate, progress.tls_version = peer_facts(transport)
        progress.enter(Phase.RESPONSE)
        return transport, protocol


def _named(error: BaseException, progress: Progress) -> Failure:
    if isinstance(error, Failure):
        return error
    return Failure(reason_of(error, progress.phase), str(error) or repr(error))


def _make_exchange() -> ResponseHandler:
    return _Exchange(asyncio.get_running_loop(), _COURSE.get())


class _Exchange(ResponseHandler):
    """The protocol of one connection: marks the first byte, caps the head, and names what breaks by our reasons."""

    def __init__(self, loop: asyncio.AbstractEventLoop, course: _Course) -> None:
        super().__init__(loop)
        self._course = course
        self._wire_bytes = 0
        self._head_lines = 0
        self._interim = 0
        self._has_head = False

    def data_received(self, data: bytes) -> None:
        if not self._wire_bytes:
            self._course.progress.enter(Phase.TRANSFER)
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
        self._course.was_lost = True
        self._course.lost = exc
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
        if self._course.was_lost and self._course.lost is None:
            if self._wire_bytes:
                return Failure(Reason.TRUNCATED, "the peer closed the connection within the head of the response")
            return Failure(Reason.CLOSED, "the peer closed the connection without an answer")
        return _named(self._course.lost or error, self._course.progress)

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
