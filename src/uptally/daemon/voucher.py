"""What the daemon asks of the process that makes an export, and what it hears of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple, Self

from uptally.model.settings import Settings


class Order(NamedTuple):
    """What is to be made of the ledger at `store`: an export of a month, or, without a format, the list of all; into
    which file. `settings` have no secrets."""

    store: Path
    settings: Settings
    now_ms: int
    file: Path
    month: str = ""
    written_as: str = ""


class Report(NamedTuple):
    """What came of it: `missing` is why there is no such export, `failure` that none could be made."""

    state: str = ""
    revision: int = 0
    sha256: str = ""
    missing: str = ""
    failure: bool = False

    def line(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps(self).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Read such a line. Raises ValueError where it is none."""
        return cls(*json.loads(line))
