"""What variables gave to the parts of a check that its target sees: it may be secret, and a target may echo it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from uptally.config.marks import Path, Rows, Table, entries, value_at
from uptally.config.source import Source
from uptally.model.secret import Secret

_AUTHORITY = re.compile(r"[^/?#]*//[^/?#]*")

_TELLING = 4
"""Fewer characters give nothing away, and would be met by chance."""


def hidden_in(path: Path, source: Source) -> tuple[Secret, ...]:
    """Return what is secret in the URL and the expectations of an endpoint or canary, as far as variables gave it.

    Hosts and statuses are none: every message would be the poorer.
    """
    found = {*_in_url((*path, "url"), source), *_in_url(path, source)}
    for place in _below((*path, "expect"), source):
        if place != (*path, "expect", "status"):
            found.update(source.given.get(place, ()))
    return tuple(Secret(text) for text in sorted(found) if len(text) >= _TELLING)


def _in_url(path: Path, source: Source) -> Iterator[str]:
    given, url = source.given.get(path, ()), value_at(source.root, path)
    if not given or not isinstance(url, str):
        return
    behind = _AUTHORITY.sub("", url, count=1)
    for text in given:
        if text in behind:
            yield text
        elif "?" in text:
            # It gave more than one part of the URL: what counts as secret then is what the query's names stand for.
            yield from (part.partition("=")[2] for part in urlsplit(url).query.split("&"))


def _below(path: Path, source: Source) -> Iterator[Path]:
    value = value_at(source.root, path)
    if isinstance(value, Table | Rows):
        for part, _ in entries(value):
            yield from _below((*path, part), source)
    else:
        yield path
