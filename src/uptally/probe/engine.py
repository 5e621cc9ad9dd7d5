"""One HTTP exchange through aiohttp, each on a connection of its own. Redirects and judgement are not its business.

aiohttp is used for the request's and the response's form alone. Its resolver, its connecting, its time-outs, its
redirects, its cookies and its silent second try of a request whose connection broke are all replaced or off: each would
be a part of the measurement.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

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
from aiohttp.tracing import Trace

from uptally.model.observation import Reason
from uptally.probe.connect import Dialer, Way
from uptally.probe.exchange import BODY_BYTES_MAX, COURSE, Course, Exchange, Hop, make_exchange, named_failure
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.tls import peer_facts

LINE_BYTES_MAX = 8_190
BODY_HEAD_BYTES = 4_096
"""So much of the body is kept for evidence, before secrets are taken out of it."""

_NO_TIMEOUT = ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)


class Reply:
    """A response whose head has arrived. Must be closed, which drops the connection."""

    def __init__(self, response: ClientResponse, course: Course) -> None:
        self._response = response
        self._course = course
        self.status = response.status
        self.headers = tuple(response.headers.items())
        self.is_cut = False

    @property
    def charset(self) -> str | None:
        """The character set that the response names for its body."""
        return self._response.charset

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
        exchange = self._course.exchange
        assert exchange is not None
        if not exchange.was_lost:
            return Failure(Reason.MALFORMED, str(error))
        if exchange.lost is None:
            return Failure(Reason.TRUNCATED, str(error))
        return named_failure(exchange.lost, self._course.progress)


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
        progress.status = None
        course = Course(progress, hop)
        token = COURSE.set(course)
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
            COURSE.reset(token)
        progress.status = response.status
        if response.version is not None:
            progress.http_version = f"{response.version.major}.{response.version.minor}"
        return Reply(response, course)


def _make_handler() -> ResponseHandler:
    return make_exchange()


class _Connector(TCPConnector):
    """aiohttp's place for making connections, which are made by ours. The proxy's handshake is aiohttp's own."""

    def __init__(self, dialer: Dialer) -> None:
        super().__init__(force_close=True, limit=0, limit_per_host=0, use_dns_cache=False, enable_cleanup_closed=False)
        self._dialer = dialer
        # Also what the proxy's tunnel is handed over to, once TLS stands in it.
        self._factory = partial(_make_handler)

    async def _create_direct_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,
        *,
        client_error: type[Exception] = OSError,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        course = COURSE.get()
        way = course.hop.way
        if course.hop.proxy is not None:
            # What the environment names as its proxy is trusted like the config.
            assert req.url.raw_host is not None
            assert req.port is not None
            context = way.context if req.is_ssl() else None
            way = Way(req.url.raw_host, req.port, way.family, context)
        try:
            transport, course.exchange = await self._dialer.open(course.progress, way, make_exchange)
        except OSError as error:
            # Named here, as aiohttp would make an error of another kind of it: OpenSSL's code 1 would be EPERM.
            raise named_failure(error, course.progress) from error
        course.progress.enter(Phase.RESPONSE)
        return transport, course.exchange

    async def _start_tls_connection(self, *args: Any, **options: Any) -> tuple[asyncio.BaseTransport, ResponseHandler]:
        course = COURSE.get()
        progress = course.progress
        progress.enter(Phase.TLS)
        try:
            transport, protocol = await super()._start_tls_connection(*args, **options)
        except OSError as error:
            raise named_failure(error.__cause__ or error, progress) from error
        assert isinstance(protocol, Exchange)
        course.exchange = protocol
        progress.certificate, progress.tls_version = peer_facts(transport)
        progress.enter(Phase.RESPONSE)
        return transport, protocol
