"""Outages and blips as rows of tables: each edge between two moments, and how long it can have been. Pure."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from uptally.model.timeline import Blip, Outage
from uptally.page.days import Calendar
from uptally.page.language import _
from uptally.page.local import local_day
from uptally.page.reasons import reason_text
from uptally.page.words import Moment, day_moment, duration, second_moment
from uptally.units.time import SECOND_MS


class OutageRow(NamedTuple):
    """An outage: `began` and `ended` are the moments between which its edges lie.

    `began` has no first one where it was down at the first look; `ended` is None where it lasts, and where it was not
    seen to end (`is_over`).
    """

    day: Moment
    began: tuple[Moment | None, Moment]
    ended: tuple[Moment, Moment] | None
    is_over: bool
    length: str
    bounds: str
    reason: str


class BlipRow(NamedTuple):
    """A failure that was refuted at once."""

    day: Moment
    at: Moment
    reason: str


def blip_row(blip: Blip, calendar: Calendar) -> BlipRow:
    """Return the row of a blip."""
    day = local_day(blip.at_ms, calendar.zone)
    moment = second_moment(blip.at_ms, calendar.zone)
    return BlipRow(day_moment(day), moment, reason_text(blip.reason))


def outage_row(outage: Outage, calendar: Calendar) -> OutageRow:
    """Return the row of an outage, rounded outwards to whole seconds."""
    day = local_day(outage.start_ms, calendar.zone)
    ended = None
    if outage.end_earliest_ms is not None and outage.end_latest_ms is not None:
        ended = _edge(outage.end_earliest_ms, outage.end_latest_ms, day, calendar)
    return OutageRow(
        day=day_moment(day),
        began=_began(outage, day, calendar),
        ended=ended,
        is_over=outage.end_ms is not None,
        length=duration(outage.down_ms),
        bounds=_bounds(outage),
        reason=reason_text(outage.reason),
    )


def _bounds(outage: Outage) -> str:
    """The shortest and the longest that a finished outage can have been, or how much of it nobody saw."""
    if outage.unknown_ms:
        return _("and {lasted} not known", lasted=duration(outage.unknown_ms))
    if outage.end_ms is None:
        return ""
    if outage.start_earliest_ms is None or outage.end_earliest_ms is None or outage.end_latest_ms is None:
        return _("or longer")
    shortest = duration(max(0, outage.end_earliest_ms - outage.start_latest_ms))
    longest = duration(outage.end_latest_ms - outage.start_earliest_ms)
    return _("{shortest} to {longest}", shortest=shortest, longest=longest) if longest != shortest else ""


def _began(outage: Outage, day: date, calendar: Calendar) -> tuple[Moment | None, Moment]:
    if outage.start_earliest_ms is None:
        return None, second_moment(_whole_second_ms(outage.start_latest_ms), calendar.zone, day=day)
    return _edge(outage.start_earliest_ms, outage.start_latest_ms, day, calendar)


def _edge(earliest_ms: int, latest_ms: int, day: date, calendar: Calendar) -> tuple[Moment, Moment]:
    """Two moments to the second between which an edge surely lies. Each names its day where that is not the one before
    it in the row.
    """
    zone = calendar.zone
    earliest = second_moment(earliest_ms, zone, day=day)
    return earliest, second_moment(_whole_second_ms(latest_ms), zone, day=local_day(earliest_ms, zone))


def _whole_second_ms(instant_ms: int) -> int:
    """Round up, so that what is shown is never before what it stands for."""
    return -(-instant_ms // SECOND_MS) * SECOND_MS
