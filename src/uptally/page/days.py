"""Ninety local days: how bad each was by its endpoint's own budget, and what is said of those that were not clean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from uptally.model.notice import MaintenanceNotice
from uptally.model.statement import Availability
from uptally.page.language import N_, _, grouped, ngettext
from uptally.page.words import Moment, day_moment, duration
from uptally.units.stretches import NEVER, Stretch, Stretches, clipped, length_ms, stretches
from uptally.units.time import HOUR_MS, MINUTE_MS, Window, day_of, month_window


class Level(StrEnum):
    """How a day went. A strip of days is text of these letters, oldest first."""

    ABSENT = "."
    """Before the first observation: there is nothing to show."""
    CLEAN = "0"
    WITHIN = "1"
    """Down for no more than the day's share of the month's budget; without a promise, up to a minute."""
    OVER = "2"
    """Down for more than that; without a promise, up to an hour."""
    SPENT = "3"
    """Down for more than the whole month's budget; without a promise, more than an hour."""
    UNSEEN = "?"
    """No downtime seen, and not all of the day seen: never drawn as clean."""
    UPKEEP = "m"
    """No downtime seen, and announced maintenance in it."""


class Limits(NamedTuple):
    """Up to how much downtime a day is `WITHIN`, and up to how much it is `OVER`."""

    within_ms: int
    over_ms: int


_NO_PROMISE = Limits(MINUTE_MS, HOUR_MS)
_SAID = {
    Level.WITHIN: N_("{lasted} down, within the day’s share"),
    Level.OVER: N_("{lasted} down, over the day’s share"),
    Level.SPENT: N_("{lasted} down, over the whole month’s budget"),
}
_SAID_TODAY = {
    Level.WITHIN: N_("{lasted} down so far, within the day’s share"),
    Level.OVER: N_("{lasted} down so far, over the day’s share"),
    Level.SPENT: N_("{lasted} down so far, over the whole month’s budget"),
}


class Day(NamedTuple):
    """A local day's names."""

    moment: Moment
    month: str


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The names of consecutive days, oldest first. A calendar has one object of each such run, by which is kept what
    is written of them: nearly all services of a page have the same."""

    names: tuple[Day, ...]


class Note(NamedTuple):
    """What is said of a day that was not clean."""

    day: Moment
    text: str


class _Noted(NamedTuple):
    """A day of which there is something to say, by its place in the strip."""

    place: int
    day: Availability
    level: Level
    upkeep_ms: int


class Calendar:
    """Names and limits of days in one zone, each worked out once for all endpoints of a page, and when there was
    maintenance."""

    def __init__(self, zone: ZoneInfo, maintenance: Iterable[MaintenanceNotice] = ()) -> None:
        self.zone = zone
        self._of_all: list[Stretch] = []
        self._of_some: dict[str, list[Stretch]] = {}
        for each in maintenance:
            if each.cancelled_ms is None:
                lists = [self._of_some.setdefault(slug, []) for slug in each.services] or [self._of_all]
                for one in lists:
                    one.append((each.start_ms, each.end_ms))
        self._days: dict[int, Day] = {}
        self._runs: dict[tuple[int, int], Days] = {}
        self._limits: dict[tuple[int, int, str], Limits] = {}

    def day(self, start_ms: int) -> Day:
        """Return the names of the local day that holds an instant."""
        if start_ms not in self._days:
            local = day_of(start_ms, self.zone)
            moment = day_moment(local)
            self._days[start_ms] = Day(moment, moment.iso[:7])
        return self._days[start_ms]

    def days(self, sums: Sequence[Availability]) -> Days:
        """Return the names of consecutive local days."""
        key = (sums[0].window.start_ms, len(sums)) if sums else (0, 0)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = Days(tuple(self.day(each.window.start_ms) for each in sums))
        return found

    def limits(self, target: Fraction | None, month: str) -> Limits:
        """Return the limits of a day in a month: the month's budget divided by its days, and the whole budget."""
        if target is None:
            return _NO_PROMISE
        key = (target.numerator, target.denominator, month)
        limits = self._limits.get(key)
        if limits is None:
            window = month_window(month, self.zone)
            budget = (1 - target) * window.length_ms
            days = day_of(window.end_ms - 1, self.zone).day
            limits = self._limits[key] = Limits(int(budget / days), int(budget))
        return limits

    def maintenance(self, slug: str, window: Window) -> Stretches:
        """Return when there was maintenance of a service within a window."""
        found = (*self._of_all, *self._of_some.get(slug, ()))
        return clipped(stretches(found), window) if found else NEVER

    def level(self, day: Availability, target: Fraction | None) -> Level:
        """Return how a day went against a target, or against the neutral rule where there is none."""
        if not day.scheduled_ms:
            return Level.ABSENT
        if not day.down_ms:
            return Level.UNSEEN if day.unknown_ms else Level.CLEAN
        limits = self.limits(target, self.day(day.window.start_ms).month)
        if day.down_ms <= limits.within_ms:
            return Level.WITHIN
        return Level.OVER if day.down_ms <= limits.over_ms else Level.SPENT


class Strip(NamedTuple):
    """The days of an endpoint: a letter for each (see `Level`), and notes, the newest first."""

    levels: str
    unseen: str
    """A letter for each day: `Level.UNSEEN` where some of it was not seen, beside downtime too, else `Level.ABSENT`."""
    notes: tuple[Note, ...]
    label: str
    told: str
    """What days there are notes of, and how many."""
    exact: str
    """The same to the millisecond, for the script: see `_exact`."""


def strip_of(
    days: Sequence[Availability], target: Fraction | None, calendar: Calendar, maintenance: Stretches = NEVER
) -> Strip:
    """Return the strip of an endpoint's days, which rise and end with today.

    Maintenance lightens no day that had downtime: whether it is left out is up to the terms.
    """
    levels, noted = [Level.CLEAN] * len(days), []
    for place in unclean(days, maintenance):
        day = days[place]
        upkeep_ms = length_ms(clipped(maintenance, day.window)) if maintenance else 0
        levels[place] = level = _kept(calendar.level(day, target), upkeep_ms)
        if level not in (Level.ABSENT, Level.CLEAN):
            noted.append(_Noted(place, day, level, upkeep_ms))
    unseen = [Level.ABSENT] * len(days)
    for each in noted:
        if each.day.unknown_ms:
            unseen[each.place] = Level.UNSEEN
    upkeep = sum(each.level is Level.UPKEEP and not each.day.unknown_ms for each in noted)
    return Strip(
        levels="".join(levels),
        unseen="".join(unseen),
        notes=tuple(_note(each, target, calendar, is_today=each.place == len(days) - 1) for each in reversed(noted)),
        label=_label(levels, len(noted), upkeep),
        told=_told(len(noted), upkeep),
        exact=_exact(days, levels, noted, calendar),
    )


def unclean(days: Sequence[Availability], maintenance: Stretches) -> Iterable[int]:
    """Return the places of the days that may not be clean: most are, and there is nothing to say of them."""
    if maintenance:
        return range(len(days))
    return [place for place, day in enumerate(days) if day.down_ms or day.unknown_ms or not day.scheduled_ms]


def _exact(days: Sequence[Availability], levels: Sequence[Level], noted: Sequence[_Noted], calendar: Calendar) -> str:
    """Write the last day, how many days come before the first one observed, and of each day with a note its place and
    the milliseconds down, not observed, and of maintenance, without zeros: ``2026-11-23 7 12,13000 15,,60000``."""
    if not days:
        return ""
    unwatched = next((place for place, level in enumerate(levels) if level is not Level.ABSENT), len(levels))
    told = (
        f"{place},{day.down_ms or ''},{day.unknown_ms or ''},{upkeep_ms or ''}".rstrip(",")
        for place, day, _level, upkeep_ms in noted
    )
    return " ".join((calendar.day(days[-1].window.start_ms).moment.iso, str(unwatched), *told))


def _kept(level: Level, upkeep_ms: int) -> Level:
    return Level.UPKEEP if upkeep_ms and level in (Level.CLEAN, Level.UNSEEN) else level


def _label(levels: Sequence[Level], noted: int, upkeep: int) -> str:
    seen = len(levels) - levels.count(Level.ABSENT)
    if not seen:
        return ngettext("{number} day: none observed", "{number} days: none observed", len(levels))
    clean, unclean = levels.count(Level.CLEAN) + upkeep, noted - upkeep
    watched = ngettext("{number} day", "{number} days", seen)
    if seen < len(levels):
        watched = ngettext(
            "{number} day, {seen} of them observed",
            "{number} days, {seen} of them observed",
            len(levels),
            seen=grouped(seen),
        )
    said = [ngettext("{number} without downtime", "{number} without downtime", clean)]
    if upkeep:
        said.append(ngettext("{number} of them with maintenance", "{number} of them with maintenance", upkeep))
    said.append(ngettext("{number} not clean", "{number} not clean", unclean))
    return _("{watched}: {said}", watched=watched, said=", ".join(said))


def _told(noted: int, upkeep: int) -> str:
    unclean = ngettext("{number} day not clean", "{number} days not clean", noted - upkeep) if noted > upkeep else ""
    during = ngettext("{number} day with maintenance", "{number} days with maintenance", upkeep) if upkeep else ""
    return ", ".join(each for each in (unclean, during) if each)


def _note(noted: _Noted, target: Fraction | None, calendar: Calendar, *, is_today: bool) -> Note:
    _place, day, level, upkeep_ms = noted
    said = []
    if day.down_ms:
        plain = N_("{lasted} down so far") if is_today else N_("{lasted} down")
        words = plain if target is None else (_SAID_TODAY if is_today else _SAID)[level]
        said.append(_(words, lasted=duration(day.down_ms)))
    if day.unknown_ms:
        words = N_("not observed for {lasted} so far") if is_today else N_("not observed for {lasted}")
        said.append(_(words, lasted=duration(day.unknown_ms)))
    if upkeep_ms:
        words = N_("maintenance for {lasted} so far") if is_today else N_("maintenance for {lasted}")
        said.append(_(words, lasted=duration(upkeep_ms)))
    return Note(calendar.day(day.window.start_ms).moment, "; ".join(said))
