"""The history's pages: those of the newest months in each round, older ones where anything of them may have changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from uptally.books.past import outages_of_month
from uptally.ledger import Reader
from uptally.model.endpoint import Endpoint
from uptally.model.settings import Settings
from uptally.model.timeline import Outage
from uptally.page import Board, history_path, months_until, render_history
from uptally.units.time import day_of, month_of

_NEWEST = 2
"""So many months are written in each round: what just ended is still looked at in the month after."""

_AT_ONCE = 50
"""Endpoints whose timelines are in memory together."""


class Annals:
    """The history of a configuration's public endpoints. Belongs to one thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = [each for each in settings.endpoints if each.is_public]
        self._months: list[str] = []
        self._waiting: dict[str, None] = {}
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
        self._day = day
        self._waiting |= dict.fromkeys(self._months if is_all else self._months[:_NEWEST])

    def next_page(
        self, reader: Reader, board: Board, *, now_ms: int, refresh_ms: int, version: str
    ) -> dict[str, bytes]:
        """Return the page that waits longest, by its path; none where none waits."""
        month = next(iter(self._waiting), None)
        if month is None:
            return {}
        page = render_history(
            month,
            self._outages(reader, month, now_ms),
            board=board,
            settings=replace(self._settings.page, refresh_ms=refresh_ms),
            months=self._months,
            now_ms=now_ms,
            version=version,
        )
        del self._waiting[month]
        return {history_path(month): page}

    def _outages(self, reader: Reader, month: str, now_ms: int) -> Iterator[tuple[str, Outage]]:
        for endpoints in _pieces(self._endpoints):
            for endpoint, outage in outages_of_month(reader, self._settings, endpoints, month, now_ms=now_ms):
                yield endpoint.slug, outage


def _pieces(endpoints: Sequence[Endpoint]) -> Iterator[Sequence[Endpoint]]:
    return (endpoints[first : first + _AT_ONCE] for first in range(0, len(endpoints), _AT_ONCE))
