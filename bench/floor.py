"""The floor: what sockets, epoll and the parser cost alone, with no daemon around them.

So much the machine asks for any such check; what a daemon takes beyond it is the daemon's own.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from itertools import cycle

from httptools import HttpResponseParser

from bench.targets import MARK
from uptally.rules.schedule import slot_ms

_REQUEST = b"GET /1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: floor\r\nAccept: */*\r\nConnection: close\r\n\r\n"
_CHANGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
_READ_BYTES = 65_536


class _Check:
    """One connection: begun when it is made, over when it stands, or when its response is read."""

    def __init__(self, port: int) -> None:
        self.socket = socket.SocketType(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self.socket.connect_ex(("127.0.0.1", port))
        self.body = b""
        self.is_over = False
        self._parser: HttpResponseParser | None = None

    def go_on(self, state: int) -> None:
        """Send, or read on."""
        if self._parser is None:
            self._parser = HttpResponseParser(self)
            self.socket.send(_REQUEST)
        elif state & select.EPOLLIN:
            self._parser.feed_data(self.socket.recv(_READ_BYTES))

    def on_body(self, data: bytes) -> None:
        """Called by the parser."""
        self.body += data

    def on_message_complete(self) -> None:
        """Called by the parser."""
        self.is_over = True

    def close(self) -> None:
        """Let go, of the parser too, which knows us."""
        self._parser = None
        self.socket.close()


def measure(
    ports: Sequence[int], *, is_http: bool, endpoints: int, interval_ms: int, seconds: int
) -> tuple[int, float]:
    """Check each endpoint once in an interval, begun slot by slot as the daemon does.

    Return how many checks that were, and their CPU-seconds.
    Raises ValueError where a body was not the one that was asked for.
    """
    poll = select.epoll()
    checks: dict[int, _Check] = {}
    place = cycle(ports)
    slot = slot_ms(interval_ms)
    each_slot = endpoints * slot // interval_ms
    made = 0
    began_cpu_s, next_s = time.process_time(), time.monotonic()
    end_s = next_s + seconds
    while (now_s := time.monotonic()) < end_s or checks:
        if next_s <= now_s < end_s:
            next_s += slot / 1_000
            for _ in range(each_slot):
                check = _Check(next(place))
                checks[check.socket.fileno()] = check
                poll.register(check.socket, _CHANGES)
        for number, state in poll.poll(max(0.0, next_s - time.monotonic()), 256):
            check = checks[number]
            if is_http:
                check.go_on(state)
            if check.is_over or not is_http:
                if is_http and MARK.encode() not in check.body:
                    raise ValueError(f"the answer is {check.body[:80]!r}")
                del checks[number]
                check.close()
                made += 1
    return made, time.process_time() - began_cpu_s
