"""`page.logo`: a picture that is published, and so has to be one, and nothing else."""

from __future__ import annotations

import re
import zlib
from fractions import Fraction
from pathlib import Path as FilePath

from uptally.config.drawing import Refused, drawn_size
from uptally.config.marks import Path, Problems
from uptally.config.read import read_regular
from uptally.config.source import Source
from uptally.model.theme import Logo

BYTES_MAX = 100_000
WIDTH_MAX, HEIGHT_MAX = 240, 44
"""Pixels of CSS: what stands in a page's head beside the switch, as high as a finger needs."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SIDE_MAX = 10_000


def logo_of(name: str, path: Path, source: Source) -> Logo | None:
    """Return the logo in a file, of the kind that its content tells; None, with the problem added, where it is none."""
    file = source.beside(name)
    content = read_regular(file, bytes_max=BYTES_MAX)
    if isinstance(content, str):
        source.problems.add(path, content)
        return None
    if content.startswith(_PNG):
        size = _png_size(content)
        if size is None:
            source.problems.add(path, "is a broken PNG: save it anew")
            return None
        return _fitting("logo.png", content, size, grows=False)
    if not re.match(rb"\s*(\xef\xbb\xbf)?\s*<", content):
        source.problems.add(path, "is neither SVG nor PNG, which a logo has to be")
        return None
    try:
        # What is drawn by lines is as sharp at any size.
        return _fitting("logo.svg", content, drawn_size(content), grows=True)
    except Refused as refused:
        _refuse(file, refused, source)
        return None


def _png_size(content: bytes) -> tuple[Fraction, Fraction] | None:
    """Return width and height by the header, which comes first (PNG, section 11.2.1); None where there is none."""
    header = content[12:29]
    width, height = int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    is_whole = content[8:16] == b"\x00\x00\x00\x0dIHDR" and content.endswith(b"IEND\xaeB`\x82")
    if not is_whole or zlib.crc32(header) != int.from_bytes(content[29:33], "big"):
        return None
    return (Fraction(width), Fraction(height)) if 0 < width <= _SIDE_MAX and 0 < height <= _SIDE_MAX else None


def _fitting(name: str, content: bytes, size: tuple[Fraction, Fraction], *, grows: bool) -> Logo:
    width, height = size
    scale = min(WIDTH_MAX / width, HEIGHT_MAX / height)
    scale = scale if grows else min(scale, Fraction(1))
    return Logo(name, content, max(1, round(width * scale)), max(1, round(height * scale)))


def _refuse(file: FilePath, refused: Refused, source: Source) -> None:
    problems = Problems(str(file))
    problems.at(refused.mark, (), refused.message)
    source.problems.adopt(problems)
