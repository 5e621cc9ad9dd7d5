"""What is told to the process that copies the page to another place, and what it tells."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple, Self

from uptally.model.settings import Destination, PageSettings

_DIGITS = 8
"""Of the folder's path, in base 16, by which the records of pages are told apart."""


class Parcel(NamedTuple):
    """What is to be copied where; `record` is the file that tells what was copied before."""

    directory: Path
    to: Destination
    record: Path

    @classmethod
    def of(cls, page: PageSettings, ledger: Path) -> Self | None:
        """Return what is to be copied, if anything is. The record lies beside the ledger, which is private, and each
        page has one of its own."""
        if page.publish is None:
            return None
        digest = hashlib.sha256(os.fsencode(page.directory)).hexdigest()
        return cls(page.directory, page.publish, ledger.with_name(f"{ledger.name}.pushed-{digest[:_DIGITS]}"))


class Order(NamedTuple):
    """Says to copy what changed; `parcel` comes with the first."""

    parcel: Parcel | None = None


class Receipt(NamedTuple):
    """What came of it: how many files were copied and removed, or why it failed."""

    copied: int = 0
    removed: int = 0
    failure: str = ""
