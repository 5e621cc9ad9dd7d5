"""The pages of agreements, with statements that are made anew only where something may have changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from uptally.books.agreed import statements_of_agreement
from uptally.books.recorded import Recorded, recorded_of
from uptally.books.subjects import Services
from uptally.clock import Clock
from uptally.daemon.addresses import agreement_path, made_address_key
from uptally.daemon.notebook import KINDS as NOTED_KINDS
from uptally.daemon.notebook import stamp_of
from uptally.daemon.rounds import Rounds
from uptally.ledger import Reader
from uptally.model.agreement import Agreement
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.page.render import MISSING_PATH, render_agreement, render_fixed
from uptally.recurrence import occurrences
from uptally.rules.record.claims import CLAIM

KINDS = (*NOTED_KINDS, CLAIM)
"""The acts that a statement depends on."""

COVER_PATH = "agreements/index.html"
"""Stands where a web server would else list the folder, and with it every address."""

PAGE_US = 20_000
"""What a page is thought to take before one was written."""

Publish: TypeAlias = Callable[[Mapping[str, bytes]], object]


class _Ended(NamedTuple):
    """The statements of periods that are over, and what they were made by: see `stamp_of`."""

    stamp: tuple[object, ...]
    statements: tuple[PeriodStatement, ...]


class Binder:
    """Writes the page of each agreement that has one. Belongs to one thread.

    Statements of periods that are over are kept until an act is recorded or a day begins, and for an hour at most,
    since observations may come late.
    """

    def __init__(self, agreed: Settings | None, *, clock: Clock, version: str) -> None:
        self._settings = agreed
        self._clock = clock
        self._version = version
        self._agreements = {each.slug: each for each in agreed.agreements} if agreed is not None else {}
        self._rests_on = dict(self._parts())
        self._key: bytes | None = None
        self._rounds = Rounds(self._agreements, clock=clock, page_us=PAGE_US)
        self._acts: tuple[int, ...] = ()
        self._recorded = Recorded()
        self._ended: dict[str, _Ended] = {}

    @property
    def has_more(self) -> bool:
        """Whether pages wait."""
        return self._rounds.has_more

    def round_ms(self, share: int) -> int:
        """Return how long all pages take where they have one part in `share` of the time."""
        return self._rounds.takes_ms(share)

    def paths(self) -> list[str]:
        """Return where the pages lie below the page's folder. Raises as `made_address_key` does."""
        return [COVER_PATH, *map(self._path, self._agreements)] if self._agreements else []

    def turn(self, endpoints: Collection[str]) -> None:
        """Have the pages of agreements wait that rest on endpoints which changed their state."""
        self._rounds.turn(slug for slug, parts in self._rests_on.items() if not parts.isdisjoint(endpoints))

    def begin(self, turned: Collection[str]) -> None:
        """Have all pages wait, unless a round through them is under way; those of what changed its state come first."""
        self.turn(turned)
        self._rounds.begin()

    def write(self, reader: Reader, publish: Publish, *, turned_ms: int, aging_ms: int, refresh_ms: int) -> None:
        """Write pages that wait for about so long, at least one of each kind."""

        def write(slugs: list[str]) -> None:
            for slug in slugs:
                publish(self._pages(reader, self._agreements[slug], refresh_ms))

        self._rounds.write_turned(write, for_ms=turned_ms)
        self._rounds.write_aging(write, for_ms=aging_ms)

    def _pages(self, reader: Reader, agreement: Agreement, refresh_ms: int) -> dict[str, bytes]:
        assert self._settings is not None, "there is an agreement"
        now_ms = self._clock.wall_ms()
        self._read_acts(reader)
        terms = (terms for each in agreement.coverage for terms in each.terms)
        stamp = stamp_of(agreement.slug, terms, self._acts, now_ms=now_ms)
        held = self._ended.get(agreement.slug)
        if held is None or held.stamp != stamp:
            held = _Ended(stamp, self._stated(reader, agreement.slug, is_over=True, now_ms=now_ms))
            self._ended[agreement.slug] = held
        running = self._stated(reader, agreement.slug, is_over=False, now_ms=now_ms)
        page = replace(self._settings.page, refresh_ms=refresh_ms)
        services = Services(self._settings)
        content = render_agreement(
            agreement,
            [services[each.service] for each in agreement.coverage],
            (*running, *held.statements),
            settings=page,
            now_ms=now_ms,
            version=self._version,
        )
        missing = render_fixed(settings=page, version=self._version)[MISSING_PATH]
        return {COVER_PATH: missing, self._path(agreement.slug): content}

    def _stated(self, reader: Reader, slug: str, *, is_over: bool, now_ms: int) -> tuple[PeriodStatement, ...]:
        assert self._settings is not None, "there is an agreement"
        return statements_of_agreement(
            reader,
            self._settings,
            slug,
            is_over=is_over,
            now_ms=now_ms,
            recorded=self._recorded,
            occurrences=occurrences,
        )

    def _read_acts(self, reader: Reader) -> None:
        newest = reader.newest_numbers(KINDS)
        if newest != self._acts:
            self._acts, self._recorded = newest, recorded_of(reader.acts(*KINDS))

    def _parts(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the agreements and the endpoints that each rests on."""
        if self._settings is None:
            return
        services = Services(self._settings)
        for slug, agreement in self._agreements.items():
            yield slug, frozenset(part for each in agreement.coverage for part in services[each.service].components)

    def _path(self, slug: str) -> str:
        assert self._settings is not None, "there is an agreement"
        if self._key is None:
            self._key = made_address_key(self._settings.store.path)
        return agreement_path(slug, self._key)
