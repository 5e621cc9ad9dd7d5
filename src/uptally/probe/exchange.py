"""One HTTP exchange: a request goes out, and the response is read as it comes, under every cap that there is."""

from __future__ import annotations

from httptools import HttpParserError, HttpResponseParser

from uptally.model.observation import Reason
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.talk import Line

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

_NOBODYS = HttpResponseParser(None)


class Exchange:
    """The talk of one request and its response; ends with the body, or with the head where that is all that counts.

    The body of a redirect that is followed is not waited for, nor is one in answer to HEAD, which has none. `status`,
    `headers`, `body` and `is_cut` are those of the final response, as it came; names of headers are in any case.
    Without `keeps_body` only its beginning is kept. `place` is where a redirect leads that is to be followed.

    The parser is forgiving where browsers are and a request could not be smuggled by it: bare line feeds, folded
    headers, blanks after the size of a chunk.
    """

    keeps_body: bool
    status = 0
    is_cut = False
    place: bytes | None = None

    _line: Line
    _parser = _NOBODYS
    _is_in_body = False
    _is_over = False
    _wire_bytes = 0
    _frame_bytes = 0
    _has_nul = False
    _interim = 0

    def __init__(self, progress: Progress, request: bytes, is_head: bool, follows: bool, keeps_body: bool) -> None:
        self._progress = progress
        self._request = request
        self._is_head_only = is_head
        self._follows = follows
        self.keeps_body = keeps_body
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    def header(self, name: bytes) -> bytes | None:
        """Return the first header of that name, which is given in lower case."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return None

    def begin(self, line: Line) -> None:
        """Send the request."""
        self._line = line
        self._parser = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._progress.status = None
        self._progress.enter(Phase.RESPONSE)
        line.write(self._request)

    def received(self, data: bytes) -> None:
        """Parse what came."""
        if not self._wire_bytes:
            self._progress.enter(Phase.TRANSFER)
        if not self._is_in_body and self._wire_bytes + len(data) > HEAD_BYTES_MAX:
            # Cut exactly there, so that it does not matter in which pieces it comes.
            room = HEAD_BYTES_MAX - self._wire_bytes
            self._parse(data[:room])
            if not self._is_in_body:
                self._fail(Reason.TOO_LARGE, "the head of the response does not end")
            data = data[room:]
        if not self._is_over:
            self._parse(data)

    def lost(self, error: Exception | None) -> None:
        """End with a body that has no other end, or say what is missing."""
        if error is not None:
            self._is_over = True
            self._line.finish(error)
        elif self._is_in_body and self._ends_with_connection():
            self._end()
        elif self._is_in_body:
            read = self._progress.body_bytes
            self._fail(Reason.TRUNCATED, f"the peer closed the connection after {read} bytes of the body")
        elif self._wire_bytes:
            self._fail(Reason.TRUNCATED, "the peer closed the connection within the head of the response")
        else:
            self._fail(Reason.CLOSED, "the peer closed the connection without an answer")

    def close(self) -> None:
        """Let go of the parser."""
        self._parser = _NOBODYS

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each line, those behind a body in chunks included."""
        if not self._is_in_body:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser at the end of each head."""
        if self._is_over or self._is_in_body:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != _SWITCHING:
            self._interim += 1
            if self._interim > INTERIM_MAX:
                self._fail(Reason.MALFORMED, "interim responses do not end")
            return
        version = self._parser.get_http_version()
        is_odd = version == "0.9" or self._has_nul or self._wire_bytes > LINE_BYTES_MAX
        if (is_odd or len(self.headers) > HEAD_LINES_MAX) and self._is_wrong_head(version):
            return
        progress = self._progress
        self.status = progress.status = status
        progress.http_version = version
        progress.body = self.body
        self._is_in_body = True
        if self._follows and status in REDIRECTS:
            self.place = self.header(b"location")
        if self._is_head_only or status == _SWITCHING or self.place is not None:
            self._end()

    def on_body(self, data: bytes) -> None:
        """Called by the parser for each piece of the body."""
        if self._is_over:
            return
        progress, kept = self._progress, self.body
        if progress.body_bytes + len(data) > BODY_BYTES_MAX:
            data = data[: BODY_BYTES_MAX - progress.body_bytes]
            self.is_cut = True
        progress.body_bytes += len(data)
        if self.keeps_body:
            kept += data
        elif len(kept) < BODY_HEAD_BYTES:
            kept += data[: BODY_HEAD_BYTES - len(kept)]
        if self.is_cut:
            self._end()

    def on_message_complete(self) -> None:
        """Called by the parser at the end of each response."""
        if self._is_over:
            return
        if self._is_in_body:
            self._end()
        else:
            # That was an interim one.
            self.headers.clear()

    def _parse(self, data: bytes) -> None:
        self._wire_bytes += len(data)
        self._has_nul = self._has_nul or b"\0" in data
        before = self._progress.body_bytes
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(Reason.MALFORMED, str(error))
        if self._is_in_body and not self._is_over:
            self._frame_bytes = 0 if self._progress.body_bytes > before else self._frame_bytes + len(data)
            if self._frame_bytes > HEAD_BYTES_MAX or self._wire_bytes > WIRE_BYTES_MAX:
                self._fail(Reason.TOO_LARGE, "the body is mostly frame")

    def _is_wrong_head(self, version: str) -> bool:
        """Fail where the head breaks a rule that the parser does not know of."""
        if version == "0.9":
            self._fail(Reason.MALFORMED, "HTTP/0.9 has no head")
        elif len(self.headers) > HEAD_LINES_MAX:
            self._fail(Reason.TOO_LARGE, f"{len(self.headers)} header lines")
        for name, value in self.headers:
            if len(name) + len(value) > LINE_BYTES_MAX:
                self._fail(Reason.TOO_LARGE, f"a header line of {len(name) + len(value)} bytes")
            elif b"\0" in value:
                self._fail(Reason.MALFORMED, "a header holds NUL")
        return self._is_over

    def _ends_with_connection(self) -> bool:
        """Tell whether the response has no other end than that of its connection (RFC 9112, 6.3)."""
        encodings = [value for name, value in self.headers if name.lower() == b"transfer-encoding"]
        if encodings:
            return encodings[-1].rpartition(b",")[2].strip(b" \t").lower() != b"chunked"
        return self.header(b"content-length") is None

    def _end(self) -> None:
        self._is_over = True
        self._line.finish()

    def _fail(self, reason: Reason, text: str) -> None:
        """Fail, unless something else came first: the parser goes on with what it holds."""
        if not self._is_over:
            self._is_over = True
            self._line.finish(Failure(reason, text))
