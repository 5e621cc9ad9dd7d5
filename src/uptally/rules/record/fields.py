"""The bodies of acts: canonical JSON, read strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

from uptally.errors import LedgerCorrupt
from uptally.model.act import Act

_Kind = TypeVar("_Kind", int, str, bool)


def body_of(fields: Mapping[str, object]) -> str:
    """Write a body: sorted keys, no blanks, and nothing of what is None, empty or False."""
    said = {key: value for key, value in fields.items() if value is not None and value is not False and value != ""}
    kept = {key: value for key, value in said.items() if value not in ((), {})}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Fields:
    """What an act's body says, taken field by field. Each reading raises LedgerCorrupt, naming the act."""

    def __init__(self, act: Act) -> None:
        self._act = act
        try:
            held = json.loads(act.body)
        except ValueError:
            raise self.fault("is no JSON") from None
        self._left = self._table(held)

    def fault(self, what: str) -> LedgerCorrupt:
        """Return the error that says what is wrong with the act."""
        return LedgerCorrupt(
            f"act {self._act.number} ({self._act.kind}) {what}: `uptally verify` tells whether the ledger was changed"
        )

    def text(self, key: str, default: str | None = None) -> str:
        """Take text; it must be there unless there is a default."""
        return self._take(key, str, default)

    def instant(self, key: str) -> int:
        """Take an integer, which must be there."""
        return self._take(key, int, None)

    def instant_or_none(self, key: str) -> int | None:
        """Take an integer, None where there is none."""
        return self._take(key, int, None) if key in self._left else None

    def flag(self, key: str) -> bool:
        """Take true or false, false where there is none."""
        return self._take(key, bool, False)

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of text, empty where there is none."""
        held = self._left.pop(key, [])
        if not isinstance(held, list) or not all(isinstance(each, str) for each in held):
            raise self.fault(f"has a {key!r} that is no list of text")
        return tuple(held)

    def inner(self, key: str) -> Fields | None:
        """Take a table, None where there is none."""
        if key not in self._left:
            return None
        inner = Fields.__new__(Fields)
        inner._act, inner._left = self._act, self._table(self._left.pop(key))
        return inner

    def end(self) -> None:
        """Raise LedgerCorrupt where something is left, of which the meaning is not known."""
        for key in self._left:
            raise self.fault(f"says {key!r}, which this version of uptally does not know")

    def _take(self, key: str, kind: type[_Kind], default: _Kind | None) -> _Kind:
        held = self._left.pop(key, default)
        # True is an int to Python.
        if type(held) is not kind:
            raise self.fault(f"has no valid {key!r}")
        return held

    def _table(self, held: object) -> dict[str, object]:
        if not isinstance(held, dict):
            raise self.fault("is no table")
        return held
