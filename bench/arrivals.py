"""A server that notes when each connection arrives and which endpoint it is of; run as a process of its own.

    python -m bench.arrivals FILE PORT...

Answers every request but those for what hangs, and writes what it noted into the file when it is told to end. What has
arrived is noted before anything is answered, so that no arrival looks later for the server's own work.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

from uptally.rules.schedule import phase_ms
from uptally.units.time import Window

HANGING = "hanging/"
"""What the path of an endpoint begins with that is never answered; its arrivals are not noted."""

EARLY_MS = 100
"""An arrival so long before a slot counts as early, and not as very late for the slot before."""

_HANGS = f"GET /{HANGING}".encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class _Server:
    def __init__(self, ports: list[int]) -> None:
        self.noted = array("q")
        self._epoll = select.epoll()
        self._listeners = {}
        self._open: dict[int, tuple[socket.socket, int]] = {}
        for port in ports:
            listener = socket.create_server(("127.0.0.1", port), backlog=1_024)
            listener.setblocking(False)
            self._listeners[listener.fileno()] = listener
            self._epoll.register(listener, select.EPOLLIN)

    def turn(self) -> None:
        """Wait for something to happen, and see to it."""
        talking = []
        for number, _ in self._epoll.poll(maxevents=1_024):
            listener = self._listeners.get(number)
            if listener is None:
                talking.append(number)
            else:
                self._accept(listener)
        for number in talking:
            self._answer(number)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                connection, _ = listener.accept()
                at_ns = time.time_ns()
                connection.setblocking(False)
                self._open[connection.fileno()] = connection, at_ns
                self._epoll.register(connection, select.EPOLLIN)

    def _answer(self, number: int) -> None:
        connection, at_ns = self._open[number]
        try:
            data = connection.recv(65_536)
        except ConnectionError:
            data = b""
        if data.startswith(_HANGS):
            return
        if data:
            # GET /123 HTTP/1.1
            self.noted.extend((int(data[5 : data.index(b" ", 5)]), at_ns))
            with contextlib.suppress(ConnectionError):
                connection.send(_ANSWER)
        del self._open[number]
        connection.close()


def read_arrivals(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the number of the endpoint and the instant in nanoseconds of each arrival, in order."""
    noted = array("q", path.read_bytes())
    return zip(noted[::2], noted[1::2], strict=True)


def arrivals_late(path: Path, interval_ms: int, window: Window) -> Iterator[tuple[int, int]]:
    """Yield of each arrival within a window its instant in milliseconds, and by how many microseconds it was late.

    The endpoints are called `endpoint-0` and so on, and each is tried once in an interval.
    """
    interval_us, early_us = interval_ms * 1_000, EARLY_MS * 1_000
    phases_us: dict[int, int] = {}
    for number, at_ns in read_arrivals(path):
        if window.start_ms <= at_ns // 1_000_000 < window.end_ms:
            if number not in phases_us:
                phases_us[number] = phase_ms(f"endpoint-{number}", interval_ms) * 1_000
            yield at_ns // 1_000_000, (at_ns // 1_000 - phases_us[number] + early_us) % interval_us - early_us


def _serve(path: Path, ports: list[int]) -> None:
    server = _Server(ports)

    def end(number: int, frame: object) -> None:
        raise SystemExit

    signal.signal(signal.SIGTERM, end)
    try:
        while True:
            server.turn()
    finally:
        path.write_bytes(server.noted.tobytes())


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]])
