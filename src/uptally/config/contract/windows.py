"""Service windows: when a promise holds, and what hangs together among them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from uptally.config.contract import keys
from uptally.config.contract.credits import Written, credits_of
from uptally.config.contract.readers import LONGEST_MS
from uptally.config.contract.tiers import tier_findings
from uptally.config.marks import Path, keys_at, nearest, shown
from uptally.config.source import Source
from uptally.model.credit import CreditRules
from uptally.model.terms import Always, ComplementOf, Schedule, ServiceWindow, Terms, Weekly
from uptally.rules.contract.calendar import service_time
from uptally.units.instant import UTC
from uptally.units.stretches import length_ms
from uptally.units.time import DAY_MS, Window

WEEK = Window(4 * DAY_MS, 11 * DAY_MS)
"""A week and no more, in which every day of the week is there."""


def windows_of(asked: keys.Sla, path: Path, source: Source) -> tuple[ServiceWindow, ...]:
    """Return the windows of terms, as far as they are without fault, adding what is wrong with them.

    Terms without windows have one, of the hours that they name or always.
    """
    own = credits_of(asked.credits or (), (*path, "credits"), source)
    if asked.windows is None:
        return tuple(_single(asked, own, path, source))
    for key in ("hours", "closed"):
        if key in asked.model_fields_set:
            source.problems.add((*path, key), "belongs to each of the windows")
    if not asked.windows:
        source.problems.add((*path, "windows"), "expected a list of windows, not an empty one: remove the key")
    found = []
    for index, each in enumerate(asked.windows):
        here = (*path, "windows", index)
        credits = own if each.credits is None else credits_of(each.credits, (*here, "credits"), source)
        target = each.target or asked.target
        if target is None:
            source.problems.add((*here, "target"), "the key is missing: promise something, such as 99.5%")
            continue
        _find(credits, target, source)
        rules = CreditRules(credits.rules, each.combine or asked.combine, each.cap)
        found.append(ServiceWindow(each.name, target, _schedule(each, here, source), rules))
    _refuse_names(asked.windows, (*path, "windows"), source)
    return tuple(found)


def _single(asked: keys.Sla, own: Written, path: Path, source: Source) -> Iterator[ServiceWindow]:
    if asked.target is None:
        # Windows at fault are told of already.
        if "windows" not in keys_at(source.root, path):
            source.problems.add((*path, "target"), "the key is missing: promise something, such as 99.95%")
        return
    if asked.hours is None and asked.closed is not None:
        source.problems.add((*path, "closed"), "means nothing without 'hours'")
    schedule = Weekly(asked.hours, asked.closed or frozenset()) if asked.hours else Always()
    _find(own, asked.target, source)
    name = "hours" if asked.hours else "always"
    yield ServiceWindow(name, asked.target, schedule, CreditRules(own.rules, asked.combine))


def _find(written: Written, target: Fraction, source: Source) -> None:
    for tiers, paths in written.tiers:
        source.findings.extend(tier_findings(tiers, paths, target=target))


def _schedule(each: keys.ServiceWindow, path: Path, source: Source) -> Schedule:
    if each.other_than is not None:
        for key in {"hours", "closed"} & each.model_fields_set:
            source.problems.add((*path, key), "stands beside 'except': keep one of them")
        return ComplementOf(each.other_than)
    if each.hours is not None:
        return Weekly(each.hours, each.closed or frozenset())
    if each.closed is not None:
        source.problems.add((*path, "closed"), "means nothing without 'hours'")
    return Always()


def _refuse_names(asked: Sequence[keys.ServiceWindow], path: Path, source: Source) -> None:
    """Add a problem for each name that is taken, and each `except` that names no window, or itself in a circle."""
    others = {each.name: each.other_than for each in asked}
    taken: dict[str, int] = {}
    for index, each in enumerate(asked):
        first = taken.setdefault(each.name, index)
        if first != index:
            source.problems.add((*path, index, "name"), f"the name is taken by windows[{first}]")
        if each.other_than is None:
            continue
        here = (*path, index, "except")
        if each.other_than not in others:
            hint = nearest(each.other_than, others)
            source.problems.add(here, f"there is no window {shown(each.other_than)}{hint}")
        elif each.name in _chain(each.other_than, others):
            source.problems.add(here, "the window is the rest of itself: name one that has hours of its own")


def _chain(name: str, others: dict[str, str | None]) -> Iterator[str]:
    """Yield the windows that one is the rest of, in turn, until one has a schedule of its own or comes again."""
    seen: set[str] = set()
    following: str | None = name
    while following is not None and following not in seen:
        seen.add(following)
        yield following
        following = others.get(following)


def refuse_closed(terms: Terms, path: Path, source: Source) -> None:
    """Add a problem for each window of terms that never opens: in any week, or, where they have an end, until then."""
    contract, windows = terms.contract, terms.windows
    is_short = contract is not None and contract.length_ms <= LONGEST_MS
    times = service_time(windows, contract, terms.zone) if contract is not None and is_short else {}
    for index, window in enumerate(windows):
        if not (times[window.name] if is_short else weekly_time_ms(window, windows)):
            here = (*path, "windows", index) if len(windows) > 1 else path
            source.problems.add(here, f"the window {shown(window.name)} never opens: nothing is promised in it")


def weekly_time_ms(window: ServiceWindow, windows: Sequence[ServiceWindow]) -> int:
    """Return how long one of some windows is open in a week without closed dates and changes of the clock.

    Never 0 for the rest of a window that has closed dates, since it is open on these.
    """
    if isinstance(window.schedule, Always):
        return WEEK.length_ms
    usual = [replace(each, schedule=_without_dates(each.schedule)) for each in windows]
    found = length_ms(service_time(usual, WEEK, UTC)[window.name])
    if not found and isinstance(window.schedule, ComplementOf):
        others = {each.name: each.schedule for each in windows}
        other = others[window.schedule.window]
        return 1 if isinstance(other, Weekly) and other.closed else 0
    return found


def _without_dates(schedule: Schedule) -> Schedule:
    return Weekly(schedule.hours) if isinstance(schedule, Weekly) else schedule
