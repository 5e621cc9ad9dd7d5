"""The head of the ledger, signed by the daemon itself for the pages: the process that writes them never has the key."""

from __future__ import annotations

from collections.abc import Mapping

from uptally.clock import Clock
from uptally.errors import LedgerError
from uptally.export.heads import head_files
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.signing import key_of


class Herald:
    """Reads the head and signs it. Used by one thread at a time."""

    def __init__(self, settings: Settings, *, clock: Clock) -> None:
        self._clock = clock
        self._files: Mapping[str, bytes] = {}
        self.change(settings)

    def change(self, settings: Settings) -> None:
        """Sign with the key of other settings from now on."""
        self._path = settings.store.path
        self._key = key_of(settings.seal_key)

    def files(self) -> Mapping[str, bytes]:
        """Return the files of the page that tell the head; those of before where the ledger cannot be read, which the
        page's process says."""
        try:
            with Reader.open(self._path) as reader:
                head = reader.head()
        except LedgerError:
            return self._files
        self._files = head_files(head, now_ms=self._clock.wall_ms(), key=self._key)
        return self._files
