"""Tells connections that their sockets are ready: one epoll for all, which the event loop watches as one descriptor.

A transport of the event loop for each attempt would cost more than all else that the attempt does.
"""

from __future__ import annotations

import asyncio
import logging
import select
from pathlib import Path
from typing import Protocol

_CHANGES = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
"""A socket is registered once and each change told once: whoever is told reads or writes on until it would block."""

HAS_ENDED = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
"""What of a socket's state says that nothing comes behind what can be read."""

AT_ONCE = 256
"""Sockets that are looked at before the event loop has another turn."""

_OWN_PORTS_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")

_log = logging.getLogger(__name__)


class Polled(Protocol):
    """Who has a socket."""

    def ready(self, state: int) -> None:
        """The socket's state has changed to this, in the kernel's bits."""
        ...

    def resume(self) -> None:
        """Have whoever waits go on."""
        ...


class Poll:
    """Watches sockets from `open` to `close`; belongs to the event loop that runs then."""

    def __init__(self) -> None:
        self.ended: list[Polled] = []
        """Those for which somebody waits no longer in vain: they go on when all have been told. They may open sockets,
        which could have the number of one that is yet to be told something; and what the others received is timed
        before it is weighed what came of the first."""
        self.polled: dict[int, Polled] = {}
        """By the descriptors' numbers. Whoever closes a socket takes it out; thereby the kernel forgets it as well."""
        self.own_ports = _own_ports()
        """Those that the kernel may pick for our own ends. Where it picks the target's, on our own machine, it connects
        the socket to itself (RFC 9293, 3.5)."""
        self._epoll: select.epoll
        self.loop: asyncio.AbstractEventLoop

    def open(self) -> None:
        """Begin to watch. Raises OSError."""
        self._epoll = select.epoll()
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self._epoll.fileno(), self._tell)

    def close(self) -> None:
        """Watch no more."""
        self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()

    def add(self, number: int, polled: Polled) -> None:
        """Watch the socket of a descriptor's number, until it is taken out of `polled`. Raises OSError."""
        self._epoll.register(number, _CHANGES)
        self.polled[number] = polled

    def tell_later(self, polled: Polled, state: int) -> None:
        """Tell one of its state once more when others have had their turn."""
        self.loop.call_soon(self._tell_again, polled, state)

    def _tell(self) -> None:
        """Tell all whose state has changed."""
        polled = self.polled
        for number, state in self._epoll.poll(0, AT_ONCE):
            told = polled.get(number)
            if told is not None:
                told.ready(state)
        if self.ended:
            self._resume()

    def _tell_again(self, polled: Polled, state: int) -> None:
        polled.ready(state)
        self._resume()

    def _resume(self) -> None:
        ended, self.ended = self.ended, []
        for polled in ended:
            try:
                polled.resume()
            except Exception:
                _log.exception("a bug of ours ended an attempt")


def _own_ports() -> range:
    """Return the ports that the kernel may pick; all, where it does not tell."""
    try:
        first, last = map(int, _OWN_PORTS_FILE.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return range(0x10000)
    return range(first, last + 1)
