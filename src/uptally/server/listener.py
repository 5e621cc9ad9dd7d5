"""The door itself: so many connections and no more, none of them for long.

The probes share the process with the server, so clients that are many or slow may cost the page its answers but never
the probes their file descriptors. aiohttp by itself waits for a request, and for a reader, without end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

CONNECTIONS_MAX = 512
"""Further ones are closed unheard."""

IDLE_SECONDS = 15
"""How long a connection may wait for its next request."""

OLD_SECONDS = 30
"""A connection of this age is closed after its next response, as HTTP says it."""

LIFETIME_SECONDS = 60
"""A connection of this age is cut off, whatever it does: only one that asks or reads very slowly gets so old."""

_LINE_BYTES_MAX = 8 * 1024
_HEADERS_MAX = 64
_LOOK_EVERY_SECONDS = 1


def _is_ours(record: logging.LogRecord) -> bool:
    """Tell whether a record is of our own doing: anyone can send what is no HTTP, and must not fill the log with it."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_LOG = logging.getLogger(__name__)
_LOG.addFilter(_is_ours)


@asynccontextmanager
async def serve(
    app: web.Application, host: str, port: int, *, lifetime_seconds: float = LIFETIME_SECONDS
) -> AsyncIterator[tuple[str, int]]:
    """Serve an application while the context is open; gives the address that was bound, where port 0 is any free one.

    On leaving, no new connection is taken and requests in progress have a second to end. Raises OSError where the
    address cannot be bound.
    """
    door = _Door(lifetime_seconds)
    app.on_response_prepare.append(door.close_if_old)
    runner = web.AppRunner(
        app,
        logger=_LOG,
        access_log=None,
        keepalive_timeout=IDLE_SECONDS,
        max_line_size=_LINE_BYTES_MAX,
        max_field_size=_LINE_BYTES_MAX,
        max_headers=_HEADERS_MAX,
        auto_decompress=False,
        lingering_time=1,
        shutdown_timeout=1,
    )
    await runner.setup()
    try:
        if runner.server is None:
            raise RuntimeError("the runner was set up without a server")
        door.server = runner.server
        listener = await asyncio.get_running_loop().create_server(door.accept, host, port)
        watch = asyncio.create_task(door.watch(), name="server-door")
        try:
            bound = listener.sockets[0].getsockname()
            yield bound[0], bound[1]
        finally:
            watch.cancel()
            listener.close()
    finally:
        await runner.cleanup()


class _Door:
    """Knows since when each connection is open."""

    def __init__(self, lifetime_seconds: float) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._opened: dict[web.RequestHandler, float] = {}
        self.server: web.Server | None = None

    def accept(self) -> asyncio.Protocol:
        if self.server is None or len(self.server.connections) >= CONNECTIONS_MAX:
            return _Refusal()
        connection = self.server()
        self._opened[connection] = asyncio.get_running_loop().time()
        return connection

    async def watch(self) -> None:
        """Cut off what is too old, and forget what has closed, for ever."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
            for connection, opened in list(self._opened.items()):
                age = clock() - opened
                if connection.transport is None:
                    # Closed; one that was only just taken may not have been handed its transport yet.
                    if age > _LOOK_EVERY_SECONDS:
                        del self._opened[connection]
                elif age > self._lifetime_seconds:
                    connection.transport.abort()

    async def close_if_old(self, request: web.Request, response: web.StreamResponse) -> None:
        opened = self._opened.get(request.protocol)
        if opened is not None and asyncio.get_running_loop().time() - opened > OLD_SECONDS:
            # The header by hand, since aiohttp has written its own by now.
            response.headers["Connection"] = "close"
            response.force_close()


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()
