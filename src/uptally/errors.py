"""Everything that uptally raises, as one tree.

::

    UptallyError                      anything below, for a caller that only wants to say it and stop
    ├── QuantityError (ValueError)    text that is no duration, percentage, month or instant
    ├── ConfigError                   a configuration that is refused, with all its problems
    ├── ArchiveRefused                a month of which the observations cannot be archived as it was asked
    ├── ClosingRefused                a month that cannot be closed, decided or restated as it was asked
    ├── SealError                     a key that cannot be used, or a file that is not as it was sealed
    ├── DaemonError                   the daemon cannot start
    ├── ExtraMissing                  a package that only some installations have is needed, and this one has it not
    ├── ImportRejected                a file to import of which nothing was taken, with all its bad rows
    └── LedgerError                   a ledger that cannot be used or trusted
        ├── LedgerMissing             there is no ledger where one was expected
        ├── LedgerBusy                another daemon writes to it
        ├── LedgerTooNew              a later version of uptally wrote it
        └── LedgerCorrupt             what it holds contradicts itself

A failed probe is no error but a value (`model.observation.Attempt`), and so is each single fault of a file (`Problem`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a file that a person wrote: where it stands, and what would mend it.

    `line` and `column` count from 1; 0 means that the fault belongs to the file as a whole.
    `path` is the key's path such as ``endpoints[1].interval``, or empty.

    >>> print(Problem(file="probes.yaml", line=14, column=5, path="endpoints[1].intervall", message="unknown key"))
    probes.yaml:14:5: endpoints[1].intervall: unknown key
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class UptallyError(Exception):
    """The root: its text is meant for the person at the terminal."""


class QuantityError(UptallyError, ValueError):
    """Text that is no duration, percentage, month or instant; the message says what was expected."""


class _Rejected(UptallyError):
    """A file that was refused as a whole, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(_Rejected):
    """A configuration that is refused."""


class ImportRejected(_Rejected):
    """A file to import of which nothing was taken."""


class ArchiveRefused(UptallyError):
    """A month of which the observations cannot be archived as it was asked; the message says why."""


class ClosingRefused(UptallyError):
    """A month that cannot be closed, decided or restated as it was asked; the message says why, and what to do."""


class SealError(UptallyError):
    """A key that cannot be used, or a file that is not as it was sealed; the message says which, and why."""


class DaemonError(UptallyError):
    """The daemon cannot start: its address is taken, say."""


class ExtraMissing(UptallyError):
    """A package of an extra is needed and not installed; the message says how to install it."""


class LedgerError(UptallyError):
    """A ledger that cannot be used or trusted."""


class LedgerMissing(LedgerError):
    """There is no ledger where one was expected; it is never silently made anew by a reader."""


class LedgerBusy(LedgerError):
    """Another daemon writes to the ledger."""


class LedgerTooNew(LedgerError):
    """A later version of uptally wrote the ledger; this one leaves it untouched."""


class LedgerCorrupt(LedgerError):
    """What the ledger holds contradicts itself."""
