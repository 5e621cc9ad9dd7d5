"""Holds what was handed over against the ledger that it came from."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from uptally.books.held import held_rows
from uptally.errors import LedgerCorrupt, QuantityError, SealError
from uptally.export.earlier import is_read, says_the_same
from uptally.export.formats import made_by, writer
from uptally.export.manifest import Manifest
from uptally.export.rows import PROVISIONAL
from uptally.model.act import Act
from uptally.model.closing import LedgerRange
from uptally.model.head import Head
from uptally.rules.record.closings import CLOSE


class Chained(Protocol):
    """What is needed of a ledger: `ledger.Reader` is one."""

    def acts(self, *kinds: str) -> list[Act]:
        """Return all acts, or those of some kinds, the first first."""
        ...

    def document(self, number: int) -> bytes:
        """Return what is kept beside an act, empty where nothing is."""
        ...

    def verify_acts(self) -> None:
        """Raise LedgerCorrupt, naming the first act that does not hold."""
        ...

    def check_range(self, within: LedgerRange) -> None:
        """Raise LedgerCorrupt where an act or a block is not the one that a range names."""
        ...


def verify_head(ledger: Chained, head: Head) -> None:
    """Raise LedgerCorrupt where the acts do not hold, and SealError where a head is none of the ledger's, then or now;
    within a snapshot."""
    ledger.verify_acts()
    try:
        ledger.check_range(LedgerRange(head.act, head.act_digest, head.block, head.block_digest))
    except LedgerCorrupt as error:
        raise SealError(f"is not of this ledger, or that was changed: {error}") from error
    if head.act and ledger.acts()[head.act - 1].at_ms != head.act_ms:
        raise SealError(f"is not of this ledger: act {head.act} was recorded at another time")


class Compared(Enum):
    """What came of holding a file against the rows that were frozen: it has them, its month was not closed then, or
    other versions of what writes such files made it, whose bytes may differ for the same rows."""

    SAME = "same"
    NOT_CLOSED = "not closed"
    OTHER_VERSION = "other version"


def verify_handed(ledger: Chained, held: Manifest, content: bytes) -> Compared:
    """Hold a file and its manifest against the ledger; within a snapshot. Raises SealError where the file has other
    rows than those that were frozen, or its manifest says other than the ledger, and as `verify_head`.
    """
    verify_head(ledger, held.head)
    if held.state == PROVISIONAL:
        return Compared.NOT_CLOSED
    closings = [act for act in ledger.acts(CLOSE) if act.number <= held.head.act]
    write = writer(held.written_as)
    if write is None:
        raise SealError(f"is written as {held.written_as!r}, which this uptally does not know")
    is_other_version = False
    said = held.revision, held.state, held.document, held.head
    for name in (held.month, f"{held.month}@{held.revision}"):
        try:
            found = held_rows(closings, ledger.document, name)
        except QuantityError as error:
            raise SealError(str(error)) from error
        is_same = found is not None and (found.revision, found.state, found.digest, found.head) == said
        if found is None or not is_same:
            continue
        anew = write(found.of(held.agreement) if held.agreement else found)
        if says_the_same(held.written_as, content, anew):
            return Compared.SAME
        is_other_version |= not is_read(held.written_as) and held.made_by != made_by(held.written_as)
    if is_other_version:
        return Compared.OTHER_VERSION
    raise SealError(f"has other rows than those that were frozen of {held.month}, revision {held.revision}")
