"""What targets and configurations may say to harm whoever reads it, and what would have been done if it came through.

What a target says carries `MARK`, which nothing published or logged may hold; what the operator says may be read there,
but never run.
"""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

MARK = "h0st1le"
SCRIPT = f"<script>{MARK}()</script>"
FORGED = f"\n2026-01-01T00:00:00.000Z ERROR {MARK}: root logged in\r\n"

ANSWERS = {
    "reason": f"HTTP/1.1 500 {SCRIPT}\r\nContent-Length: 0\r\n\r\n",
    "header": f"HTTP/1.1 500 X\r\nX-{MARK}: {SCRIPT}\r\nServer: {SCRIPT}\r\nContent-Length: 0\r\n\r\n",
    "body": f"HTTP/1.1 500 X\r\nContent-Length: {len(SCRIPT + FORGED)}\r\n\r\n{SCRIPT}{FORGED}",
    "split": f"HTTP/1.1 500 X\nSet-Cookie: a={FORGED}X: y\n\n",
    "place": f"HTTP/1.1 302 X\r\nLocation: gopher://{SCRIPT}{MARK}/\r\nContent-Length: 0\r\n\r\n",
    "loop": f"HTTP/1.1 302 X\r\nLocation: /{MARK}\r\nContent-Length: 0\r\n\r\n",
    "banner": f"{SCRIPT}{FORGED}",
    "escape": f"HTTP/1.1 500 \x1b[2J{MARK}\r\nContent-Length: 4\r\n\r\n\x1b[2J",
}
"""Answers of a server to whatever it is asked, by a name for each."""

COMMON_NAME = f"\u202e{SCRIPT}\r\n"
"""The name in a certificate, and of who issued it."""

NAME = """<img src=x onerror="alert(1)"><a href='javascript:alert(1)' style=color:red>"""
"""What a service, a group or an incident is called."""

MARKDOWN = """\
<script>alert(1)</script><img src=x onerror="alert(1)"><p style="position:fixed" onclick=alert(1)>
[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) ![c](javascript:alert(1)) <javascript:alert(1)> [d](vbscript:x)
"""
"""What an incident tells."""


def spellings(secret: str) -> set[bytes]:
    """Return a secret as it is, and as it might be written into an address, a header or markup."""
    found = {secret, quote(secret, safe=""), html.escape(secret), b64encode(secret.encode()).decode().rstrip("=")}
    return {each.encode() for each in found}


def executable(markup: str) -> list[str]:
    """Return what a browser would run or style in a page besides files of the page itself."""
    parser = _Executable()
    parser.feed(markup)
    parser.close()
    return parser.found


class _Executable(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += self._found(tag, dict(attrs))

    def _found(self, tag: str, attributes: dict[str, str | None]) -> Iterator[str]:
        source = attributes.get("src") or ""
        if tag in ("iframe", "object", "embed", "style", "base") or (
            tag == "script" and (not source or ":" in source or source.startswith("//"))
        ):
            yield f"<{tag}>"
        for name, value in attributes.items():
            scheme = "".join((value or "").split()).lower().partition(":")[0]
            if name.startswith("on") or name in ("style", "srcdoc") or scheme in ("javascript", "vbscript", "data"):
                yield f"{name}={value}"
