"""Who speaks over a connection, and over what."""

from __future__ import annotations

from typing import Protocol


class Line(Protocol):
    """What carries bytes to the peer: a connection, or TLS on one."""

    def write(self, data: bytes) -> None:
        """Send, as soon as the peer takes it."""
        ...

    def finish(self, error: Exception | None = None) -> None:
        """End the talk: it has what it wanted, or met an error. The connection is dropped."""
        ...

    def finish_when_sent(self) -> None:
        """End the talk as soon as the kernel has taken all that was written."""
        ...


class Talk(Protocol):
    """Who speaks over a line. It is called in this order: once, any number of times, and at most once.

    After it ended the talk, and where somebody else gives it up, only `close` is called, and nothing after that.
    """

    def begin(self, line: Line) -> None:
        """The line stands."""
        ...

    def received(self, data: bytes) -> None:
        """The peer sent some bytes."""
        ...

    def lost(self, error: Exception | None) -> None:
        """The line is gone, by an error or, where there is none, since the peer closed it."""
        ...

    def close(self) -> None:
        """Let go of all that knows this talk: as a cycle, both would wait for the collector."""
        ...


class Silence:
    """The talk of a connection that only has to stand."""

    def begin(self, line: Line) -> None:
        """End at once; over TLS, as soon as the peer was told that hands are shaken."""
        line.finish_when_sent()

    def received(self, data: bytes) -> None:
        """Never called."""

    def lost(self, error: Exception | None) -> None:
        """Never called."""

    def close(self) -> None:
        """There is nothing to let go of."""
