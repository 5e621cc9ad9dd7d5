"""Pages of A4 from data, by typst: many in parts, which pypdf joins, so that memory stays small."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import chain

from uptally.export.extras import needed

_EXTRA = "pdf"

_AGED_BY = 11
"""typst keeps what it laid out in memory until so many documents after it had no use for it."""


def typeset(parts: Iterable[object], *, title: str) -> bytes:
    """Return a PDF of the pages of all parts, each of which is data for `statement.typ`, as JSON can write it.

    One part alone has tags for screen readers, which are lost where files are joined. The same parts give the same
    bytes, by the same versions of typst and pypdf. Raises ExtraMissing.
    """
    typst, pypdf = needed("typst", extra=_EXTRA), needed("pypdf", extra=_EXTRA)
    fonts = typst.Fonts(include_system_fonts=False)

    def pages(part: object, *, is_tagged: bool) -> bytes:
        inputs = {"month": json.dumps(part)}
        made: bytes = typst.compile(_template(), font_paths=fonts, sys_inputs=inputs, timestamp=0, pdf_tags=is_tagged)
        return made

    waiting = iter(parts)
    first, second = next(waiting), next(waiting, None)
    if second is None:
        return pages(first, is_tagged=True)
    joined = pypdf.PdfWriter()
    for part in chain((first, second), waiting):
        for page in pypdf.PdfReader(io.BytesIO(pages(part, is_tagged=False))).pages:
            joined.add_page(page)
        for _ in range(_AGED_BY):
            typst.compile(b"", font_paths=fonts)
    joined.metadata = {"/Title": title}
    stream = io.BytesIO()
    joined.write(stream)
    return stream.getvalue()


@cache
def _template() -> bytes:
    return files("uptally.export").joinpath("statement.typ").read_bytes()
