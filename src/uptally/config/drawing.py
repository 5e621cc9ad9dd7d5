"""An SVG that anybody may be shown: shapes, and nothing that runs or that is fetched from elsewhere.

On the page it is a picture, of which a browser runs nothing (SVG 2, section 2.2.2, "secure static mode"). Opened by its
own address it is a document, so that what it holds counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from xml.parsers import expat

from uptally.config.marks import Mark, shown

_SVG = "http://www.w3.org/2000/svg"
_XHTML = "http://www.w3.org/1999/xhtml"
_ELEMENT = re.compile(
    "svg|g|defs|symbol|use|title|desc|metadata|style|switch|view|path|rect|circle|ellipse|line|polyline|polygon|marker|"
    "text|tspan|textPath|linearGradient|radialGradient|stop|pattern|clipPath|mask|image|filter|fe[A-Z][A-Za-z]+"
)
_OWN = re.compile(r"\s*(#|data:image/(png|jpeg|gif|webp)[;,])", re.IGNORECASE)
_FETCHING = re.compile(
    r"url\(\s*+[\"']?+\s*+(?!#|data:image/(?:png|jpeg|gif|webp)[;,])|@import|image-set\(|\bsrc\(|\\", re.I
)
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)"
_VIEW_BOX = re.compile(rf"\s*(?:{_NUMBER}[\s,]+){{2}}({_NUMBER})[\s,]+({_NUMBER})\s*", re.ASCII)
_SIDE_MAX = 1_000_000
_DEPTH_MAX = 100


class Refused(Exception):
    """Why a drawing is none that can be shown, and where."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(message)
        self.mark, self.message = mark, message


def drawn_size(content: bytes) -> tuple[Fraction, Fraction]:
    """Return width and height of an SVG, in its own units. Raises Refused with the first thing that is wrong."""
    reading = _Reading()
    try:
        reading.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refused(Mark(error.lineno, error.offset + 1), f"is no XML: {expat.ErrorString(error.code)}") from None
    return reading.size


class _Reading:
    """One SVG, as the parser goes through it."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartElementHandler = self._element
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuser("has a DOCTYPE, which may define anything: remove it")
        self.parser.ProcessingInstructionHandler = self._refuser("holds an instruction to programs: remove it")
        self._open: list[str] = []
        self._style: list[str] = []
        self.size = Fraction(0), Fraction(0)

    def _refuse(self, message: str) -> Refused:
        return Refused(Mark(self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1), message)

    def _refuser(self, message: str) -> Callable[..., None]:
        def refuse(*_: object) -> None:
            raise self._refuse(message)

        return refuse

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        # A browser would go by what is declared.
        if (encoding or "utf-8").lower() not in ("utf-8", "us-ascii"):
            raise self._refuse(f"is in {shown(encoding or '')}: save it as UTF-8")

    def _element(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._open:
            if name != f"{_SVG} svg":
                raise self._refuse(f'is no SVG: it begins with {shown(local)} and not with <svg xmlns="{_SVG}">')
            self.size = self._size(attributes.get("viewBox", ""))
        # Elements of other names, which drawing programs add, mean nothing to a browser.
        if namespace == _XHTML or (namespace == _SVG and not _ELEMENT.fullmatch(local)):
            raise self._refuse(f"holds <{local[:60]}>, which no logo needs: remove it")
        self._open.append(name)
        if len(self._open) > _DEPTH_MAX:
            raise self._refuse("is nested too deeply: simplify it")
        for key, value in attributes.items():
            self._attribute(key.rpartition(" ")[2], value)

    def _attribute(self, name: str, value: str) -> None:
        if name.lower().startswith("on"):
            raise self._refuse(f"has the event handler {shown(name)}: remove it")
        if name.lower() in ("href", "src") and not _OWN.match(value):
            raise self._refuse(f"refers to something outside of it ({shown(value)}): embed or remove it")
        if name.lower() not in ("href", "src", "id", "class", "d") and _FETCHING.search(value):
            raise self._refuse(f"fetches something by {shown(name)}: embed or remove it")

    def _text(self, text: str) -> None:
        if self._open and self._open[-1] == f"{_SVG} style":
            self._style.append(text)

    def _end(self, name: str) -> None:
        if self._style and _FETCHING.search("".join(self._style)):
            raise self._refuse("fetches something by its style: embed or remove it")
        self._style = []
        self._open.pop()

    def _size(self, view_box: str) -> tuple[Fraction, Fraction]:
        match = _VIEW_BOX.fullmatch(view_box)
        sides = [Fraction(each) for each in match.groups()] if match else []
        if not sides or not all(0 < side <= _SIDE_MAX for side in sides):
            raise self._refuse('cannot be scaled: give <svg> a viewBox such as "0 0 200 50"')
        return sides[0], sides[1]
