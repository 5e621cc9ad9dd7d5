"""Writes the page: what changed first, the rest in rounds that take a small share of the time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from uptally.clock import Clock
from uptally.daemon.annals import Annals
from uptally.daemon.binder import Binder
from uptally.daemon.endpoint_files import endpoint_files
from uptally.daemon.glances import Glances, batches
from uptally.daemon.latencies import Stopwatch
from uptally.daemon.notebook import Notebook
from uptally.daemon.noticeboard import Noticeboard
from uptally.daemon.order import GAP_MS, Shown
from uptally.daemon.overview_files import publish_overview
from uptally.daemon.rounds import Rounds
from uptally.ledger import Reader
from uptally.page import Board, Keep, Pieces, Prepared, Site, endpoint_paths, render_fixed, services_named
from uptally.units.time import DAY_MS

SHARE = 40
"""What is written anew without a change of state takes one part in so many of the time: with very many endpoints it
is written more rarely."""

LOOKED_MS = 200
"""How long a pass looks at endpoints since a refresh is due: a change of state waits no longer for that."""

TURNED_MS = 500
"""How long a pass renders pages of endpoints that changed their state: about a hundred of them. Where more change at
once, the overview says so within the second, and their pages follow."""

FINISH_MS = 5_000
"""How long is written at the end; with more endpoints than that is enough for, the newest pages stand."""

SAY_STOPPED_MS = 10_000
"""How long after the begin of the end files that were not written anew are made to say that monitoring has stopped."""

PAGES_AT_ONCE = 4
"""Pages that are rendered from one look at the ledger."""

PAGE_US = 5_000
"""What a page is thought to take before one was written."""


class Press:
    """Writes one page; so many presses are `among` whom the process's time is shared out. Belongs to one thread."""

    def __init__(self, shown: Shown, *, clock: Clock, version: str, among: int = 1) -> None:
        self._clock, self._version, self._among = clock, version, among
        self._sealed: Mapping[str, bytes] = {}
        self.change(shown)
        # Pages of an earlier version stand, with their style, until the first round is over.
        self._has_gone = False
        self._reader: Reader | None = None
        self._glance_ms = 0
        """What looking at all endpoints and writing the overview took."""
        self.told_ms = 0
        """What it last took to look at what changed and write the overview."""

    def change(self, shown: Shown) -> None:
        """Look at other settings from now on; a refresh must follow. Touches no file."""
        self._settings, self._config_ms = shown.settings, shown.config_ms
        self._notebook = Notebook(self._settings)
        self._stopwatch = Stopwatch(self._settings.monitor.location)
        self._binder = Binder(shown.agreed, clock=self._clock, version=self._version)
        self._noticeboard = Noticeboard(self._settings)
        self._services = services_named(self._settings.endpoints, self._settings.services)
        self._annals = Annals(self._settings)
        self._site = Site.of(self._settings.page)
        self._glances = Glances(self._settings, self._noticeboard, clock=self._clock)
        self._pieces = Pieces()
        self._rounds = Rounds(self._glances.slugs, clock=self._clock, page_us=PAGE_US, at_once=PAGES_AT_ONCE)
        self._is_refreshing = False
        """Whether all endpoints are looked at since `refresh`, and not told of yet."""
        self._has_gone = True
        """Whether there may be pages of endpoints that the overview shows no more."""

    def seal(self, files: Mapping[str, bytes]) -> None:
        """Publish files that were signed from now on, as they are."""
        self._sealed = files

    @property
    def refresh_ms(self) -> int:
        """How often all endpoints are looked at; longer than configured where that would take too large a share."""
        return max(self._settings.page.refresh_ms, self._among * SHARE * self._glance_ms)

    @property
    def _due_ms(self) -> int:
        """How long after one overview another is due: when all endpoints were looked at once more, some in each pass,
        of which one takes four gaps at most."""
        return self.refresh_ms + self._among * self._glance_ms // LOOKED_MS * 4 * GAP_MS

    @property
    def has_more(self) -> bool:
        """Whether pages are left for the next pass."""
        return self._is_refreshing or self._rounds.has_more or self._annals.has_more or self._binder.has_more

    def refresh(self, turned: Collection[str]) -> None:
        """Look at all endpoints, and then begin a round through their pages unless one is under way.

        That takes several passes, but for the first: nothing can be shown before all were looked at.
        """
        if self._glances:
            self._glances.begin()
            self._is_refreshing = True
            self.update(turned)
            return
        # What says that monitoring has stopped must not say so any longer than it takes to write it.
        stopped = self._site.stopped_paths()
        self._rounds.turn(slug for slug in self._glances.slugs if stopped & {*endpoint_paths(slug)})
        self._refresh_at_once(turned)

    def update(self, turned: Collection[str]) -> None:
        """Look at the endpoints that changed their state, write the overview if any did, or where there is news for
        everyone, and go on with the refresh and the pages.
        """
        began_ns = self._clock.monotonic_ns()
        ours = self._glances.concerned(turned)
        has_news = self._noticeboard.look(self._ledger(), now_ms=self._clock.wall_ms())
        if ours or has_news:
            self._glances.look_at(self._ledger(), ours)
            self._notebook.look(self._ledger(), turned, now_ms=self._clock.wall_ms())
            self._write_overview(self._pieces.keep)
            self._rounds.turn(ours)
            self.told_ms = self._ms_since(began_ns)
        self._binder.turn(turned)
        if has_news:
            self._rounds.turn(self._glances.slugs)
            self._begin_history(has_changed=True)
        # Not in one pass: a change of state waits for its end.
        if self._glances.waiting:
            self._glances.go_on(self._ledger(), for_ms=LOOKED_MS // self._among)
        elif self._is_refreshing:
            self._begin_round((), has_news=False)
            return
        self._write_pages()

    def finish(self, turned: Collection[str]) -> None:
        """Write what can be written in a few seconds, what changed first, and let go of the ledger.

        Everything then says that monitoring has stopped, whether it was written anew or not.
        """
        began_ns = self._clock.monotonic_ns()
        until_ms = FINISH_MS // self._among
        self._site.stop()
        try:
            if self._glance_ms < until_ms:
                self._rounds.leave()
                self._refresh_at_once(turned)
            else:
                self.update(turned)
            self._rounds.write_turned(self._write_endpoints, for_ms=until_ms - self._ms_since(began_ns))
            self._rounds.write_aging(self._write_endpoints, for_ms=until_ms - self._ms_since(began_ns))
            left_ms = until_ms - self._ms_since(began_ns)
            self._write_agreements(turned_ms=left_ms, aging_ms=left_ms)
            while self._annals.has_more and self._ms_since(began_ns) < until_ms:
                self._write_history()
        finally:
            self.close()
            self._site.say_stopped(is_late=lambda: self._ms_since(began_ns) >= SAY_STOPPED_MS // self._among)

    def write_all(self) -> None:
        """Look at each endpoint once, write every page and let go of the ledger."""
        self._stopwatch.hurry()
        prepared = Prepared()
        try:
            self._site.begin()
            self._site.publish(render_fixed(settings=self._settings.page, version=self._version))
            self._notebook.look(self._ledger(), None, now_ms=self._clock.wall_ms())
            self._noticeboard.look(self._ledger(), now_ms=self._clock.wall_ms())
            for slugs in batches(self._glances.slugs):
                self._write_endpoints(slugs, prepared)
            self._write_overview(prepared.keep)
            self._begin_history(has_changed=True)
            while self._annals.has_more:
                self._write_history()
            self._binder.begin(())
            self._write_agreements(turned_ms=DAY_MS, aging_ms=DAY_MS)
            self._remove_stale()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the ledger."""
        if self._reader is not None:
            self._reader.close()

    def _refresh_at_once(self, turned: Collection[str]) -> None:
        self._glances.begin()
        has_news = self._noticeboard.look(self._ledger(), now_ms=self._clock.wall_ms())
        self._glances.go_on(self._ledger(), for_ms=DAY_MS)
        self._begin_round(turned, has_news=has_news)
        self._rounds.turn(self._glances.concerned(turned))
        self._write_pages()

    def _begin_round(self, turned: Collection[str], *, has_news: bool) -> None:
        """Write what tells of all endpoints, and begin a round through their pages unless one is under way."""
        self._is_refreshing = False
        began_ns = self._clock.monotonic_ns()
        if not self._rounds.is_under_way:
            self._site.begin()
        self._site.publish(render_fixed(settings=self._settings.page, version=self._version))
        self._notebook.look(self._ledger(), None, now_ms=self._clock.wall_ms())
        self._write_overview(self._pieces.keep)
        self._begin_history(has_changed=has_news)
        if self._has_gone:
            # What is public no more must not stay so for as long as a round takes.
            self._remove_stale()
        self._glance_ms = self._glances.took_ms + self._ms_since(began_ns)
        self._rounds.begin()
        self._binder.begin(turned)

    def _ledger(self) -> Reader:
        if self._reader is None:
            self._reader = Reader.open(self._settings.store.path)
        return self._reader

    def _write_overview(self, keep: Keep) -> None:
        self._glances.look_at(self._ledger(), self._glances.missing)
        publish_overview(
            self._site.publish,
            [*self._glances],
            self._ledger(),
            replace(self._settings, page=replace(self._settings.page, refresh_ms=self._due_ms)),
            self._notebook.notes,
            self._board(),
            now_ms=self._clock.wall_ms(),
            config_ms=self._config_ms,
            version=self._version,
            keep=keep,
            sealed=self._sealed,
        )

    def _write_pages(self) -> None:
        """Write pages that wait, those of endpoints that changed first; what no page needs any more goes after a
        round.
        """
        turned_ms, aging_ms = TURNED_MS // self._among, GAP_MS // SHARE // self._among
        self._rounds.write_turned(self._write_endpoints, for_ms=turned_ms)
        self._write_agreements(turned_ms=turned_ms, aging_ms=aging_ms)
        self._write_history()
        if self._rounds.write_aging(self._write_endpoints, for_ms=aging_ms):
            self._remove_stale()

    def _remove_stale(self) -> None:
        """Remove what this round needs no more. All but the pages of endpoints is written where it begins."""
        ours = (path for slug in self._glances.slugs for path in endpoint_paths(slug))
        paths = [*self._binder.paths(), *self._annals.paths, *ours]
        self._site.remove_stale(paths, spares_assets=self._has_gone)
        self._has_gone = False

    def _write_agreements(self, *, turned_ms: int, aging_ms: int) -> None:
        refresh_ms = max(self._due_ms, self._binder.round_ms(self._among * SHARE))
        publish = self._site.publish
        self._binder.write(self._ledger(), publish, turned_ms=turned_ms, aging_ms=aging_ms, refresh_ms=refresh_ms)

    def _write_endpoints(self, slugs: Sequence[str], prepared: Prepared | None = None) -> None:
        """Look at some endpoints and write what tells of them alone."""
        with self._ledger().snapshot():
            standings = self._glances.look(self._ledger(), slugs)
            if prepared is not None:
                # Before they are told of: a service of several shows its parts as they are kept.
                self._glances.keep(standings)
            latencies = self._stopwatch.read_each(self._ledger(), standings, but=self._glances.services)
            page, board = replace(self._settings.page, refresh_ms=self._round_ms()), self._board()
            files: dict[str, bytes] = {}
            for standing, found in zip(standings, latencies, strict=True):
                made = self._glances.made(standing.endpoint.slug, now_ms=standing.as_of_ms)
                files |= endpoint_files(
                    standing, found, page, self._notebook, board, made, prepared, version=self._version
                )
        self._site.publish(files)

    def _board(self) -> Board:
        return Board(self._noticeboard.bulletin, self._services, self._noticeboard.calendar)

    def _begin_history(self, *, has_changed: bool) -> None:
        observed = (each.first_ms for each in self._glances if each.first_ms is not None)
        told = (each.started_ms for each in self._noticeboard.bulletin.incidents)
        self._annals.begin((*observed, *told), now_ms=self._clock.wall_ms(), has_changed=has_changed)

    def _write_history(self) -> None:
        """Write a page of the history if one waits."""
        page = self._annals.next_page(
            self._ledger(),
            self._board(),
            now_ms=self._clock.wall_ms(),
            refresh_ms=self._round_ms(),
            version=self._version,
        )
        self._site.publish(page)

    def _round_ms(self) -> int:
        """How old a page may get while nothing changes."""
        return max(self._due_ms, self._rounds.takes_ms(self._among * SHARE))

    def _ms_since(self, instant_ns: int) -> int:
        return (self._clock.monotonic_ns() - instant_ns) // 1_000_000
