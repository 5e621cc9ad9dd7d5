"""What every ledger offers, whatever it is kept in. One suite, `tests/ledger/contract.py`, holds each implementation
to it.

Two sides: the one that writes belongs to the daemon (or to an import, while no daemon runs), the one that reads to
anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol, TypeAlias

from uptally.model.act import Act, NewAct
from uptally.model.observation import Observation
from uptally.model.statement import Availability, LatencyHour
from uptally.model.timeline import Timeline
from uptally.rules.sketch import Sketch
from uptally.units.stretches import Stretches
from uptally.units.time import Window

Decide: TypeAlias = Callable[[Sequence[Act]], Iterable[NewAct]]
"""What makes new acts of those on record. What it raises is raised to whoever asked, and then nothing is recorded."""


class Health(NamedTuple):
    """How the writing side is.

    `pending` observations wait to be committed; `lost` did not fit into the buffer and are thus not observed.
    `committed_ms` is the instant of the last commit, None before the first. `error` is empty while all is well;
    `is_trusted` is False once nothing is written any more.
    """

    pending: int
    lost: int
    committed_ms: int | None
    error: str
    is_trusted: bool


class Imported(NamedTuple):
    """What an import came to: how many rows were new and how many were known.

    `conflicts` are the positions of rows that contradict an observation on record, or an earlier row; where there are
    any, nothing was taken. `differing` are those known rows that say the same outcome with another reason or latency:
    what is on record stands.
    """

    new: int
    known: int
    conflicts: tuple[int, ...] = ()
    differing: int = 0


class WritingLedger(Protocol):
    """The side that writes. All of it may be called from any thread."""

    @property
    def health(self) -> Health:
        """How it is; never waits."""
        ...

    def begin_boot(self) -> int:
        """Put a run of the daemon on record and return its number.

        It is the wall clock's milliseconds, but above all numbers of the location before it.
        """
        ...

    def submit(self, observation: Observation) -> None:
        """Hand over an observation, to be committed within 250 ms together with others; never waits, never raises.

        One of which the identity is on record is skipped.
        """
        ...

    def flush(self, timeout_s: float) -> None:
        """Wait until all that was submitted is committed. Raises LedgerError where it is not by then."""
        ...

    def record(self, kind: str, by: str, body: str) -> Act:
        """Add an act and return it once it is committed. Raises LedgerError where it cannot be."""
        ...

    def amend(self, kinds: Collection[str], decide: Decide) -> list[Act]:
        """Record what `decide` makes of the acts of some kinds, in one transaction, and return it once committed.

        Nobody else's act comes between those that it saw and those that it made. Raises what it raises, and LedgerError
        where they cannot be recorded.
        """
        ...

    def newest_act(self, kind: str) -> Act | None:
        """Return the newest act of a kind; None where there is none."""
        ...

    def import_observations(self, rows: Sequence[Observation]) -> Imported:
        """Take all rows or none, in one transaction.

        A row is known where one of the same endpoint, location, instant and kind is on record, live or imported, with
        the same outcome.
        """
        ...

    def rebuild(self) -> list[str]:
        """Make anew what follows from the observations, in one transaction, and return what differed, in words.

        Raises LedgerError where that cannot be.
        """
        ...

    def close(self, clean: bool = True) -> None:
        """Commit what was submitted and let go; `clean` puts the end of the boot on record.

        Raises LedgerError where something could not be written.
        """
        ...


class ReadingLedger(Protocol):
    """The side that reads, beside the writer or without one. One thread at a time; several may have one each."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Within it, everything is read as of its begin."""
        ...

    def slugs(self) -> list[str]:
        """Return the slugs of all endpoints that were ever observed, sorted."""
        ...

    def first_ms(self) -> int | None:
        """Return when the first observation of all began, None where there is none."""
        ...

    def locations(self) -> list[str]:
        """Return the names of all locations, in the order of their first appearance."""
        ...

    def timelines(self, *, location: str, since_ms: int, slugs: Collection[str] | None = None) -> dict[str, Timeline]:
        """Return what is known of endpoints since an instant, with the turn in force then.

        `slugs` names the endpoints, of which each gets an entry; without it, all that were observed at the location.
        """
        ...

    def availabilities(
        self, windows: Sequence[Window], *, location: str, as_of_ms: int, slugs: Collection[str] | None = None
    ) -> dict[str, tuple[Availability, ...]]:
        """Return the availability of endpoints in each window: what `measure` makes of their timelines, and faster.

        The time it takes does not grow with the number of turns in a window. `slugs` as for `timelines`.
        """
        ...

    def observations(self, slug: str, *, location: str, window: Window) -> Iterator[Observation]:
        """Yield the observations that began in a window, by begin, boot and sequence, without their evidence."""
        ...

    def evidence(self, slug: str, *, location: str, window: Window) -> list[Observation]:
        """Return the observations of a window of which evidence is kept, with it, in order. Not for the public page."""
        ...

    def latency_hours(self, slug: str, *, location: str, window: Window) -> list[LatencyHour]:
        """Return the latencies of the hours that a window touches, whole and in order, without hours that have none."""
        ...

    def latency_sketches(self, slug: str, *, location: str, window: Window) -> dict[int, Sketch]:
        """Return the sketches of the same hours, by their begins and in order."""
        ...

    def latencies(self, slug: str, *, location: str, time: Stretches) -> Mapping[int, int]:
        """Return how many good answers of the grid that began within some time fell into which bucket of a sketch.

        Hours that lie in it only in part are added up from their observations, as far as these are kept.
        """
        ...

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        ...

    def newest_act(self, kind: str) -> Act | None:
        """Return the newest act of a kind; None where there is none."""
        ...

    def verify_acts(self) -> None:
        """Raise LedgerCorrupt, naming the first act that does not hold."""
        ...

    def verify_blocks(self) -> int:
        """Return how many blocks there are. Raises LedgerCorrupt, naming the first that does not hold."""
        ...

    def check_turns(self) -> None:
        """Derive all turns from the observations again. Raises LedgerCorrupt, naming the first that differs."""
        ...

    def close(self) -> None:
        """Let go of the ledger."""
        ...
