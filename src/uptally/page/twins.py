"""Compressed twins of files: what a web server may send in a file's place to whoever can unpack it."""

from __future__ import annotations

import gzip

from uptally.model.settings import Compression

SUFFIXES = {Compression.GZIP: ".gz", Compression.BROTLI: ".br"}
"""What a twin's name has beyond its file's, which is where nginx, Caddy and others look for it."""

_GZIP_LEVEL = 9
_BROTLI_LEVEL = 5
_BROTLI_LASTING = 11
"""For what is written once: it takes forty times as long for a tenth less, which nothing that changes is worth."""


def compressed(content: bytes, how: Compression, *, is_lasting: bool) -> bytes:
    """Return content in a compressed form; the same content gives the same bytes, whenever it is compressed.

    `is_lasting` says that it will not change, so that time does not matter.
    """
    match how:
        case Compression.GZIP:
            return gzip.compress(content, _GZIP_LEVEL, mtime=0)
        case Compression.BROTLI:
            # Optional: the configuration is refused where it is asked for and not installed.
            import brotli

            packed: bytes = brotli.compress(content, quality=_BROTLI_LASTING if is_lasting else _BROTLI_LEVEL)
            return packed
