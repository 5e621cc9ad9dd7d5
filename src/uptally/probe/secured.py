"""TLS between a talk and the line that carries it."""

from __future__ import annotations

import ssl

from uptally.model.observation import Reason
from uptally.probe.certificate import read_certificate
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.talk import Line, Talk

_READ_BYTES = 65_536


class Secured:
    """A talk on the line below, and a line for the talk above: shakes hands, then encrypts what both say.

    Not the event loop's TLS: that takes 256 KiB for each connection, does not tell a reset from an end within the
    handshake, and holds a request back until the handshake's last packet is out; here they share one. What comes early
    in clear text fails the handshake, as it must.
    """

    __slots__ = (
        "_above",
        "_context",
        "_incoming",
        "_is_up",
        "_line",
        "_outgoing",
        "_peer",
        "_progress",
        "_server_name",
    )

    def __init__(self, progress: Progress, talk: Talk, context: ssl.SSLContext, server_name: str) -> None:
        self._progress = progress
        self._above: Talk | None = talk
        self._context = context
        self._server_name = server_name
        self._is_up = False
        self._line: Line
        self._peer: ssl.SSLObject

    def begin(self, line: Line) -> None:
        """Shake hands."""
        self._line = line
        self._progress.enter(Phase.TLS)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._peer = self._context.wrap_bio(self._incoming, self._outgoing, server_hostname=self._server_name)
        self._shake()

    def received(self, data: bytes) -> None:
        """Go on with the handshake, or decrypt for the talk above."""
        self._incoming.write(data)
        if not self._is_up:
            self._shake()
        if self._is_up:
            self._read()

    def lost(self, error: Exception | None) -> None:
        """Tell the talk above, or fail where there was no handshake yet."""
        if self._is_up:
            self._tell_lost(error)
        elif error is None:
            self.finish(Failure(Reason.TLS_HANDSHAKE, "the peer closed the connection during the handshake"))
        else:
            self.finish(error)

    def close(self) -> None:
        """Let go of the talk above."""
        above, self._above = self._above, None
        if above is not None:
            above.close()

    def write(self, data: bytes) -> None:
        """Send, encrypted."""
        self._peer.write(data)
        self._flush()

    def finish(self, error: Exception | None = None) -> None:
        """End the talk, well or with what went wrong."""
        self._line.finish(error)

    def finish_when_sent(self) -> None:
        """End the talk well as soon as all has been sent, our last part of the handshake too."""
        self._flush()
        self._line.finish_when_sent()

    def _shake(self) -> None:
        """Go a step further; begin the talk above when hands are shaken."""
        try:
            self._peer.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self.finish(error)
        else:
            self._is_up = True
            self._note_peer()
            assert self._above is not None, "it ends the talk only after it began"
            self._above.begin(self)

    def _note_peer(self) -> None:
        der = self._peer.getpeercert(binary_form=True)
        try:
            self._progress.certificate = read_certificate(der) if der else None
        except ValueError:
            self._progress.certificate = None
        self._progress.tls_version = self._peer.version() or ""

    def _read(self) -> None:
        while self._above is not None and (self._incoming.pending or self._peer.pending()):
            try:
                data = self._peer.read(_READ_BYTES)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                self.finish(error)
                return
            if not data:
                # The peer said goodbye.
                self._tell_lost(None)
                return
            self._above.received(data)
        if self._above is not None:
            # The peer may have asked for new keys.
            self._flush()

    def _tell_lost(self, error: Exception | None) -> None:
        if self._above is not None:
            self._above.lost(error)

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._line.write(self._outgoing.read())
