"""Lets in who has a token, by the record as it is at each request: one that is revoked is refused from then on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

from uptally.clock import Clock
from uptally.errors import LedgerCorrupt, LedgerError
from uptally.ledger import Reader, WritingLedger
from uptally.model.token import SECRET, Scope, Token
from uptally.rules.record.tokens import TOKEN_KINDS, bearer, recorded_tokens, uses
from uptally.units.time import DAY_MS

_log = logging.getLogger(__name__)


class Doorkeeper:
    """Knows the tokens on record. Usable from any thread."""

    def __init__(self, path: Path, ledger: WritingLedger, clock: Clock) -> None:
        self._path = path
        self._ledger = ledger
        self._clock = clock
        self._lock = Lock()
        self._reader: Reader | None = None
        self._numbers: tuple[int, ...] = ()
        self._tokens: dict[str, Token] = {}

    def admitting(self, scope: Scope, *, by: str) -> Callable[[str], str | None]:
        """Return what tells whose secret one is, for a scope; its use is put on record as `by`."""
        return partial(self._admit, scope=scope, by=by)

    def close(self) -> None:
        """Let go of the ledger."""
        with self._lock:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    def _admit(self, secret: str, *, scope: Scope, by: str) -> str | None:
        if not SECRET.fullmatch(secret):
            return None
        now_ms = self._clock.wall_ms()
        token = bearer(self._known(), secret, scope, now_ms=now_ms)
        if token is None:
            return None
        if token.used_ms is None or token.used_ms // DAY_MS < now_ms // DAY_MS:
            self._note_use(token.name, now_ms, by)
        return token.name

    def _known(self) -> list[Token]:
        with self._lock:
            if self._reader is None:
                self._reader = Reader.open(self._path)
            numbers = self._reader.newest_numbers(TOKEN_KINDS)
            if numbers != self._numbers:
                try:
                    self._tokens = recorded_tokens(self._reader.acts(*TOKEN_KINDS))
                except LedgerCorrupt as error:
                    _log.error("tokens cannot be read, and nobody is let in by one: %s", error)
                    raise
                self._numbers = numbers
            return list(self._tokens.values())

    def _note_use(self, name: str, now_ms: int, by: str) -> None:
        try:
            self._ledger.amend(TOKEN_KINDS, lambda acts: uses(acts, name, now_ms=now_ms, by=by))
        except LedgerError as error:
            _log.warning("that the token %s was used could not be put on record: %s", name, error)
