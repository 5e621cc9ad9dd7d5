"""How far an attempt has come, and where its time went."""

from __future__ import annotations

from enum import IntEnum

from uptally.clock import Clock
from uptally.model.observation import Certificate, Phases


class Phase(IntEnum):
    """The stretches of an attempt, in their order; each hop of a redirect goes through them again."""

    RESOLVE = 0
    CONNECT = 1
    TLS = 2
    RESPONSE = 3
    """From the connection to the first byte of the answer."""
    TRANSFER = 4

    @property
    def label(self) -> str:
        """What the operator is told of it."""
        return _LABELS[self]


_LABELS = ("looking up the name", "connecting", "the TLS handshake", "waiting for the answer", "the transfer")


class Progress:
    """The running record of one attempt.

    Whoever does a step notes here what it found, so that a failure later keeps it. Times are read from the monotonic
    clock, once at each change of phase.
    """

    phase = Phase.RESOLVE
    is_stopped = False
    port = 0
    tried = ""
    """The address that was first asked for a connection; `address` is the one that was reached."""
    address = ""
    server_name = ""
    """The name that the peer's certificate must hold, where a connection to it is all that it takes to see it again."""
    was_public = False
    status: int | None = None
    http_version = ""
    redirects = 0
    body_bytes = 0
    body: bytes | bytearray = b""
    certificate: Certificate | None = None
    tls_version = ""
    warnings: tuple[str, ...] = ()

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._spent_ns: list[int | None] = [None, None, None, None, None]
        self.at_ms = clock.wall_ms()
        self.begin_ns = self._entered_ns = clock.monotonic_ns()

    def enter(self, phase: Phase) -> None:
        """Close the phase in force and begin another."""
        now_ns = self.clock.monotonic_ns()
        spent, before = self._spent_ns, self.phase
        spent[before] = (spent[before] or 0) + now_ns - self._entered_ns
        self._entered_ns = now_ns
        self.phase = phase
        self.is_stopped = False

    def stop(self) -> None:
        """Close the phase in force: what passes from here to `finish` counts for nothing, unless a phase is entered."""
        now_ns = self.clock.monotonic_ns()
        spent, phase = self._spent_ns, self.phase
        spent[phase] = (spent[phase] or 0) + now_ns - self._entered_ns
        self._entered_ns = now_ns
        self.is_stopped = True

    def hop(self) -> None:
        """Begin a further hop, which is told by its own facts."""
        self.enter(Phase.RESOLVE)
        self.address = ""
        self.server_name = ""
        self.certificate = None

    def finish(self) -> int:
        """Stop, unless that was done; return the nanoseconds from the begin to the stop."""
        if not self.is_stopped:
            self.stop()
        return self._entered_ns - self.begin_ns

    def phases(self) -> Phases:
        """Return what each phase took so far, cut off to whole microseconds."""
        resolve, connect, tls, first_byte, transfer = self._spent_ns
        # Spelt out, as a loop would take longer than all else that is done here.
        return Phases(
            None if resolve is None else resolve // 1_000,
            None if connect is None else connect // 1_000,
            None if tls is None else tls // 1_000,
            None if first_byte is None else first_byte // 1_000,
            None if transfer is None else transfer // 1_000,
        )
