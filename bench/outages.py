"""Targets whose outages are known to the millisecond; run as a process of its own.

    python -m bench.outages PLAN TRUTH

Reads when each target shall fail and how, lets it, and notes when each failure really began and ended: what it writes
into TRUTH after the last is what happened, not what was planned.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, Self, cast

from bench.targets import MARK

KINDS = ("refused", "503", "hang", "reset")
"""Nobody listens, a wrong answer, none, and a connection that is reset when it has asked."""

CRASH = "crash"
"""The listener goes, and every connection that stands is reset: what the end of a process does."""

SHORTEST_MS, LONGEST_MS = 300, 60_000
EDGE_MS = 20_000
"""A run begins and ends with so much time without an outage, so that each can be seen to begin and to end."""

_BODY = MARK.encode()
_RIGHT = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_BODY), _BODY)
_WRONG = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Outage(NamedTuple):
    """When a target fails, and how: half-open, in milliseconds since the epoch."""

    begin_ms: int
    end_ms: int
    kind: str


class Target(NamedTuple):
    """A port, and what happens there."""

    port: int
    outages: list[Outage]

    @property
    def down_ms(self) -> int:
        """How long it was down in all."""
        return sum(outage.end_ms - outage.begin_ms for outage in self.outages)

    @classmethod
    def of(cls, value: tuple[int, list[tuple[int, int, str]]]) -> Self:
        """Read what JSON makes of one."""
        port, outages = value
        return cls(port, [Outage(*outage) for outage in outages])


class Shape(NamedTuple):
    """What a run is like: how long it is, how much of it is down in how many outages, and how far these lie apart."""

    length_ms: int
    down_ms: tuple[int, int]
    outages: tuple[int, int]
    apart_ms: int


def plan(shape: Shape, kinds: Sequence[str], *, begin_ms: int, seed: str) -> list[Outage]:
    """Return the outages of one run, drawn at random: the same for the same seed.

    Their lengths are spread evenly over the orders of magnitude, as far as the sum allows; their places evenly over
    the time that the distance between them leaves.
    """
    random = Random(seed)
    lengths = _lengths(shape, random)
    free_ms = shape.length_ms - 2 * EDGE_MS - sum(lengths) - shape.apart_ms * (len(lengths) - 1)
    if free_ms < 0:
        raise ValueError(f"{len(lengths)} outages do not fit into {shape.length_ms} ms")
    outages = []
    slack = sorted(random.randrange(free_ms + 1) for _ in lengths)
    for number, (length_ms, before_ms) in enumerate(zip(lengths, slack, strict=True)):
        at_ms = begin_ms + EDGE_MS + before_ms + shape.apart_ms * number + sum(lengths[:number])
        outages.append(Outage(at_ms, at_ms + length_ms, random.choice(kinds)))
    return outages


def _lengths(shape: Shape, random: Random) -> list[int]:
    while True:
        count = random.randint(*shape.outages)
        lengths = [round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random.random()) for _ in range(count)]
        if shape.down_ms[0] <= sum(lengths) <= shape.down_ms[1] and all(each % 1_000 for each in lengths):
            return lengths


def late_ms(planned: Target, happened: Target) -> int:
    """Return by how much the begin or the end of an outage was late at most."""
    pairs = zip(planned.outages, happened.outages, strict=True)
    return max(max(now.begin_ms - then.begin_ms, now.end_ms - then.end_ms) for then, now in pairs)


def write(path: Path, targets: Sequence[Target]) -> None:
    """Write targets into a file."""
    path.write_text(json.dumps(targets), encoding="utf-8")


def read(path: Path) -> list[Target]:
    """Read the targets of a file."""
    return [Target.of(value) for value in json.loads(path.read_text(encoding="utf-8"))]


class _Server:
    """One target. Everything happens on one thread, so that nothing is answered while it changes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.failure = ""
        self.connections: set[asyncio.Transport] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> int:
        """Begin to listen; return the instant since when it does."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        since_ms = _now_ms()
        # What arrives before this is answered after it.
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), sock=listener)
        return since_ms

    async def live(self, outages: Sequence[Outage]) -> list[Outage]:
        """Fail when it is planned; return what happened."""
        return [await self._fail(outage) for outage in outages]

    async def _fail(self, outage: Outage) -> Outage:
        await _until(outage.begin_ms)
        begin_ms = _now_ms()
        self.failure = outage.kind
        if outage.kind in (CRASH, "refused"):
            self._deafen()
        if outage.kind == CRASH:
            for connection in list(self.connections):
                _reset(connection)
        await _until(outage.end_ms)
        self.failure = ""
        end_ms = await self.listen() if self._server is None else _now_ms()
        return Outage(begin_ms, end_ms, outage.kind)

    def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class _Connection(asyncio.Protocol):
    """Answers one request as its target does now; a connection that asks nothing may stand for as long as it likes."""

    def __init__(self, server: _Server) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(self._transport)
        if self._server.failure == CRASH:
            # It was accepted before, and noticed after.
            self._reset()

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        match self._server.failure:
            case "hang":
                return
            case "reset":
                self._reset()
                return
            case "503":
                self._transport.write(_WRONG)
            case _:
                self._transport.write(_RIGHT)
        self._transport.close()

    def _reset(self) -> None:
        _reset(self._transport)


def _reset(connection: asyncio.Transport) -> None:
    sock = connection.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.abort()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _until(instant_ms: int) -> None:
    while (wait_ms := instant_ms - time.time_ns() / 1e6) > 0:
        await asyncio.sleep(wait_ms / 1_000)


async def _serve(planned: Path, truth: Path) -> None:
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    targets = read(planned)
    servers = [_Server(target.port) for target in targets]
    for server in servers:
        await server.listen()
    lives = await asyncio.gather(*(server.live(each.outages) for server, each in zip(servers, targets, strict=True)))
    write(truth, [Target(server.port, outages) for server, outages in zip(servers, lives, strict=True)])
    await ending.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Path(sys.argv[2])))
