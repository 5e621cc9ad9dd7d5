"""The history's pages: those of the newest months in each round, older ones where anything of them may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

from uptally.books.past import outages_of_months
from uptally.ledger import Reader
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.timeline import Outage
from uptally.page import OUTAGES_MAX, Board, history_path, months_until, render_history
from uptally.units.time import day_of, month_of

_NEWEST = 2
"""So many months are written in each round: what just ended is still looked at in the month after."""

_AT_ONCE = 50
"""Endpoints whose timelines are in memory together."""


class _Found:
    """The newest outages of a month by the slugs of endpoints: of ten thousand, those of a year have no room."""

    def __init__(self) -> None:
        self.newest: list[tuple[str, Outage]] = []
        self.left_out = 0

    def add(self, slug: str, outage: Outage) -> None:
        self.newest.append((slug, outage))
        if len(self.newest) >= 2 * OUTAGES_MAX:
            self.newest = nlargest(OUTAGES_MAX, self.newest, key=lambda pair: pair[1].start_ms)
            self.left_out += OUTAGES_MAX


class Annals:
    """The history of a configuration's public endpoints. Belongs to one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = [each for each in settings.endpoints if each.is_public]
        self._months: list[str] = []
        self._waiting: dict[str, None] = {}
        self._found: dict[str, _Found] = {}
        """Of months that wait, as of `_read_ms`: all are read together."""
        self._read_ms = 0
        self._day = ""

    @property
    def has_more(self) -> bool:
        """Whether pages wait to be written."""
        return bool(self._waiting)

    @property
    def paths(self) -> list[str]:
        """Where the pages lie that belong to the history as of the last round."""
        return [history_path(month) for month in self._months]

    def begin(self, first_ms: Iterable[int], *, now_ms: int, has_changed: bool) -> None:
        """Begin a round; `first_ms` are the begins of what there is to tell of, the first of which decides.

        All months are written once a day, since observations may come late, and where what is told `has_changed`.
        """
        zone = self._settings.page.zone
        newest = month_of(now_ms, zone)
        self._months = months_until(newest, first=month_of(min(first_ms, default=now_ms), zone))
        day = day_of(now_ms, zone).isoformat()
        is_all = has_changed or day != self._day
        self._day, self._found = day, {}
        self._waiting |= dict.fromkeys(self._months if is_all else self._months[:_NEWEST])

    def next_page(
        self, reader: Reader, board: Board, *, now_ms: int, refresh_ms: int, version: str
    ) -> dict[str, bytes]:
        """Return the page that waits longest, by its path; none where none waits."""
        month = next(iter(self._waiting), None)
        if month is None:
            return {}
        if month not in self._found:
            self._found, self._read_ms = self._read(reader, now_ms), now_ms
        found = self._found.pop(month)
        page = render_history(
            month,
            found.newest,
            board=board,
            settings=replace(self._settings.page, refresh_ms=refresh_ms),
            months=self._months,
            now_ms=self._read_ms,
            version=version,
            left_out=found.left_out,
        )
        del self._waiting[month]
        return {history_path(month): page}

    def _read(self, reader: Reader, now_ms: int) -> dict[str, _Found]:
        found = {month: _Found() for month in self._waiting}
        for endpoints in _pieces(self._endpoints):
            for month, endpoint, outage in outages_of_months(reader, self._settings, endpoints, found, now_ms=now_ms):
                found[month].add(endpoint.slug, outage)
        return found


def _pieces(endpoints: Sequence[Endpoint]) -> Iterator[Sequence[Endpoint]]:
    return (endpoints[first : first + _AT_ONCE] for first in range(0, len(endpoints), _AT_ONCE))
