"""Real servers on loopback that behave well, badly or not at all."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import trustme

from uptally.model.endpoint import (
    BasicAuth,
    BearerAuth,
    Endpoint,
    Family,
    HttpCheck,
    HttpExpectation,
    TcpCheck,
)
from uptally.model.endpoint import (
    Tls as TlsOptions,
)
from uptally.model.secret import Secret

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

AMPLE_MS = 20_000
"""A timeout that only a test that hangs would meet."""
SHORT_MS = 400
"""A timeout that the test waits for: long enough for what comes before the silence."""


@asynccontextmanager
async def serving(
    handler: Handler, host: str = "127.0.0.1", context: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Run a server; yields its port. What still runs of the handlers at the end is cancelled."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await handler(reader, writer)
        finally:
            running.discard(task)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in [*running]:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def answering(raw: bytes, *, linger: bool = False) -> Handler:
    """Reads one request, writes these bytes, and closes, or with `linger` leaves the connection open."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()
        if linger:
            await asyncio.sleep(3_600)

    return handle


def response(body: bytes = b"", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def repeating(first: bytes, piece: bytes, *, pause_s: float = 0.0, times: int | None = None) -> Handler:
    """Reads one request, writes the first bytes, then the piece again and again."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        for _ in itertools.count() if times is None else range(times):
            writer.write(piece)
            await writer.drain()
            if pause_s:
                await asyncio.sleep(pause_s)

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts, and says nothing for as long as the test lasts."""
    await asyncio.sleep(3_600)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Waits for the first byte, and answers with a TCP reset."""
    await reader.read(1)
    reset(writer)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Waits for the first bytes, and closes without an answer."""
    await reader.read(65_536)


def reset(writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def relay(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader,
    other_writer: asyncio.StreamWriter,
) -> None:
    """Pass bytes both ways until both sides have ended."""

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
        sink.close()

    try:
        await asyncio.gather(pump(reader, other_writer), pump(other_reader, writer))
    finally:
        other_writer.close()


@contextmanager
def blocking_tls(context: ssl.SSLContext) -> Iterator[int]:
    """Run a TLS server that sends alerts, which asyncio's does not; answers one request after the other."""

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as secured:
                try:
                    secured.do_handshake()
                    secured.recv(65_536)
                    secured.sendall(response(b"ok"))
                except OSError:
                    # Closing over something unread would be a reset, and might overtake the alert.
                    with suppress(OSError):
                        secured.shutdown(socket.SHUT_WR)
                        while secured.recv(65_536):
                            pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


class Recorder:
    """An HTTP server that keeps the requests it got, and answers each by its path."""

    def __init__(self, answers: dict[str, bytes] | None = None, default: bytes = response(b"ok")) -> None:
        self.requests: list[bytes] = []
        self.answers = answers or {}
        self.default = default

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        self.requests.append(head + await reader.readexactly(size))
        path = head.split(b" ")[1].decode()
        answer = self.answers.get(path, self.default)
        writer.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if head.startswith(b"HEAD ") else answer)
        await writer.drain()

    def line(self, index: int = -1) -> str:
        return self.requests[index].split(b"\r\n")[0].decode()

    def headers(self, index: int = -1) -> dict[str, str]:
        head = self.requests[index].split(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in head)}

    def body(self, index: int = -1) -> bytes:
        return self.requests[index].split(b"\r\n\r\n", 1)[1]


def refused_port() -> int:
    """A port on which nothing listens: it was bound a moment ago, and is free again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Tls:
    """A test authority, its file, and server contexts with certificates of any kind."""

    def __init__(self, authority: trustme.CA, directory: Path) -> None:
        self.authority = authority
        self.directory = directory
        self.ca_file = str(directory / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self.trusting = TlsOptions(ca_file=self.ca_file)

    def context(
        self,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        authority: trustme.CA | None = None,
        common_name: str | None = None,
    ) -> ssl.SSLContext:
        certificate = (authority or self.authority).issue_cert(
            *(names or ("127.0.0.1", "localhost")), not_before=not_before, not_after=not_after, common_name=common_name
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


def http(
    url: str,
    *,
    timeout_ms: int = AMPLE_MS,
    family: Family = Family.ANY,
    latency_limit_ms: int | None = None,
    certificate_days: int = 14,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: str | None = None,
    auth: BasicAuth | BearerAuth | None = None,
    redirects_max: int = 5,
    environment_proxy: bool = False,
    tls: TlsOptions | None = None,
    expect: HttpExpectation | None = None,
) -> Endpoint:
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0]
    host, _, port = authority.rpartition(":")
    check = HttpCheck(
        url=url,
        host=host.strip("[]"),
        port=int(port),
        method=method,
        headers=tuple((name, Secret(value)) for name, value in (headers or {}).items()),
        body=None if body is None else Secret(body),
        auth=auth,
        redirects_max=redirects_max,
        environment_proxy=environment_proxy,
        tls=tls or TlsOptions(),
        expect=expect or HttpExpectation(),
    )
    assert check.is_tls == (scheme == "https")
    return _endpoint(check, timeout_ms, family, latency_limit_ms, certificate_days)


def tcp(
    port: int,
    host: str = "127.0.0.1",
    *,
    timeout_ms: int = AMPLE_MS,
    family: Family = Family.ANY,
    latency_limit_ms: int | None = None,
    certificate_days: int = 14,
    tls: TlsOptions | None = None,
    send: str | None = None,
    expect: str | None = None,
) -> Endpoint:
    check = TcpCheck(host, port, tls=tls, send=None if send is None else Secret(send), expect=expect)
    return _endpoint(check, timeout_ms, family, latency_limit_ms, certificate_days)


def _endpoint(
    check: HttpCheck | TcpCheck, timeout_ms: int, family: Family, latency_limit_ms: int | None, certificate_days: int
) -> Endpoint:
    return Endpoint(
        name="Target",
        slug="target",
        check=check,
        interval_ms=60_000,
        timeout_ms=timeout_ms,
        family=family,
        latency_limit_ms=latency_limit_ms,
        certificate_days=certificate_days,
    )
