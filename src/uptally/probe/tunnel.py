"""The way through a proxy: a tunnel that is asked for before the talk begins."""

from __future__ import annotations

from httptools import HttpParserError, HttpResponseParser

from uptally.model.observation import Reason
from uptally.probe.exchange import HEAD_BYTES_MAX
from uptally.probe.progress import Progress
from uptally.probe.reasons import Failure
from uptally.probe.talk import Line, Talk

_END = b"\r\n\r\n"


class Tunnel:
    """Asks a proxy for a way to the target, and then is that way for the talk within."""

    def __init__(self, progress: Progress, request: bytes, talk: Talk) -> None:
        self._progress = progress
        self._request = request
        self._talk = talk
        self._is_open = False
        self._head = b""
        self._line: Line

    def begin(self, line: Line) -> None:
        """Ask the proxy."""
        self._line = line
        line.write(self._request)

    def received(self, data: bytes) -> None:
        """Read the proxy's answer; what follows it is the target's."""
        if self._is_open:
            self._talk.received(data)
            return
        self._head += data
        end = self._head.find(_END)
        if end >= 0:
            self._judge(self._head[: end + len(_END)], self._head[end + len(_END) :])
        elif len(self._head) > HEAD_BYTES_MAX:
            self._fail("the proxy's answer does not end")

    def lost(self, error: Exception | None) -> None:
        """Tell the talk within, or fail where there was no way yet."""
        if self._is_open:
            self._talk.lost(error)
        elif error is not None:
            self._line.finish(error)
        else:
            self._fail("the proxy closed the connection without opening a way")

    def close(self) -> None:
        """Let go of the talk within."""
        self._talk.close()

    def _judge(self, head: bytes, rest: bytes) -> None:
        parser = HttpResponseParser(self)
        try:
            parser.feed_data(head)
        except HttpParserError as error:
            self._fail(f"the proxy's answer is malformed: {error}")
            return
        status = parser.get_status_code()
        if not 200 <= status < 300:
            self._fail(f"the proxy answered {status}")
            return
        self._is_open = True
        # From here on it is the target that may fail, and there is no way to it but this one.
        self._progress.server_name = ""
        self._talk.begin(self._line)
        if rest:
            self._talk.received(rest)

    def _fail(self, text: str) -> None:
        self._line.finish(Failure(Reason.CONNECT_FAILED, text))
