"""Exports that are pulled: what tells one from any other is known at once, and what is made is made by a process.

One is made at a time (`daemon/bursary.py`), and kept while there is room (`daemon/shelf.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

from uptally import __version__
from uptally.books.held import known_revision
from uptally.clock import Clock
from uptally.daemon import child
from uptally.daemon.shelf import KEPT_MAX, Shelf
from uptally.daemon.voucher import Order, Report, tell
from uptally.errors import LedgerError, QuantityError
from uptally.export.csv import DIALECTS
from uptally.export.formats import FORMATS
from uptally.export.manifest import SUFFIX
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.rules.record.closings import CLOSE, RecordedClosing, recorded_closings
from uptally.server import ExportFailed, ExportImpossible, Found, Made
from uptally.signing import key_of
from uptally.units.time import format_instant, month_of, month_window

MODULE = "uptally.daemon.bursary"
LIMIT_S = 120
"""How long one export may take before its process is killed."""

WAITING_MAX = 8
"""So many may wait for one to be made; further ones are refused."""

FRESH_MS = 60_000
"""How old the figures of a month that is not closed may be, while nothing is recorded."""

_LIST = ""
_log = logging.getLogger(__name__)


class _Configured:
    """A configuration, and what is made of it once: with ten thousand services it has megabytes, and going through them
    at each pull would hold up attempts. Its methods are called in threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._digest = ""
        self._told = b""

    def digest(self) -> str:
        """Return what tells this software, the configuration and the public key of its signatures from any others."""
        if not self._digest:
            key = key_of(self.settings.seal_key)
            revision = hashlib.sha256(self.settings.revision.encode()).hexdigest()
            self._digest = _tag(__version__, revision, key.public.text if key else "")
        return self._digest

    def told(self) -> bytes:
        """Return what a process is told of it."""
        if not self._told:
            self._told = tell(self.settings)
        return self._told


class Exports:
    """What there is to be pulled. Belongs to one event loop, but for looking at the ledger."""

    formats: Collection[str] = tuple(FORMATS)
    dialects: Collection[str] = tuple(DIALECTS)

    def __init__(
        self, settings: Callable[[], Settings], clock: Clock, *, module: str = MODULE, limit_s: float = LIMIT_S
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._module = module
        self._limit_s = limit_s
        self._shelf = Shelf()
        self._looking = Lock()
        self._reader: Reader | None = None
        self._closings: tuple[tuple[int, ...], dict[str, list[RecordedClosing]]] = ((), {})
        self._configured: _Configured | None = None
        self._provisional: dict[tuple[str, str], tuple[object, str]] = {}
        self._making = asyncio.Lock()
        self._waiting = 0

    def close(self) -> None:
        """Let go of the ledger and of what was made."""
        with self._looking:
            if self._reader is not None:
                self._reader.close()
                self._reader = None
        self._shelf.close()

    async def find(self, month: str, written_as: str) -> Found:
        """See `server.Exports.find`."""
        tag, is_frozen = await self._look(month, written_as)
        if not is_frozen:
            tag = self._provisional_tag(month, written_as, tag)
        asked = (tag, month, written_as)
        media_type = FORMATS[written_as.partition(":")[0]].media_type
        return Found(tag, media_type, partial(self._make, *asked), partial(self._make_manifest, *asked))

    async def list(self) -> bytes:
        """See `server.Exports.list`: of what was made already, it says how many bytes, and their digest."""
        tag, _ = await self._look(_LIST, "")
        with (await self._make(tag, _LIST, "")).content as content:
            document: dict[str, Any] = await asyncio.to_thread(json.load, content)
        for month in document["months"]:
            names = [month["month"], *(f"{month['month']}@{each['revision']}" for each in month.get("revisions", ()))]
            for name, told in zip(names, [month, *month.get("revisions", ())], strict=True):
                told["formats"] = {written_as: self._told(f"{name}.{written_as}") for written_as in FORMATS}
        return json.dumps(document, indent=2).encode() + b"\n"

    def _told(self, name: str) -> dict[str, object]:
        made = self._shelf.named(name)
        size, digest = (made.size, made.sha256) if made else (None, None)
        href = f"/exports/{name}"
        return {"href": href, "bytes": size, "sha256": digest, "manifest": f"{href}{SUFFIX}"}

    async def _look(self, month: str, written_as: str) -> tuple[str, bool]:
        """Return what tells an export from any other, and whether that holds for ever."""
        try:
            return await asyncio.to_thread(self._stamp, month, written_as)
        except LedgerError as error:
            _log.error("exports cannot be found: %s", error)
            raise ExportFailed("the ledger cannot be read now: try again later") from error

    def _stamp(self, month: str, written_as: str) -> tuple[str, bool]:
        configured, now_ms = self._in_force(), self._clock.wall_ms()
        settings = configured.settings
        zone = settings.page.zone
        label, at, number = month.partition("@")
        if month != _LIST and month_window(label, zone).start_ms > now_ms:
            raise QuantityError(
                f"{label} has not begun: it starts at {format_instant(month_window(label, zone).start_ms)}"
            )
        with self._looking:
            if self._reader is None:
                self._reader = Reader.open(settings.store.path)
            numbers = self._reader.newest_numbers([CLOSE])
            if numbers != self._closings[0]:
                self._closings = numbers, recorded_closings(self._reader.acts(CLOSE))
            changes = self._reader.changes()
            first_ms = self._reader.first_ms() if month == _LIST else None
        closings = self._closings[1]
        made_of: list[object] = [configured.digest(), zone.key, month, written_as]
        if month == _LIST:
            return _tag(*made_of, numbers, first_ms, month_of(now_ms, zone)), True
        revisions = closings.get(label, [])
        if at:
            revision = known_revision(label, number, len(revisions))
            return _tag(*made_of, *(each.closing.document for each in revisions[:revision])), True
        if not revisions:
            return _tag(*made_of, changes, now_ms // FRESH_MS), False
        # Corrections of earlier months stand in the month in which they were made.
        made_in = [each for held in closings.values() for each in held[1:] if each.closing.dated == label]
        return _tag(*made_of, *(each.closing.document for each in [*revisions, *made_in])), True

    def _in_force(self) -> _Configured:
        settings, known = self._settings(), self._configured
        if known is None or known.settings is not settings:
            self._configured = known = _Configured(settings)
        return known

    def _provisional_tag(self, month: str, written_as: str, stamp: str) -> str:
        """Return a tag of a month that is not closed. What is made of it depends on when it is made, so that each
        making has a tag of its own."""
        known, tag = self._provisional.get((month, written_as), ("", ""))
        if known != stamp or (tag not in self._shelf and self._waiting == 0):
            tag = secrets.token_hex(16)
            self._provisional[month, written_as] = stamp, tag
            if len(self._provisional) > KEPT_MAX:
                del self._provisional[next(iter(self._provisional))]
        return tag

    async def _make(self, tag: str, month: str, written_as: str) -> Made:
        await self._see_to(tag, month, written_as)
        return self._shelf.take(tag)

    async def _make_manifest(self, tag: str, month: str, written_as: str) -> Made:
        await self._see_to(tag, month, written_as)
        return self._shelf.take_manifest(tag)

    async def _see_to(self, tag: str, month: str, written_as: str) -> None:
        """Have an export on the shelf. It is taken before anything else is awaited, for it may be dropped by then."""
        if tag in self._shelf:
            return
        if self._waiting >= WAITING_MAX:
            raise ExportFailed("too many exports are asked for at once")
        self._waiting += 1
        try:
            async with self._making:
                # Whoever was first may have asked for the same.
                if tag not in self._shelf:
                    self._shelf.put(tag, f"{month}.{written_as}", await self._made_now(tag, month, written_as))
        finally:
            self._waiting -= 1

    async def _made_now(self, tag: str, month: str, written_as: str) -> Report:
        configured = self._in_force()
        settings, told = configured.settings, await asyncio.to_thread(configured.told)
        now_ms = self._clock.wall_ms()
        try:
            file = self._shelf.place(tag)
            report = await self._ordered(
                Order(settings.store.path, told, now_ms, file, month, written_as, settings.seal_key)
            )
        except (OSError, ValueError) as error:
            _log.error(
                "the export of %s as %s could not be made: %s", month, written_as, str(error) or "it took too long"
            )
            raise ExportFailed("it could not be made") from error
        if report.missing:
            raise QuantityError(report.missing)
        if report.impossible:
            raise ExportImpossible(report.impossible)
        if report.failure:
            raise ExportFailed("it could not be made: the log of the daemon says why")
        return report

    async def _ordered(self, order: Order) -> Report:
        """Have a process do it. Raises TimeoutError, which is an OSError, OSError, and ValueError where it ended."""
        process = await child.start(self._module)
        try:
            async with asyncio.timeout(self._limit_s):
                return await child.ask(process, order, Report)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        finally:
            await child.end(process)


def _tag(*made_of: object) -> str:
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:32]
