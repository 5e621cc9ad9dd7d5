"""Has a page that is written say that monitoring has stopped: by whoever stops it, or by who finds it overdue.

Every page holds the words already, hidden, in its own language and look. Showing them needs neither ledger nor script.
"""

from __future__ import annotations

import re

from uptally.errors import QuantityError
from uptally.units.instant import UTC, parse_instant

HEAD_BYTES = 400
"""Within so many bytes a page says whether monitoring has stopped, and until when it is valid."""

_ROOT = re.compile(rb"<html\b(?P<rest>[^>]*)>")
_STOPPED_ROOT = b' class="is-old"'
_VALID = re.compile(rb' data-valid-until="(?P<until>[^"]*)"')
_HIDDEN = re.compile(rb'<p class="old" id="stopped" hidden>(?=<strong>(?P<said>[^<]*?)\.?</strong>)')
_SHOWN = b'<p class="old" id="stopped">'


def is_stopped(page: bytes) -> bool:
    """Tell by the head of a page whether it says that monitoring has stopped."""
    root = _ROOT.search(page[:HEAD_BYTES])
    return root is not None and _STOPPED_ROOT in root["rest"]


def stopped(page: bytes) -> bytes:
    """Return a page that says so: above all else, in its title, and with its states drawn pale.

    One that says so already, and one that does not age, such as that of a month that is over, is returned as it is.
    """
    hidden, root = _HIDDEN.search(page), _ROOT.search(page)
    if hidden is None or root is None or _VALID.search(root["rest"]) is None:
        return page
    said = page[: root.start()] + b"<html" + _STOPPED_ROOT + root["rest"] + b">" + page[root.end() :]
    said = said.replace(hidden[0], _SHOWN, 1)
    return said.replace(b"<title>", b"<title>" + hidden["said"] + " · ".encode(), 1)


def valid_until_ms(page: bytes) -> int | None:
    """Return until when a page is to be trusted by its own word; None where it gives none."""
    root = _ROOT.search(page[:HEAD_BYTES])
    valid = root and _VALID.search(root["rest"])
    try:
        return parse_instant(valid["until"].decode(), UTC) if valid else None
    except (QuantityError, UnicodeDecodeError):
        return None
