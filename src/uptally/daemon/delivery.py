"""Copies the page to another place, and says what failed without what is secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from uptally.daemon.addresses import without_addresses
from uptally.daemon.parcel import Parcel, Receipt
from uptally.model.settings import Destination
from uptally.page.push import Folder, Place, Push
from uptally.page.remote import Remote

_TELLING = 4
"""Options of fewer characters give nothing away, and would be met by chance."""

TOLD_MOST = 500
"""Characters of a failure that are told."""


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
