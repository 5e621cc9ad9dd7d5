"""Has files that are written say that monitoring has stopped: by whoever stops it, or by who finds them overdue.

Every page holds the words already, hidden, in its own language and look, and files for programs say whether it runs.
Neither ledger nor script is needed.
"""

from __future__ import annotations

import re

from uptally.errors import QuantityError
from uptally.page.badges import unmonitored_picture, unmonitored_shields
from uptally.units.instant import UTC, parse_instant

HEAD_BYTES = 400
"""Within so many bytes a page or a badge says whether monitoring has stopped, and a page until when it is valid."""

_BY_URGENCY = (
    re.compile(r"index\.html"),
    re.compile(r"api/(?:uptally|v2/.+)\.json"),
    re.compile(r"badges/.+\.svg"),
    re.compile(r"badges/.+\.json"),
    re.compile(r".+\.html"),
    re.compile(r"api/services/.+\.json"),
)
_ROOT = re.compile(rb"<(?:html|svg)\b(?P<rest>[^>]*)>")
_STOPPED_ROOT = b' class="is-old"'
_VALID = re.compile(rb' data-valid-until="(?P<until>[^"]*)"')
_HIDDEN = re.compile(rb'<p class="old" id="stopped" hidden>(?=<strong>(?P<said>[^<]*?)\.?</strong>)')
_SHOWN = b'<p class="old" id="stopped">'

# None of these can stand within a text of JSON, where quotes have a backslash before them.
_RUNNING, _STOPPED = b'"monitoring":"running"', b'"monitoring":"stopped"'
_STATUS = re.compile(rb'"status":\{"indicator":"(?P<indicator>[a-z]+)","description":"(?:[^"\\]|\\.)*"\}')
_LEAST = {b"none": b"minor", b"maintenance": b"minor"}


def urgency(path: str) -> int | None:
    """Return how soon a file has to say that monitoring has stopped, the less the sooner; None where it never does.

    What is read most comes first; badges come before pages, which age by their own word.
    """
    return next((place for place, pattern in enumerate(_BY_URGENCY) if pattern.fullmatch(path)), None)


def stopped_file(path: str, content: bytes) -> bytes:
    """Return a file so that it says that monitoring has stopped; one that does, or never does, is returned as it is."""
    if path.endswith(".html"):
        return stopped(content)
    if path.startswith("badges/"):
        if is_stopped(content):
            return content
        return unmonitored_picture(content) if path.endswith(".svg") else unmonitored_shields(content)
    return _stopped_document(content) if path.startswith("api/") else content


def _stopped_document(content: bytes) -> bytes:
    """Return JSON of ours, or in the shape of the Statuspage API: of that, the state of all is not known, which is
    `minor` at least; components keep the status that was known last.
    """
    if _RUNNING not in content:
        return content

    def status(found: re.Match[bytes]) -> bytes:
        indicator = _LEAST.get(found["indicator"], found["indicator"])
        return b'"status":{"indicator":"' + indicator + b'","description":"Monitoring has stopped"}'

    return _STATUS.sub(status, content.replace(_RUNNING, _STOPPED, 1), count=1)


def is_stopped(page: bytes) -> bool:
    """Tell by the head of a page or of a badge's picture whether it says that monitoring has stopped."""
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
