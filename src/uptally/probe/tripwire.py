"""A connection that is held open only to see when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
from typing import Self, cast

KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPALIVE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}
"""Empty packets keep routers from forgetting the connection, and find out that they did; in seconds, and in number. Of
the first two each system knows one."""

TALK_BYTES_MAX = 65_536
"""A peer that says more than that is listened to no longer, as it could keep us busy; its end is then not seen."""

_RESET = struct.pack("ii", 1, 0)


class Tripwire(asyncio.Protocol):
    """An idle TCP connection. Says nothing, and throws away what the peer says, such as a greeting."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heard_bytes = 0
        self._transport: asyncio.Transport

    @classmethod
    async def open(cls, address: str, port: int) -> Self:
        """Connect; TLS would see no more than TCP does. Raises OSError, and waits for as long as the system does."""
        _, tripwire = await asyncio.get_running_loop().create_connection(cls, address, port)
        if tripwire._is_own_end():
            tripwire.drop()
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nothing listens: the connection met itself")
        return tripwire

    async def end(self) -> None:
        """Return when the peer, or the system, ended the connection: by a reset, a close or silence to keepalives."""
        await self._ended

    def drop(self) -> None:
        """Close the connection, if that was not done."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it alive; called by the loop."""
        # Not an instance of asyncio's class where the loop is uvloop's.
        self._transport = cast(asyncio.Transport, transport)
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEPALIVE.items():
            if hasattr(socket, name):
                own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def data_received(self, data: bytes) -> None:
        """Throw away what the peer says; called by the loop."""
        self._heard_bytes += len(data)
        if self._heard_bytes > TALK_BYTES_MAX:
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """Answer a close with a reset; called by the loop, which then ends the connection.

        Else the peer's end would linger on, and keep a server that died from listening on its port anew.
        """
        with contextlib.suppress(OSError):
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the end; called by the loop."""
        if not self._ended.done():
            self._ended.set_result(None)

    def _is_own_end(self) -> bool:
        # The kernel may pick the target's port for our own end, and connect it to itself (RFC 9293, 3.5).
        return bool(self._transport.get_extra_info("sockname") == self._transport.get_extra_info("peername"))
