"""One try and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """Why an attempt was made. Only grid attempts are samples."""

    GRID = 0
    RECHECK = 1
    TRIPWIRE = 2
    """At once, since a connection that was held open to the endpoint ended: what fails then began to just then."""


class Outcome(IntEnum):
    """What an attempt says of its endpoint. `SLOW` is up; `MISSED` says nothing, for nobody looked."""

    UP = 0
    SLOW = 1
    DOWN = 2
    UNKNOWN = 3
    MISSED = 4

    @property
    def label(self) -> str:
        """The name used in files and on the command line, such as ``up``."""
        return self.name.lower()


GOOD = (Outcome.UP, Outcome.SLOW)
"""The outcomes that are up."""


class Reason(IntEnum):
    """Why an outcome is what it is: a closed list. Codes are stored, so a number is never given a second meaning.

    Tens group the stage: 10 names, 20 connecting, 30 TLS, 40 the exchange, 50 a wrong answer; from 80 on it is
    our own fault.
    """

    NONE = 0
    LATENCY_LIMIT = 1

    DNS_NOT_FOUND = 10
    DNS_TIMEOUT = 11
    DNS_UNAVAILABLE = 12

    CONNECT_REFUSED = 20
    CONNECT_TIMEOUT = 21
    CONNECT_UNREACHABLE = 22
    CONNECT_RESET = 23
    CONNECT_FAILED = 24

    TLS_TIMEOUT = 30
    TLS_HANDSHAKE = 31
    TLS_EXPIRED = 32
    TLS_NOT_YET_VALID = 33
    TLS_UNTRUSTED = 34
    TLS_WRONG_HOST = 35

    RESPONSE_TIMEOUT = 40
    TRANSFER_TIMEOUT = 41
    RESET = 42
    CLOSED = 43
    MALFORMED = 44
    TOO_LARGE = 45
    TRUNCATED = 46

    STATUS = 50
    BODY_MISSING_TEXT = 51
    BODY_FORBIDDEN_TEXT = 52
    JSON_MISMATCH = 53
    HEADER_MISMATCH = 54
    TOO_MANY_REDIRECTS = 55
    BAD_REDIRECT = 56
    REPLY_MISMATCH = 57
    REPORTED = 59
    """An imported observation that says down without saying why."""
    FLAPPING = 60
    """Failures and successes in quick turns: the reason of an outage, never of an attempt."""

    OWN_NETWORK = 80
    CANCELLED = 81
    LOCAL_LIMIT = 82
    LOCAL_DENIED = 83
    ADDRESS_BLOCKED = 84
    NO_ROUTE_FAMILY = 85
    MONITOR_ERROR = 86
    NOT_OBSERVED = 87
    """No observation speaks for the time: the reason of a span, never of an attempt."""
    TOO_MANY_IN_FLIGHT = 88
    TOO_LATE = 89
    STALLED = 90
    SUSPENDED = 91
    CLOCK_STEPPED = 92

    @property
    def label(self) -> str:
        """The code used in files and on the command line, such as ``connect-refused``; empty for `NONE`."""
        return self.name.lower().replace("_", "-") if self else ""

    @property
    def is_answer(self) -> bool:
        """Whether the target itself must have spoken, so that the failure cannot be our network's."""
        return self in _ANSWERS

    @property
    def is_silence(self) -> bool:
        """Whether the connection was silent or lost, a time-out or a reset, which one recheck may refute."""
        return self in _SILENCES


_ANSWERS = frozenset(
    {
        Reason.CONNECT_REFUSED,
        Reason.TLS_HANDSHAKE,
        Reason.TLS_EXPIRED,
        Reason.TLS_NOT_YET_VALID,
        Reason.TLS_UNTRUSTED,
        Reason.TLS_WRONG_HOST,
        Reason.CLOSED,
        Reason.MALFORMED,
        Reason.TOO_LARGE,
        Reason.TRUNCATED,
        Reason.STATUS,
        Reason.BODY_MISSING_TEXT,
        Reason.BODY_FORBIDDEN_TEXT,
        Reason.JSON_MISMATCH,
        Reason.HEADER_MISMATCH,
        Reason.TOO_MANY_REDIRECTS,
        Reason.BAD_REDIRECT,
        Reason.REPLY_MISMATCH,
    }
)

_SILENCES = frozenset(
    {
        Reason.DNS_TIMEOUT,
        Reason.CONNECT_TIMEOUT,
        Reason.CONNECT_RESET,
        Reason.TLS_TIMEOUT,
        Reason.RESPONSE_TIMEOUT,
        Reason.TRANSFER_TIMEOUT,
        Reason.RESET,
    }
)


class Phases(NamedTuple):
    """Where the time of an attempt went, in microseconds, summed over redirects; None for a phase that was not
    reached or not needed.
    """

    resolve_us: int | None = None
    connect_us: int | None = None
    tls_us: int | None = None
    first_byte_us: int | None = None
    transfer_us: int | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The certificate that a peer showed: its subject's common name or first alternative name, and its end."""

    subject: str
    not_after_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the operator is shown of a failure. Never the public page: most of it is the target's own text.

    `error` is at most 256 characters and printable, `body_head` at most 512; both are redacted before they get here.
    """

    error: str = ""
    status: int | None = None
    address: str = ""
    certificate_subject: str = ""
    certificate_not_after_ms: int | None = None
    body_head: str = ""


class Attempt(NamedTuple):
    """What one try measured, before the monitor's own health is weighed.

    `at_ms` is its begin by the wall clock, `duration_us` comes from the monotonic clock. `address` is the IP
    address that was reached, empty where none was. `warnings` are texts of ours for the operator, such as a
    certificate near its end.
    """

    at_ms: int
    duration_us: int
    outcome: Outcome
    reason: Reason
    phases: Phases = Phases()
    address: str = ""
    status: int | None = None
    http_version: str = ""
    redirects: int = 0
    body_bytes: int = 0
    certificate: Certificate | None = None
    tls_version: str = ""
    warnings: tuple[str, ...] = ()
    evidence: Evidence | None = None


class Observation(NamedTuple):
    """One try on record. (endpoint, location, boot, sequence) is its identity, so that a second delivery is recognised.

    `endpoint` is the slug. `boot` numbers the daemon's runs at a location and rises with time; 0 is an import.
    `sequence` counts per endpoint within a boot. `interval_ms` and `timeout_ms` are those in force when it
    began: they say how long it speaks.
    """

    endpoint: str
    location: str
    boot: int
    sequence: int
    kind: Kind
    at_ms: int
    duration_us: int
    outcome: Outcome
    reason: Reason
    interval_ms: int
    timeout_ms: int
    evidence: Evidence | None = None
