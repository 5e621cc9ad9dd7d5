"""The picture that previews of a link show."""

import zlib

from tools.card import CARD, HEIGHT, WIDTH, drawn, pixels

MOST_BYTES = 10_000


def test_the_picture_is_what_its_tool_draws() -> None:
    # Not byte by byte: other versions of zlib compress otherwise.
    committed = CARD.read_bytes()
    assert committed[: committed.index(b"IDAT") - 4] == (new := drawn())[: new.index(b"IDAT") - 4]
    data = committed[committed.index(b"IDAT") + 4 : committed.index(b"IEND") - 8]
    assert zlib.decompress(data) == pixels()


def test_it_has_the_size_of_previews_and_weighs_little() -> None:
    content = CARD.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(content[16:20]), int.from_bytes(content[20:24])) == (WIDTH, HEIGHT) == (1_200, 630)
    assert len(content) <= MOST_BYTES
