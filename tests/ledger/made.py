"""Observations and ledgers for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from uptally.errors import LedgerError
from uptally.ledger import Ledger
from uptally.ledger.sealing import Sealer
from uptally.ledger.storage import Storage
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason

NOW_MS = 1_790_000_000_000
_FAR_AHEAD_MS = 1 << 61

_REASONS = {
    Outcome.UP: Reason.NONE,
    Outcome.SLOW: Reason.LATENCY_LIMIT,
    Outcome.DOWN: Reason.STATUS,
    Outcome.UNKNOWN: Reason.OWN_NETWORK,
    Outcome.MISSED: Reason.TOO_LATE,
}


class Clock:
    """A clock that stands until it is told otherwise."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.now_ms = now_ms

    def wall_ms(self) -> int:
        return self.now_ms

    def wall_ns(self) -> int:
        return self.now_ms * 1_000_000

    def monotonic_ns(self) -> int:
        return 0

    def boot_ns(self) -> int:
        return 0

    def doze(self, for_ns: int) -> None:
        """Over at once."""


def observed(
    at_ms: int,
    outcome: Outcome = Outcome.UP,
    *,
    slug: str = "web",
    location: str = "local",
    boot: int = 1,
    sequence: int | None = None,
    kind: Kind = Kind.GRID,
    duration_us: int = 20_000,
    interval_ms: int = 1_000,
    timeout_ms: int = 500,
    reason: Reason | None = None,
    evidence: Evidence | None = None,
) -> Observation:
    """Return an observation; its sequence follows from its instant unless given, its reason from its outcome."""
    return Observation(
        slug,
        location,
        boot,
        at_ms if sequence is None else sequence,
        kind,
        at_ms,
        duration_us,
        outcome,
        _REASONS[outcome] if reason is None else reason,
        interval_ms,
        timeout_ms,
        evidence,
    )


def imported(at_ms: int, outcome: Outcome = Outcome.UP, *, slug: str = "web", kind: Kind = Kind.GRID) -> Observation:
    """Return an observation as an importer makes it."""
    return observed(at_ms, outcome, slug=slug, kind=kind, boot=0, sequence=at_ms * 2 + kind)


def open_ledger(
    path: Path,
    *,
    kind: type[Ledger] = Ledger,
    clock: Clock | None = None,
    on_commit: Callable[[frozenset[str]], None] | None = None,
    on_failure: Callable[[LedgerError], None] | None = None,
) -> Ledger:
    return kind.open(
        path, location="local", clock=clock or Clock(), version="1.2.3", on_commit=on_commit, on_failure=on_failure
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    """Observations of two endpoints, close enough for edges to meet: equal instants, gaps, missed slots, boots."""
    return draw(
        st.lists(
            st.builds(
                observed,
                st.integers(0, 40),
                st.sampled_from(Outcome),
                slug=st.sampled_from(["web", "db"]),
                boot=st.integers(0, 2),
                sequence=st.integers(0, 3),
                kind=st.sampled_from(Kind),
                duration_us=st.integers(0, 9_000),
                interval_ms=st.sampled_from([1, 2, 5]),
                timeout_ms=st.integers(0, 4),
                reason=st.sampled_from([None, Reason.RESPONSE_TIMEOUT]),
            ),
            max_size=30,
            unique_by=lambda each: (each.endpoint, each.boot, each.sequence),
        )
    )


def in_order(observations: list[Observation], slug: str) -> list[Observation]:
    """Return those of one endpoint as the ledger orders them."""
    own = [each for each in observations if each.endpoint == slug]
    return sorted(own, key=lambda each: (each.at_ms, each.boot, each.sequence))


def seal_everything(storage: Storage) -> None:
    """Seal all that may be, as if all hours and days were over; within the caller's transaction."""
    sealer = Sealer(storage.connection, keep_ms=None)
    while sealer.is_due(_FAR_AHEAD_MS):
        sealer.work(_FAR_AHEAD_MS, settle=storage.fold.settle)
