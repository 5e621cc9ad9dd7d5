"""A server that notes when each connection arrives and which endpoint it is of; run as a process of its own.

    python -m bench.arrivals FILE PORT...

Answers every request but those for what hangs, and writes what it noted into the file when it is told to end.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import uvloop

HANGING = "hanging/"
"""What the path of an endpoint begins with that is never answered; its arrivals are not noted."""

_HANGS = f"GET /{HANGING}".encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class _Arrival(asyncio.Protocol):
    def __init__(self, noted: array[int]) -> None:
        self._noted = noted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._at_ns = time.time_ns()
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if data.startswith(_HANGS):
            return
        # GET /123 HTTP/1.1
        self._noted.extend((int(data[5 : data.index(b" ", 5)]), self._at_ns))
        self._transport.write(_ANSWER)
        self._transport.close()


def read_arrivals(path: Path) -> Iterator[tuple[int, int]]:
    """Yield the number of the endpoint and the instant in nanoseconds of each arrival, in order."""
    noted = array("q", path.read_bytes())
    return zip(noted[::2], noted[1::2], strict=True)


async def _serve(path: Path, ports: list[int]) -> None:
    noted = array("q")
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    for port in ports:
        await loop.create_server(lambda: _Arrival(noted), "127.0.0.1", port, backlog=1_024)
    await ending.wait()
    path.write_bytes(noted.tobytes())


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]), [int(port) for port in sys.argv[2:]]))
