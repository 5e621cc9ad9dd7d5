"""Floor 4, the room that remembers: every observation, what follows from it, and every act. Nobody else knows SQL."""

from uptally.ledger.beside import amend_beside
from uptally.ledger.copies import back_up, restore
from uptally.ledger.interface import Health, Imported, ReadingLedger, WritingLedger
from uptally.ledger.lock import daemon_of
from uptally.ledger.reader import Reader
from uptally.ledger.writer import Ledger

__all__ = [
    "Health",
    "Imported",
    "Ledger",
    "Reader",
    "ReadingLedger",
    "WritingLedger",
    "amend_beside",
    "back_up",
    "daemon_of",
    "restore",
]
