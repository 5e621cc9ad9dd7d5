"""From a file to plain data with marks: everything that can be wrong before a key means anything."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from pathlib import Path as FilePath

from uptally.config.marks import Mark, Problems

BYTES_MAX = 5_000_000
"""About ten times what 10,000 plain endpoints take."""

MISSING = "there is no such file"

_UTF16_OR_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NOT_FOR_YAML = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufeff\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|\r|\n")


def read_text(path: FilePath, problems: Problems) -> str | None:
    """Return a file's text without its byte order mark; None, with the problem added, where that cannot be had.

    Only a regular file is read: opening a FIFO could hang, and a device may never end.
    """
    content = read_regular(path, bytes_max=BYTES_MAX)
    if isinstance(content, str):
        problems.at(Mark(0, 0), (), content + (": `uptally init` writes one" if content == MISSING else ""))
        return None
    if content.startswith(_UTF16_OR_32):
        problems.at(Mark(1, 1), (), "is UTF-16 or UTF-32: save it as UTF-8")
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = place_in(content[: error.start].decode("utf-8"))
        problems.at(place, (), f"byte 0x{content[error.start]:02x} is not valid UTF-8: save the file as UTF-8")
        return None
    text = text.removeprefix("\ufeff")
    bad = _NOT_FOR_YAML.search(text)
    if bad:
        place = place_in(text[: bad.start()])
        code = f"U+{ord(bad[0]):04X}"
        problems.at(place, (), f'the character {code} must not stand in YAML: remove it, or write "\\u…" in quotes')
        return None
    return text


def read_regular(path: FilePath, *, bytes_max: int) -> bytes | str:
    """Return the bytes of a regular file, or what is wrong with it as a sentence."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        return _why_not(error)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            return "is a directory, not a file"
        if not stat.S_ISREG(mode):
            return "is no regular file but a pipe, socket or device"
        with os.fdopen(descriptor, "rb", closefd=False) as stream:
            content = stream.read(bytes_max + 1)
    except OSError as error:
        return _why_not(error)
    finally:
        os.close(descriptor)
    if len(content) > bytes_max:
        return f"is larger than {bytes_max:,} bytes, which is all that is read"
    return content


def _why_not(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return MISSING
        case errno.EACCES | errno.EPERM:
            return "may not be read: permission denied"
        case errno.EISDIR:
            return "is a directory, not a file"
        case errno.ENXIO:
            return "is no regular file but a pipe, socket or device"
        case _:
            return f"cannot be read: {os.strerror(error.errno or 0)}"


def lines_of(text: str) -> list[str]:
    """Return text as the lines that YAML counts."""
    return _LINE_BREAK.split(text)


def place_in(before: str) -> Mark:
    """Return the place that follows a stretch of text."""
    lines = lines_of(before)
    return Mark(len(lines), len(lines[-1]) + 1)
