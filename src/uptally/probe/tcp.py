"""The TCP check: connect, then TLS, send and wait for a text, each where the config asks for it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamReaderProtocol, StreamWriter

from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Reason
from uptally.probe.connect import Way
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.tools import Tools
from uptally.rules.judge import RIGHT, Verdict, judge_reply

REPLY_BYTES_MAX = 65_536


class _Stream(StreamReaderProtocol):
    """asyncio's stream protocol with the reader at hand."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.reader = StreamReader(limit=REPLY_BYTES_MAX, loop=loop)
        super().__init__(self.reader, loop=loop)


async def probe_tcp(tools: Tools, endpoint: Endpoint, progress: Progress) -> Verdict:
    """Connect, and where the check says so, talk. A connection that stands is a right answer if nothing more is asked.

    Raises what the way there met: Failure, OSError, ssl.SSLError.
    """
    check = endpoint.check
    assert isinstance(check, TcpCheck)
    context = None if check.tls is None else await tools.contexts.prepare(check.tls, is_http=False)
    way = Way(check.host, check.port, endpoint.family, context)
    if check.send is None and check.expect is None:
        transport, _ = await tools.dialer.open(progress, way, asyncio.Protocol)
        transport.abort()
        return RIGHT
    transport, stream = await tools.dialer.open(progress, way, _Stream)
    progress.enter(Phase.RESPONSE)
    writer = StreamWriter(transport, stream, stream.reader, asyncio.get_running_loop())
    try:
        if check.send is not None:
            # The kernel must have taken all of it, as the connection may be dropped next.
            transport.set_write_buffer_limits(0)
            writer.write(check.send.reveal().encode())
            await writer.drain()
        return RIGHT if check.expect is None else await _await_text(stream.reader, check.expect, progress)
    finally:
        transport.abort()


async def _await_text(reader: StreamReader, expect: str, progress: Progress) -> Verdict:
    """Read until the text has come; a peer that closes first is judged by what it said."""
    received = bytearray()
    wanted = expect.encode()
    while wanted not in received:
        chunk = await reader.read(REPLY_BYTES_MAX)
        if not chunk:
            if not received:
                raise Failure(Reason.CLOSED, "the peer closed the connection without a word")
            break
        if not received:
            progress.enter(Phase.TRANSFER)
        received += chunk
        progress.body_bytes = len(received)
        progress.body_head = bytes(received[:4_096])
        if len(received) >= REPLY_BYTES_MAX:
            break
    return judge_reply(expect, bytes(received))
