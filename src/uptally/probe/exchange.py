"""One HTTP exchange: a request goes out, and the response is read as it comes, under every cap that there is."""

from __future__ import annotations

from enum import IntEnum

from httptools import HttpParserError, HttpResponseParser

from uptally.model.observation import Reason
from uptally.probe.connection import Line
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure

BODY_BYTES_MAX = 1_048_576
"""A longer body is cut here, and what was read of it is judged."""
BODY_HEAD_BYTES = 4_096
"""So much of a body that nothing is expected of is kept for evidence, before secrets are taken out of it."""
HEAD_BYTES_MAX = 65_536
"""Of status line and headers, those of interim responses included; and of frame with no body in between."""
HEAD_LINES_MAX = 100
LINE_BYTES_MAX = 8_190
INTERIM_MAX = 8
WIRE_BYTES_MAX = 16 * BODY_BYTES_MAX
"""Of a body in chunks of one byte, five sixths are frame; what is beyond that is a flood of extensions."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})

_SWITCHING = 101


class _Part(IntEnum):
    """What is read of the response."""

    HEAD = 0
    BODY = 1
    NOTHING = 2
    """It is over."""


class Exchange:
    """The talk of one request and its response; ends with the body, or with the head where that is all that counts.

    The body of a redirect that is followed is not waited for, nor is one in answer to HEAD, which has none. `status`,
    `headers`, `body` and `is_cut` are those of the final response, as it came; names of headers are in any case.
    Without `keeps_body` only its beginning is kept. `place` is where a redirect leads that is to be followed.

    The parser is forgiving where browsers are and a request could not be smuggled by it: bare line feeds, folded
    headers, blanks after the size of a chunk.
    """

    __slots__ = (
        "_follows",
        "_frame_bytes",
        "_interim",
        "_is_head_only",
        "_kept_max",
        "_line",
        "_parser",
        "_part",
        "_progress",
        "_request",
        "_wire_bytes",
        "body",
        "headers",
        "is_cut",
        "place",
        "status",
    )

    def __init__(
        self,
        progress: Progress,
        request: bytes,
        *,
        is_head: bool = False,
        follows: bool = False,
        keeps_body: bool = True,
    ) -> None:
        self._progress = progress
        self._request = request
        self._is_head_only = is_head
        self._follows = follows
        self._kept_max = BODY_BYTES_MAX if keeps_body else BODY_HEAD_BYTES
        self._line: Line
        self._parser: HttpResponseParser | None = None
        self._part = _Part.HEAD
        self._wire_bytes = 0
        self._frame_bytes = 0
        self._interim = 0
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.is_cut = False
        self.place: bytes | None = None

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of that name, which is given in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def begin(self, line: Line) -> None:
        """Send the request."""
        self._line = line
        progress = self._progress
        progress.status = None
        progress.enter(Phase.RESPONSE)
        parser = self._parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        line.write(self._request)

    def received(self, data: bytes) -> None:
        """Parse what came."""
        if not self._wire_bytes:
            self._progress.enter(Phase.TRANSFER)
        room = HEAD_BYTES_MAX - self._wire_bytes
        if len(data) > room and self._part is _Part.HEAD:
            # Cut exactly here, so that it does not matter in which pieces it comes.
            self._feed(data[:room])
            if self._part is _Part.HEAD:
                self._fail(Reason.TOO_LARGE, "the head of the response does not end")
            data = data[room:]
        if self._part is not _Part.NOTHING:
            self._feed(data)

    def lost(self, error: Exception | None) -> None:
        """End with a body that has no other end, or say what is missing."""
        if error is not None:
            self._part = _Part.NOTHING
            self._line.fail(error)
        elif self._part is _Part.BODY and self._ends_with_connection():
            self._end()
        elif self._part is _Part.BODY:
            self._fail(
                Reason.TRUNCATED, f"the peer closed the connection after {self._progress.body_bytes} bytes of the body"
            )
        elif self._wire_bytes:
            self._fail(Reason.TRUNCATED, "the peer closed the connection within the head of the response")
        else:
            self._fail(Reason.CLOSED, "the peer closed the connection without an answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each line, those behind a body in chunks included."""
        if self._part is _Part.HEAD:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser at the end of each head."""
        if self._part is not _Part.HEAD:
            return
        assert self._parser is not None
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != _SWITCHING:
            self._interim += 1
            if self._interim > INTERIM_MAX:
                self._fail(Reason.MALFORMED, "interim responses do not end")
            return
        version = self._parser.get_http_version()
        if self._is_wrong_head(version):
            return
        progress = self._progress
        self.status = progress.status = status
        if self._follows and status in REDIRECTS:
            self.place = self.header(b"location")
        progress.http_version = version
        progress.body = self.body
        if self._is_head_only or status == _SWITCHING or (self.place is not None):
            self._end()
        else:
            self._part = _Part.BODY

    def on_body(self, data: bytes) -> None:
        """Called by the parser for each piece of the body."""
        if self._part is not _Part.BODY:
            return
        progress, kept = self._progress, self.body
        if progress.body_bytes + len(data) > BODY_BYTES_MAX:
            data = data[: BODY_BYTES_MAX - progress.body_bytes]
            self.is_cut = True
        progress.body_bytes += len(data)
        if len(kept) < self._kept_max:
            kept += data[: self._kept_max - len(kept)]
        if self.is_cut:
            self._end()

    def on_message_complete(self) -> None:
        """Called by the parser at the end of each response."""
        if self._part is _Part.BODY:
            self._end()
        elif self._part is _Part.HEAD:
            # That was an interim one.
            self.headers.clear()

    def _feed(self, data: bytes) -> None:
        parser = self._parser
        assert parser is not None
        self._wire_bytes += len(data)
        before = self._progress.body_bytes
        try:
            parser.feed_data(data)
        except HttpParserError as error:
            if self._part is not _Part.NOTHING:
                self._fail(Reason.MALFORMED, str(error))
            return
        if self._part is _Part.BODY:
            self._frame_bytes = 0 if self._progress.body_bytes > before else self._frame_bytes + len(data)
            if self._frame_bytes > HEAD_BYTES_MAX or self._wire_bytes > WIRE_BYTES_MAX:
                self._fail(Reason.TOO_LARGE, "the body is mostly frame")

    def _is_wrong_head(self, version: str) -> bool:
        """Fail where the head breaks a rule that the parser does not know of."""
        if version == "0.9":
            self._fail(Reason.MALFORMED, "HTTP/0.9 has no head")
            return True
        if len(self.headers) > HEAD_LINES_MAX:
            self._fail(Reason.TOO_LARGE, f"{len(self.headers)} header lines")
            return True
        for name, value in self.headers:
            if len(name) + len(value) > LINE_BYTES_MAX:
                self._fail(Reason.TOO_LARGE, f"a header line of {len(name) + len(value)} bytes")
                return True
            if b"\0" in value:
                self._fail(Reason.MALFORMED, "a header holds NUL")
                return True
        return False

    def _ends_with_connection(self) -> bool:
        """Tell whether the response has no other end than that of its connection (RFC 9112, 6.3)."""
        encodings = [value for name, value in self.headers if name.lower() == b"transfer-encoding"]
        if encodings:
            return encodings[-1].rpartition(b",")[2].strip(b" \t").lower() != b"chunked"
        return self.header(b"content-length") is None

    def _end(self) -> None:
        self._part = _Part.NOTHING
        self._parser = None
        self._line.finish()

    def _fail(self, reason: Reason, text: str) -> None:
        self._part = _Part.NOTHING
        self._parser = None
        self._line.fail(Failure(reason, text))
