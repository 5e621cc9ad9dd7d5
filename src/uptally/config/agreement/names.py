"""What one section calls things of another: by slug, or by name in either case."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from uptally.config.marks import Path, Rows, Table, nearest, shown, value_at
from uptally.config.source import Source
from uptally.config.values import slug_of


class Names:
    """The slugs of things, by whatever they may be called; of two that are called alike, the first."""

    def __init__(self, things: Iterable[tuple[str, str]]) -> None:
        self._by_slug: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for slug, name in things:
            self._by_slug.setdefault(slug, slug)
            self._by_name.setdefault(_folded(name), slug)

    @classmethod
    def written(cls, *sections: str, source: Source) -> Names:
        """Return what lists of the file hold, whatever else is wrong with it."""
        return cls(thing for section in sections for thing in _things(value_at(source.root, (section,))))

    def slug(self, called: str) -> str | None:
        """Return the slug of what is called so, None where nothing is."""
        return self._by_slug.get(called) or self._by_name.get(_folded(called))

    def resolved(self, called: str, path: Path, source: Source, *, what: str) -> str | None:
        """Return the slug of what is called so at a path; None, with the problem added, where nothing is."""
        found = self.slug(called)
        if found is None:
            hint = nearest(called, [*self._by_slug, *self._by_name]) or _choice(self._by_slug)
            told = f"there is no {what} {shown(called)}{hint}"
            source.problems.add(path, f"the variable's value names no {what}" if path in source.written else told)
        return found


def _things(rows: object) -> Iterable[tuple[str, str]]:
    for row in rows if isinstance(rows, Rows) else []:
        name = row.get("name") if isinstance(row, Table) else None
        slug = row.get("slug") if isinstance(row, Table) else None
        if isinstance(name, str):
            yield slug if isinstance(slug, str) else slug_of(name), name


def _choice(slugs: Iterable[str]) -> str:
    """Say what there is, where that is little."""
    known = sorted(slug for slug in slugs if slug)
    return f": there is {', '.join(known)}" if 0 < len(known) <= 5 else ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
