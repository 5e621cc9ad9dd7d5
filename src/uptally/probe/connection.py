"""One connection of one attempt."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import socket
from collections.abc import Callable, Generator
from typing import Self

from uptally.probe.poll import HAS_ENDED, Poll
from uptally.probe.progress import Progress
from uptally.probe.talk import Talk

IS_READABLE = select.EPOLLIN | HAS_ENDED

READ_BYTES = 65_536
READS_AT_ONCE = 16
"""Pieces that are read of one connection before another has its turn."""


class Connection:
    """A TCP connection to an address: hands what comes to the talk, until either ends.

    Of several that race, each only has to `stand`, and the one that is chosen is to `hold` a talk; what comes before is
    left unread. One that races with none holds it from its begin. Who holds a talk is a flight.
    """

    _talk: Talk | None = None
    _stands = False
    _has_begun = False
    _is_over = False
    _is_finishing = False
    _unsent = b""
    _send_error: OSError | None = None
    _error: Exception | None = None
    _standing: asyncio.Future[None] | None = None
    _go_on: Callable[[Connection], object] | None = None

    def __init__(self, poll: Poll, progress: Progress, address: str, port: int) -> None:
        """Begin to connect. Raises OSError."""
        self._poll = poll
        self._progress = progress
        self.address = address
        self._port = port
        self._socket = made = connecting(address, port)
        self._number = number = made.fileno()
        try:
            poll.add(number, self)
        except OSError:
            made.close()
            raise

    async def stand(self) -> None:
        """Return when the connection stands. Raises OSError where it cannot."""
        if not self._stands and not self._is_over:
            self._standing = self._poll.loop.create_future()
            try:
                await self._standing
            except asyncio.CancelledError:
                self.drop()
                raise
        if self._error is not None:
            self._raise()

    def hold(self, talk: Talk) -> Self:
        """Hold a talk as soon as the connection stands; to be awaited until it has ended. Raises what it ended with."""
        self._talk = talk
        if self._stands:
            # What came before, nobody is told of again.
            self.ready(HAS_ENDED)
        return self

    def __await__(self) -> Generator[Connection, None, None]:
        """Wait for the end of the talk."""
        if not self._is_over:
            try:
                yield self
            except BaseException:
                self.drop()
                raise
        if self._error is not None:
            self._raise()

    def add_done_callback(self, callback: Callable[[Connection], object]) -> None:
        """Have the one that waits go on when the talk has ended."""
        self._go_on = callback

    def remove_done_callback(self, callback: Callable[[Connection], object]) -> None:
        """Have nobody go on."""
        self._go_on = None

    def resume(self) -> None:
        """Have the one that waits go on; called by the poll."""
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on(self)

    def write(self, data: bytes) -> None:
        """Send, as soon as the peer takes it. Raises OSError where our own machine cannot."""
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except (BrokenPipeError, ConnectionResetError) as error:
            # What the peer said before may be all that counts, and is yet to be read.
            self._send_error = error.with_traceback(None)
            return
        if sent < len(data):
            self._unsent = data[sent:]

    def finish(self, error: Exception | None = None) -> None:
        """End the talk, well or with what went wrong."""
        if not self._is_over:
            # What passes until whoever waits goes on is our time, not the peer's.
            self._progress.stop()
            self._error = error
            if self._go_on is not None:
                self._poll.ended.append(self)
            self.drop()

    def finish_when_sent(self) -> None:
        """End the talk well as soon as the kernel has taken all that was written."""
        if self._unsent:
            self._is_finishing = True
        else:
            self.finish(self._send_error)

    def drop(self) -> None:
        """Give up, whatever the talk wants."""
        if not self._is_over:
            self._is_over = True
            talk, self._talk = self._talk, None
            del self._poll.polled[self._number]
            self._socket.close()
            if talk is not None:
                talk.close()

    def ready(self, state: int) -> None:
        """Go on as far as the socket allows; called by the poll."""
        try:
            if not self._stands:
                if state & HAS_ENDED or self._port in self._poll.own_ports:
                    self._look_at_end()
                self._stands = True
                if self._standing is not None:
                    self._tell(self._standing)
            elif self._unsent:
                self._send_on()
            talk = self._talk
            if talk is not None:
                if not self._has_begun:
                    self._has_begun = True
                    self._progress.address = self.address
                    talk.begin(self)
                if state & IS_READABLE:
                    self._receive(state)
        except Exception as error:
            # Our own machine, or a bug of ours. The loop would only log it, and the attempt wait in vain.
            if self._talk is not None:
                self.finish(error)
            elif not self._is_over:
                self._error = error
                self.drop()
                if self._standing is not None:
                    self._tell(self._standing)

    def _raise(self) -> None:
        """Raise what it ended with, and know no more of it: its traceback leads to whoever waits, and so back here."""
        error, self._error = self._error, None
        assert error is not None, "it is asked first whether there is any"
        try:
            raise error
        finally:
            del error

    def _look_at_end(self) -> None:
        """Raise OSError where connecting failed, or led nowhere but to ourselves."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, os.strerror(number))
        own_end = self._socket.getsockname()
        if own_end[1] == self._port and own_end == self._socket.getpeername():
            raise OSError(errno.ECONNREFUSED, "nothing listens: the connection met itself")

    @staticmethod
    def _tell(standing: asyncio.Future[None]) -> None:
        if not standing.done():
            standing.set_result(None)

    def _send_on(self) -> None:
        data, self._unsent = self._unsent, b""
        self.write(data)
        if self._is_finishing and not self._unsent:
            self.finish(self._send_error)

    def _receive(self, state: int) -> None:
        """Read on until there is nothing more, which a piece that is short says as well unless the peer is gone."""
        receive = self._socket.recv
        for _ in range(READS_AT_ONCE):
            talk = self._talk
            if talk is None:
                return
            try:
                data = receive(READ_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._lose(talk, error)
                return
            if not data:
                self._lose(talk, self._send_error)
                return
            talk.received(data)
            if len(data) < READ_BYTES and not state & HAS_ENDED:
                return
        self._poll.tell_later(self, state)

    def _lose(self, talk: Talk, error: OSError | None) -> None:
        talk.lost(error)
        self.finish(error)


def connecting(address: str, port: int) -> socket.SocketType:
    """Return a socket that connects to an address, and tells when it is done with that. Raises OSError."""
    if ":" in address:
        address, _, zone = address.partition("%")
        place: tuple[str, int] | tuple[str, int, int, int] = (address, port, 0, _zone_number(zone))
        family = socket.AF_INET6
    else:
        place = (address, port)
        family = socket.AF_INET
    # What `socket.socket` is made of, without what it adds in Python; no system call makes it non-blocking.
    made = socket.SocketType(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    number = made.connect_ex(place)
    if number not in (0, errno.EINPROGRESS):
        made.close()
        raise OSError(number, os.strerror(number))
    return made


def _zone_number(zone: str) -> int:
    """Return the number of the interface that an IPv6 address names behind its %; 0 where it names none."""
    if zone.isdecimal() or not zone:
        return int(zone or 0)
    return socket.if_nametoindex(zone)
