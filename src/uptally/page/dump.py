"""JSON as it is published."""

from __future__ import annotations

import json


def dumped(document: object) -> bytes:
    """Write JSON in one line. No text in it can open a tag, wherever it is pasted or taken for a page.

    >>> dumped({"name": "<b>é"})
    b'{"name":"\\\\u003cb>\\xc3\\xa9"}'
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").encode()
