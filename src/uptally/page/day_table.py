"""Every day as a row of a table: how it went in words, and its seconds down, not seen and of maintenance. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

from markupsafe import Markup

from uptally.model.statement import Availability
from uptally.page.days import Calendar, Days, Level, unclean
from uptally.page.language import N_, _
from uptally.page.quick import escape
from uptally.page.words import Moment, exact_seconds
from uptally.units.stretches import NEVER, Stretches, clipped, length_ms

_SAID = {
    Level.CLEAN: N_("No downtime"),
    Level.WITHIN: N_("Within the day’s share"),
    Level.OVER: N_("Over the day’s share"),
    Level.SPENT: N_("Over the month’s budget"),
    Level.UNSEEN: N_("Not all of it observed"),
    Level.UPKEEP: N_("Maintenance, no downtime"),
}
_SAID_UNPROMISED = _SAID | {
    Level.WITHIN: N_("Down up to a minute"),
    Level.OVER: N_("Down up to an hour"),
    Level.SPENT: N_("Down more than an hour"),
}


def day_table(
    days: Sequence[Availability], target: Fraction | None, calendar: Calendar, maintenance: Stretches = NEVER
) -> Markup:
    """Return the rows of a service's days, which rise, with the newest first: they fill a table of five columns.

    The days before the first observation are left out.
    """
    words = _SAID if target is not None else _SAID_UNPROMISED
    rows = [*_clean(calendar.days(days), _(words[Level.CLEAN]))]
    for place in unclean(days, maintenance):
        day = days[place]
        upkeep_ms = length_ms(clipped(maintenance, day.window)) if maintenance else 0
        if not day.scheduled_ms:
            rows[place] = ""
        elif day.down_ms or day.unknown_ms or upkeep_ms:
            level = calendar.level(day, target)
            word = _(words[Level.UPKEEP if level is Level.CLEAN else level])
            lengths_ms = (day.down_ms, day.unknown_ms, upkeep_ms)
            moment = calendar.day(day.window.start_ms).moment
            rows[place] = _row(moment, word, *(exact_seconds(each) if each else "–" for each in lengths_ms))
    return Markup("".join(reversed(rows)))


@lru_cache(maxsize=32)
def _clean(days: Days, said: str) -> Sequence[str]:
    """The rows of days that were all clean."""
    return [_row(day.moment, said, "–", "–", "–") for day in days.names]


def _row(day: Moment, said: str, *lengths: str) -> str:
    return (
        '<tr><th scope="row"><time datetime="{}">{}</time></th><td>{}</td>'
        '<td class="r">{}</td><td class="r">{}</td><td class="r">{}</td></tr>\n'
    ).format(*map(escape, (day.iso, day.text, said, *lengths)))
