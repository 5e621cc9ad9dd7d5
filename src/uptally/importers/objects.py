"""Tables from JSON: a list of objects, each with the place where it begins."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from uptally.errors import Problem
from uptally.importers.table import Cells, meant

Place = tuple[int, int]
"""A line and a column, from 1."""

_BLANKS = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_int=str, parse_float=str, parse_constant=str)


class _Broken(Exception):
    """Reading on would be pointless, for this reason, from this position on."""

    def __init__(self, at: int, why: str) -> None:
        super().__init__(why)
        self.at = at


def objects_of(text: str, *, file: str, known: Sequence[str], problems: list[Problem]) -> Iterator[tuple[Place, Cells]]:
    """Yield the objects of a list as cells by key; a number is the text that it is written as, null is no text.

    What is wrong with the list or with an object is added to `problems`.
    """
    newlines = [match.start() for match in re.finditer("\n", text)]

    def place(at: int) -> Place:
        line = bisect_left(newlines, at)
        return line + 1, at - (newlines[line - 1] if line else -1)

    try:
        for at, value in _items(text):
            if not isinstance(value, tuple):
                problems.append(Problem(file, *place(at), "", "expected an object in braces"))
                continue
            faults = _faults(value, known)
            problems += [Problem(file, *place(at), key, message) for key, message in faults]
            if not faults:
                yield place(at), {key: cell or "" for key, cell in value}
    except _Broken as broken:
        problems.append(Problem(file, *place(broken.at), "", str(broken)))


def _items(text: str) -> Iterator[tuple[int, object]]:
    """Yield the items of a list, each with its position."""

    def after(at: int) -> int:
        match = _BLANKS.match(text, at)
        return match.end() if match else at

    at = after(0)
    if text[at : at + 1] != "[":
        raise _Broken(at, "expected a list of objects, in brackets")
    at = after(at + 1)
    is_first = True
    while text[at : at + 1] != "]" or not is_first:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _Broken(error.pos, f"no JSON from here on: {error.msg}") from None
        except RecursionError:
            raise _Broken(at, "is nested too deeply") from None
        yield at, value
        at, is_first = after(end), False
        if text[at : at + 1] == "]":
            break
        if text[at : at + 1] != ",":
            raise _Broken(at, "expected a comma, or the bracket that ends the list")
        at = after(at + 1)
    at = after(at + 1)
    if at < len(text):
        raise _Broken(at, "expected nothing after the list")


def _faults(pairs: tuple[tuple[str, object], ...], known: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is wrong with an object, as key and message."""
    faults = []
    keys = [key for key, _ in pairs]
    for index, (key, value) in enumerate(pairs):
        if key not in known:
            faults.append((key or "(no name)", f"unknown key {meant(key, known)}"))
        elif key in keys[:index]:
            faults.append((key, "this key stands there twice"))
        elif value is not None and not isinstance(value, str):
            faults.append((key, "expected text or a number"))
    return faults
