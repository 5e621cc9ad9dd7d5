"""JSON as it is published."""

from __future__ import annotations

import json

# Made once, which takes longer than to write a small document. No document of ours holds itself.
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))


def dumped(document: object) -> bytes:
    """Write JSON in one line. No text in it can open a tag, wherever it is pasted or taken for a page.

    >>> dumped({"name": "<b>é"})
    b'{"name":"\\\\u003cb>\\xc3\\xa9"}'
    """
    return _ENCODER.encode(document).replace("<", "\\u003c").encode()
