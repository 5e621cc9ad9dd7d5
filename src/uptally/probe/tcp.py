"""The TCP check: connect, then TLS, send and wait for a text, each where the config asks for it."""

from __future__ import annotations

import ssl

from uptally.model.endpoint import TcpCheck
from uptally.model.observation import Reason
from uptally.probe.plan import Plan
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.talk import Line, Silence
from uptally.probe.tools import Tools
from uptally.rules.judge import RIGHT, Verdict, judge_reply

REPLY_BYTES_MAX = 65_536

_SILENCE = Silence()


class Conversation:
    """The talk that sends a text, and waits for another; `received_bytes` is what the peer said."""

    def __init__(self, progress: Progress, send: bytes, expect: bytes | None) -> None:
        self._progress = progress
        self._send = send
        self._expect = expect
        self._line: Line
        self.received_bytes = bytearray()

    def begin(self, line: Line) -> None:
        """Send. The kernel must have taken all of it where nothing is waited for, as the connection is dropped next."""
        self._line = line
        self._progress.enter(Phase.RESPONSE)
        if self._send:
            line.write(self._send)
        if self._expect is None:
            line.finish_when_sent()

    def received(self, data: bytes) -> None:
        """Look for the text, which may come in pieces."""
        if self._expect is None:
            return
        progress, found = self._progress, self.received_bytes
        if not found:
            progress.enter(Phase.TRANSFER)
            progress.body = found
        begin = max(0, len(found) - len(self._expect))
        found += data
        progress.body_bytes = len(found)
        if found.find(self._expect, begin) >= 0 or len(found) >= REPLY_BYTES_MAX:
            self._line.finish()

    def lost(self, error: Exception | None) -> None:
        """Judge a peer that closes by what it said."""
        if error is not None:
            self._line.finish(error)
        elif self.received_bytes:
            self._line.finish()
        else:
            self._line.finish(Failure(Reason.CLOSED, "the peer closed the connection without a word"))

    def close(self) -> None:
        """There is nothing to let go of."""


async def probe_tcp(tools: Tools, plan: Plan, progress: Progress) -> Verdict:
    """Connect, and where the check says so, talk. A connection that stands is a right answer if nothing more is asked.

    Raises what the way there met: Failure, OSError, ssl.SSLError.
    """
    endpoint, way, is_tls, opening, _ = plan
    check = endpoint.check
    assert isinstance(check, TcpCheck)
    if is_tls:
        way = way._replace(context=await _context(tools, check))
    if not opening and check.expect is None:
        await tools.dialer.hold(progress, way, _SILENCE)
        return RIGHT
    conversation = Conversation(progress, opening, None if check.expect is None else check.expect.encode())
    await tools.dialer.hold(progress, way, conversation)
    return RIGHT if check.expect is None else judge_reply(check.expect, bytes(conversation.received_bytes))


async def _context(tools: Tools, check: TcpCheck) -> ssl.SSLContext:
    assert check.tls is not None
    return tools.contexts.ready(check.tls, is_http=False) or await tools.contexts.prepare(check.tls, is_http=False)
