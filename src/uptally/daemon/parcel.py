"""What is told to the process that copies the page to another place, and what it tells; the copying itself."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from uptally.daemon.addresses import without_addresses
from uptally.model.settings import Destination, PageSettings
from uptally.page.push import Folder, Place, Push
from uptally.page.remote import Remote

_TELLING = 4
"""Options of fewer characters give nothing away, and would be met by chance."""

_DIGITS = 8
"""Of the folder's path, in base 16, by which the records of pages are told apart."""

TOLD_MOST = 500
"""Characters of a failure that are told."""


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


class Delivery:
    """Copies a parcel again and again. Belongs to one thread."""

    def __init__(self, parcel: Parcel) -> None:
        self._parcel = parcel
        self._push: Push | None = None

    def deliver(self) -> Receipt:
        """Copy what changed. Whatever fails is told without what is secret, and the place is reached anew next time."""
        try:
            if self._push is None:
                self._push = _push(self._parcel)
            return Receipt(*self._push.push())
        except Exception as error:
            self._push = None
            return Receipt(failure=self._told(error))

    def look_again(self) -> None:
        """Have the next one look at what lies there."""
        if self._push is not None:
            self._push.look_again()

    def _told(self, error: Exception) -> str:
        """Say what failed in one line; libraries put into it what they like, the options that they were given too."""
        said = without_addresses(" ".join(f"{type(error).__name__}: {error}".split()))
        for secret in sorted(_texts(_options(self._parcel.to)), key=len, reverse=True):
            said = said.replace(secret, "***")
        return said[:TOLD_MOST]


def _push(parcel: Parcel) -> Push:
    to = parcel.to
    place: Place = Remote(to.address, _options(to)) if to.scheme else Folder(Path(to.address))
    return Push(parcel.directory, place, record=parcel.record, place_name=to.address)


def _options(to: Destination) -> dict[str, object]:
    options: dict[str, object] = json.loads(to.options.reveal()) if to.options is not None else {}
    return options


def _texts(value: object) -> Iterator[str]:
    match value:
        case str() if len(value) >= _TELLING:
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
