"""A configuration may not change what held for a month that is over: what was stated for it would not hold any more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from uptally.model.act import Act
from uptally.model.config_state import CONFIG
from uptally.model.settings import Settings
from uptally.rules.amended import Versions, amendments
from uptally.units.time import month_of, month_window

PROMISES = "promises"
"""The part of a recorded configuration that says what is promised."""


class Acts(Protocol):
    """What is needed of a ledger: `ledger.Reader` is one."""

    def newest_act(self, kind: str) -> Act | None:
        """Return the newest act of a kind; None where there is none."""
        ...

    def acts(self, *kinds: str) -> Sequence[Act]:
        """Return the acts of some kinds, the first first."""
        ...


def refused_amendments(settings: Settings, ledger: Acts, *, now_ms: int) -> Iterator[tuple[str, str]]:
    """Yield the promises of which a configuration changes the terms for a month that has ended: each by its key in the
    record, with which month that is and what to do instead.

    What was first promised in the month in progress may still be put right.
    """
    newest = ledger.newest_act(CONFIG)
    if newest is None or newest.body == settings.revision:
        return
    zone = settings.page.zone
    month = month_of(now_ms, zone)
    begin_ms = month_window(month, zone).start_ms
    found = list(amendments(_promises(newest), _of(settings.revision), until_ms=begin_ms))
    since = _first_promised(ledger, {each.key for each in found}) if found else {}
    for key, at_ms in found:
        since_ms = since.get(key, newest.at_ms)
        if since_ms >= begin_ms:
            continue
        ended = month_of(max(at_ms, since_ms), zone)
        agreement, _, service = key.rpartition("/")
        what = f"agreement {agreement!r} promises of service {service!r}" if agreement else f"service {service!r} has"
        yield (
            key,
            f"would change what {what} for {ended}, which has ended: let the terms of before stand with"
            f" 'until: {month}-01', and give the new ones 'from: {month}-01'",
        )


def _promises(act: Act) -> Mapping[str, Versions]:
    return _of(act.body)


def _of(revision: str) -> Mapping[str, Versions]:
    record: Mapping[str, Mapping[str, Versions]] = json.loads(revision)
    return record.get(PROMISES, {})


def _first_promised(ledger: Acts, keys: set[str]) -> Mapping[str, int]:
    """Return when each of some promises was first on record."""
    found: dict[str, int] = {}
    for act in ledger.acts(CONFIG):
        if len(found) == len(keys):
            break
        for key in keys & _promises(act).keys() - found.keys():
            found[key] = act.at_ms
    return found
