"""A daemon as a process, and targets that do as they are told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

PATIENCE_S = 30


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Return as soon as something is so; fail after half a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.01)


class Daemon:
    """`uptally run` in a folder with a `probes.yaml`; killed at the end of the context if it still runs.

    `within` is a command that runs another one, and `environment` comes on top of our own.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        within: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*within, sys.executable, "-m", "uptally", "run", *arguments],
                cwd=folder,
                env={**os.environ, **environment},
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end as a service manager does, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)


class Target:
    """An HTTP server on a port and a thread of its own that answers with `status` or, when told, not at all."""

    def __init__(self) -> None:
        self.status = 200
        self.delay_s = 0.0
        self.hangs = False
        self.requests = 0
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, sock=self._socket)
        await self._ended.wait()
        server.close()
        answers = asyncio.all_tasks() - {asyncio.current_task()}
        for answer in answers:
            answer.cancel()
        await asyncio.gather(*answers, return_exceptions=True)
        # Once more around, for the transports to let go of their sockets.
        await asyncio.sleep(0)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            await asyncio.sleep(3_600 if self.hangs else self.delay_s)
            writer.write(f"HTTP/1.1 {self.status} So\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
            await writer.drain()
        writer.close()


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """Give a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    yield port


def now_ms() -> int:
    """Return the wall clock, which is also the daemon's."""
    return time.time_ns() // 1_000_000
