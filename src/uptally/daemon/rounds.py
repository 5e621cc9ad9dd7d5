"""Which pages wait to be written: of what changed first, and of everything in rounds, so that none gets old."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from uptally.clock import Clock


class Rounds:
    """The pages of some things by their slugs, and what a page takes. Belongs to one thread."""

    def __init__(self, slugs: Iterable[str], *, clock: Clock, page_us: int, at_once: int = 1) -> None:
        """`page_us` is what a page is thought to take, in microseconds, and `at_once` how many are written together."""
        self._slugs = dict.fromkeys(slugs)
        self._clock = clock
        self._page_us = page_us
        self._at_once = at_once
        self._turned: dict[str, None] = {}
        """Whose pages wait since they changed."""
        self._aging: dict[str, None] = {}
        """Whose pages wait in the round."""

    @property
    def has_more(self) -> bool:
        """Whether pages wait."""
        return bool(self._turned or self._aging)

    @property
    def is_under_way(self) -> bool:
        """Whether pages wait in a round."""
        return bool(self._aging)

    def takes_ms(self, share: int) -> int:
        """Return how long a round takes that has one part in `share` of the time."""
        return share * len(self._slugs) * self._page_us // 1_000

    def turn(self, slugs: Iterable[str]) -> None:
        """Have the pages wait of what changed."""
        self._turned |= dict.fromkeys(slugs)

    def begin(self) -> None:
        """Begin a round through all pages, unless one is under way."""
        self._aging = self._aging or dict(self._slugs)

    def leave(self) -> None:
        """Leave the round that is under way, so that the next one is through all pages."""
        self._aging = {}

    def write_turned(self, write: Callable[[list[str]], None], *, for_ms: int) -> None:
        """Have pages written of what changed, until a time is over or there are no more."""
        self._write(self._turned, write, for_ms)

    def write_aging(self, write: Callable[[list[str]], None], *, for_ms: int) -> bool:
        """Have pages of the round written, until a time is over or there are no more; tell whether that ended it."""
        was_under_way = self.is_under_way
        self._write(self._aging, write, for_ms)
        return was_under_way and not self._aging

    def _write(self, waiting: dict[str, None], write: Callable[[list[str]], None], for_ms: int) -> None:
        left_us = for_ms * 1_000
        while waiting and left_us > 0:
            began_ns = self._clock.monotonic_ns()
            slugs = list(islice(waiting, self._at_once))
            write(slugs)
            for slug in slugs:
                self._turned.pop(slug, None)
                self._aging.pop(slug, None)
            took_us = (self._clock.monotonic_ns() - began_ns) // 1_000
            left_us -= took_us
            self._page_us = took_us // len(slugs)
