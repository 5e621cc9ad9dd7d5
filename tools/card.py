"""Draws the picture that previews of a link show: the mark of `icon.svg`, and nothing that ages.

    python -m tools.card

PNG, since readers of OpenGraph take no SVG, in sixteen shades between paper and mark. It tells no state: whoever
shows previews keeps them for days.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

CARD = Path(__file__).parent.parent / "src" / "uptally" / "page" / "assets" / "card.png"

WIDTH, HEIGHT = 1_200, 630
"""The size that previews are made for."""

PAPER, MARK = (0xF7, 0xF6, 0xF2), (0x5B, 0x95, 0x76)
SHADES = 16
SCALE = 13
"""Pixels for each unit of the icon, which has 32."""

HALF_STROKE = 1.75
STROKES = [((x, 5), (x, 27)) for x in (6, 13, 20, 27)] + [((2.5, 22), (29.5, 10))]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS, _BY_PALETTE = 4, 3


def pixels() -> bytes:
    """Return the rows of the picture as PNG has them, unfiltered, two pixels in a byte."""
    left, top = (WIDTH - 32 * SCALE) / 2, (HEIGHT - 32 * SCALE) / 2
    rows = bytearray()
    for y in range(HEIGHT):
        shades = [_shade((x + 0.5 - left) / SCALE, (y + 0.5 - top) / SCALE) for x in range(WIDTH)]
        rows.append(0)
        rows += bytes(high << 4 | low for high, low in zip(shades[::2], shades[1::2], strict=True))
    return bytes(rows)


def drawn() -> bytes:
    """Return the picture as a PNG file."""
    palette = b"".join(
        bytes(round(a + (b - a) * shade / (SHADES - 1)) for a, b in zip(PAPER, MARK, strict=True))
        for shade in range(SHADES)
    )
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, _BITS, _BY_PALETTE, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(pixels(), 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(*each) for each in chunks)


def _shade(x: float, y: float) -> int:
    """Return how much of a pixel the mark covers, by how far its middle is from the nearest stroke."""
    if not (0 <= x <= 32 and 0 <= y <= 32):
        return 0
    beyond = min(_distance(x, y, *stroke) for stroke in STROKES) - HALF_STROKE
    return round(min(1, max(0, 0.5 - beyond * SCALE)) * (SHADES - 1))


def _distance(x: float, y: float, begin: tuple[float, float], end: tuple[float, float]) -> float:
    across, down = end[0] - begin[0], end[1] - begin[1]
    share = min(1, max(0, ((x - begin[0]) * across + (y - begin[1]) * down) / (across**2 + down**2)))
    return float(((x - begin[0] - share * across) ** 2 + (y - begin[1] - share * down) ** 2) ** 0.5)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


if __name__ == "__main__":
    CARD.write_bytes(drawn())
