"""Badges: a service's state and its availability in one line, as a picture and for shields.io. Pure.

The picture holds no style and no script, and says everything in words too: colour alone tells nothing.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from typing import NamedTuple

from markupsafe import escape

from uptally.model.credit_note import CreditNote, CreditNotes
from uptally.model.statement import Standing
from uptally.page.dump import dumped
from uptally.page.language import N_, _, percent
from uptally.page.views import month_statement, state_kind
from uptally.page.words import plain
from uptally.rules.figures import shown_percent, shown_ratio

NAME_MOST = 40
"""So many characters of a name are drawn; the picture's title has all of it."""

_GREEN, _RED, _GREY = "#15803d", "#b91c1c", "#4b5563"
_STATES = {"up": N_("up"), "down": N_("down"), "nil": N_("not known")}
_COLOURS = {"up": _GREEN, "down": _RED, "nil": _GREY}
_LABEL = "#1f2937"
_UNMONITORED = N_("not monitored")
_WIDE, _NARROW, _PADDING, _HEIGHT = 12, 7, 6, 20

_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg"{mark} width="{width}" height="{height}" role="img" aria-label="{title}">'
    "<title>{title}</title>"
    '<path fill="{dark}" d="M0 0h{left}v{height}H0z"/><path fill="{colour}" d="M{left} 0h{right}v{height}H{left}z"/>'
    '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" direction="ltr">'
    '<text x="{padding}" y="14" textLength="{label_length}" lengthAdjust="spacingAndGlyphs">{label}</text>'
    '<text x="{message_x}" y="14" textLength="{message_length}" lengthAdjust="spacingAndGlyphs">{message}</text>'
    "</g></svg>\n"
)
_STOPPED_MARK = ' class="is-old"'
_DRAWN = re.compile(r"<title>(?P<title>[^<]*)</title>.*>(?P<message>[^<]*)</text></g></svg>\n", re.DOTALL)


class Badge(NamedTuple):
    """What a badge says, of whom, and in which colour."""

    label: str
    message: str
    colour: str


def endpoint_badge(standing: Standing, month: str, found: CreditNotes | None) -> Badge:
    """Return the badge of an endpoint: its state, and the figure of the period in progress that its page shows.

    That is the one by its terms, where they are more than a bare target, and else the month's. Where there are several,
    one for each service window, the badge shows none of them.
    """
    endpoint, statement, kind = standing.endpoint, month_statement(standing, month), state_kind(standing)
    word = _("not observed yet") if standing.state is None else _(_STATES[kind])
    running = next((note for note in found.notes if not note.is_over), None) if found else None
    target = endpoint.terms.target if endpoint.terms else None
    if running is not None:
        figure = _percent(running)
    else:
        figure = "" if statement is None else shown_percent(statement.availability, target=target)
    return Badge(plain(endpoint.name), _told(word, figure), _COLOURS[kind])


def _told(word: str, figure: str) -> str:
    return _("{state}, {measured}", state=word, measured=percent(figure)) if figure else word


def _percent(note: CreditNote) -> str:
    """Return the figure of a period; empty where it has none, or several."""
    window = note.windows[0] if len(note.windows) == 1 else None
    if window is None or window.availability.measured is None:
        return ""
    return shown_ratio(window.availability.measured, unknown_ms=window.unknown_ms, target=window.target)


def picture(badge: Badge, *, mark: str = "") -> bytes:
    """Draw a badge as SVG, with a mark at its root."""
    name = badge.label if len(badge.label) <= NAME_MOST else f"{badge.label[: NAME_MOST - 1]}…"
    label_length, message_length = _length(name), _length(badge.message)
    left, right = label_length + 2 * _PADDING, message_length + 2 * _PADDING
    return _PICTURE.format(
        width=left + right,
        height=_HEIGHT,
        mark=mark,
        title=escape(f"{badge.label}: {badge.message}"),
        dark=_LABEL,
        colour=badge.colour,
        left=left,
        right=right,
        padding=_PADDING,
        label=escape(name),
        label_length=label_length,
        message=escape(badge.message),
        message_x=left + _PADDING,
        message_length=message_length,
    ).encode()


def shields_file(badge: Badge) -> bytes:
    """Write a badge so that shields.io draws it, by its endpoint format; that has no other keys."""
    colour = badge.colour.removeprefix("#")
    told = {"schemaVersion": 1, "label": badge.label, "message": badge.message, "color": colour}
    return dumped(told) + b"\n"


def unmonitored_picture(drawn: bytes) -> bytes:
    """Return a picture of a badge as it is once nobody looks at its service any more; other files as they are."""
    found = _DRAWN.search(drawn.decode(errors="replace"))
    if found is None:
        return drawn
    label = html.unescape(found["title"].removesuffix(f": {found['message']}"))
    return picture(Badge(label, _(_UNMONITORED), _GREY), mark=_STOPPED_MARK)


def unmonitored_shields(told: bytes) -> bytes:
    """Return a badge's file for shields.io in the same way."""
    try:
        label = json.loads(told)["label"]
    except (ValueError, KeyError, TypeError):
        return told
    return shields_file(Badge(str(label), _(_UNMONITORED), _GREY))


def _length(text: str) -> int:
    """Return about how wide a text is; it is drawn so wide, whatever the font."""
    if text.isascii():
        return _NARROW * len(text)
    return sum(_WIDE if unicodedata.east_asian_width(letter) in "WF" else _NARROW for letter in text)
