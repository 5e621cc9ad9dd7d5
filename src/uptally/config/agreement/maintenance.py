"""`maintenance:` becomes plans: time that the terms may leave out, once or again and again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from uptally.config.agreement import keys
from uptally.config.agreement.names import Names
from uptally.config.agreement.services import PlacedService
from uptally.config.marks import Path, path_text, value_at
from uptally.config.source import Source, rows_of
from uptally.config.wording import validated_in_part
from uptally.errors import QuantityError
from uptally.model.exclusion import Plan, Recurrence
from uptally.recurrence import first_occurrence
from uptally.rules.record.notices import is_maintenance
from uptally.units.instant import parse_instant

PLANS_MAX = 10_000

PlacedPlan = tuple[Plan, Path]

_READING = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)", re.ASCII)
_UNNAMED = "unnamed"
_NO_TIME = "1970-01-01 00:00"
"""What stands for an id or a start at fault, so that the rest of the entry can be looked at."""


def maintenance_of(source: Source, services: Sequence[PlacedService], zone: ZoneInfo) -> list[PlacedPlan]:
    """Return the plans, as far as they are without fault, each with its path, adding what is wrong with them.

    `services` are those of which anything is promised; `zone` is the page's.
    """
    names = Names((service.slug, service.name) for service, _ in services)
    endpoints = Names.written("endpoints", source=source)
    placed: list[PlacedPlan] = []
    taken: dict[str, Path] = {}
    for row, path in rows_of("maintenance", source, most=PLANS_MAX):
        asked = validated_in_part(keys.Maintenance, row, path, source, id=_UNNAMED, start=_NO_TIME)
        if asked is None:
            continue
        _refuse_taken(asked.id, path, taken, source)
        concerned = _services(asked, path, names, endpoints, source)
        plan = _plan(asked, path, concerned, zone, source)
        if plan is not None:
            placed.append((plan, path))
    return placed


def _refuse_taken(name: str, path: Path, taken: dict[str, Path], source: Source) -> None:
    first = taken.setdefault(name, path) if name == value_at(source.root, (*path, "id")) else path
    if first != path:
        line = source.problems.mark_of(first).line
        source.problems.add((*path, "id"), f"is the id of {path_text(first)} in line {line}: give it one of its own")


def _services(asked: keys.Maintenance, path: Path, names: Names, endpoints: Names, source: Source) -> tuple[str, ...]:
    """Return the slugs of the services that an entry concerns; none for all."""
    at = (*path, "services")
    if asked.services is not None and not asked.services:
        source.problems.add(at, "names no service: list one or more, or remove the key for all of them")
    found: dict[str, None] = {}
    for index, called in enumerate(asked.services or ()):
        if names.slug(called) is None and endpoints.slug(called) is not None:
            message = "is an endpoint of which nothing is promised, and no service: there is nothing to exclude"
            source.problems.add((*at, index), message)
        elif (slug := names.resolved(called, (*at, index), source, what="service")) is not None:
            found[slug] = None
    return tuple(found)


def _plan(
    asked: keys.Maintenance, path: Path, services: tuple[str, ...], zone: ZoneInfo, source: Source
) -> Plan | None:
    """Return a plan; None, with the problem added, where it is not clear when it is."""
    own_zone = asked.timezone or zone
    declared_ms = _instant(asked.announced, (*path, "announced"), own_zone, source)
    if asked.announced is not None and not asked.evidence:
        source.problems.add(
            (*path, "announced"), "stands without 'evidence': write what shows that it was announced then"
        )
    if asked.text and not is_maintenance(asked.kind):
        message = f"is for the public page, which tells nothing of {asked.kind}: only of maintenance; write it as 'why'"
        source.problems.add((*path, "text"), message)
    if asked.end is not None and asked.duration is not None:
        source.problems.add((*path, "duration"), "stands beside 'end': keep one of them")
        return None
    if asked.end is None and asked.duration is None:
        source.problems.add((*path, "end"), "the key is missing: write 'end' or 'duration'")
        return None
    recurrence = _recurrence(asked, path, own_zone, source) if asked.repeat else None
    times = _repeated(recurrence, path, source) if asked.repeat else _once(asked, path, own_zone, source)
    if times is None:
        return None
    return Plan(
        id=asked.id,
        kind=asked.kind,
        start_ms=times[0],
        end_ms=times[1],
        services=services,
        why=asked.why,
        recurrence=recurrence,
        declared_ms=declared_ms,
        evidence=asked.evidence,
        text=asked.text,
    )


def _once(asked: keys.Maintenance, path: Path, zone: ZoneInfo, source: Source) -> tuple[int, int] | None:
    start_ms = _instant(asked.start, (*path, "start"), zone, source)
    if start_ms is None:
        return None
    if asked.duration is not None:
        return start_ms, start_ms + asked.duration
    end_ms = _instant(asked.end, (*path, "end"), zone, source)
    if end_ms is not None and end_ms <= start_ms:
        source.problems.add((*path, "end"), "is not after 'start'")
    return None if end_ms is None else (start_ms, end_ms)


def _repeated(recurrence: Recurrence | None, path: Path, source: Source) -> tuple[int, int] | None:
    """Return the first occurrence; None, with the problem added, where the rule never fits."""
    first = first_occurrence(recurrence) if recurrence else None
    if recurrence and first is None:
        source.problems.add(
            (*path, "repeat"), "never fits after 'start', so that it excludes nothing: correct the rule"
        )
    return first


def _recurrence(asked: keys.Maintenance, path: Path, zone: ZoneInfo, source: Source) -> Recurrence | None:
    """Return when it comes again. Its times are those of the clocks, so that none has an offset."""
    assert asked.repeat is not None, "asked only of what repeats"
    start = _reading(asked.start, (*path, "start"), source)
    if start is None:
        return None
    duration_ms = asked.duration
    if asked.end is not None:
        end = _reading(asked.end, (*path, "end"), source)
        if end is None:
            return None
        # By the wall clock: how long it lasts is the same each time, also where clocks change in between.
        duration_ms = (end - start) // timedelta(milliseconds=1)
        if duration_ms <= 0:
            source.problems.add((*path, "end"), "is not after 'start'")
            return None
    assert duration_ms is not None, "there is an end or a duration"
    return Recurrence(asked.repeat, start.isoformat(timespec="seconds"), zone, duration_ms)


def _reading(written: str, path: Path, source: Source) -> datetime | None:
    match = _READING.fullmatch(written)
    try:
        if match:
            return datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        pass
    message = (
        "of what repeats, expected a time by the clocks of 'timezone', without an offset, such as 2026-10-12 02:00"
    )
    source.problems.add(path, message)
    return None


def _instant(written: str | None, path: Path, zone: ZoneInfo, source: Source) -> int | None:
    if written is None:
        return None
    try:
        return parse_instant(written, zone)
    except QuantityError as error:
        is_variable = path in source.written
        message = "the variable's value is no instant: expected date and time, as in 2026-10-12 14:00"
        source.problems.add(path, message if is_variable else str(error))
        return None
