"""The sections `page` and `pages`: by themselves, or as part of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from uptally.config import page_shape
from uptally.config.colours import colours_of
from uptally.config.fill import fill
from uptally.config.logo import logo_of
from uptally.config.marks import Path, Problems, Rows
from uptally.config.source import Source, root_of, rows_of
from uptally.config.theme import theme_of
from uptally.config.wording import validated
from uptally.errors import ConfigError
from uptally.model.settings import Counterpart, Destination, PageSettings
from uptally.model.theme import Theme
from uptally.units.instant import UTC

PAGES_MAX = 50

PlacedPage = tuple[PageSettings, Path]

_NOTHING = PageSettings("", "", UTC, FilePath(), 0)

_TAKEN = {
    "title": "title",
    "description": "description",
    "timezone": "zone",
    "language": "language",
    "refresh": "refresh_ms",
    "automatic_incidents": "automatic_ms",
}
"""The keys that are taken as they are, and what they are called from then on."""


def pages_of(source: Source) -> list[PlacedPage]:
    """Return the pages that a file asks for, the main one first, as far as they are without fault, each with its path;
    what is wrong with them is added. What they show is left open, for it hangs on the rest of the file.
    """
    said = source.root.get("page")
    main = validated(page_shape.Page, {} if said is None else said, ("page",), source)
    keys = frozenset(page_shape.Page.model_fields)
    pages = [(_page(main, ("page",), keys, _NOTHING, source), ("page",))] if main is not None else []
    base = pages[0][0] if pages else _NOTHING
    # Of two pages, neither lies nor is copied where the other does.
    base = replace(base, url="", publish=None)
    further: list[PlacedPage] = []
    for row, path in rows_of("pages", source, most=PAGES_MAX):
        asked = validated(page_shape.FurtherPage, row, path, source)
        if asked is not None:
            page = _page(asked, path, asked.model_fields_set, base, source)
            further.append((replace(page, is_private=asked.audience == "private"), path))
    return [*pages, *further]


def _page(
    asked: page_shape.Page, path: Path, keys: frozenset[str] | set[str], base: PageSettings, source: Source
) -> PageSettings:
    """Return a page that says some keys, and has the others from another one."""
    directory = source.beside(asked.directory)
    changed: dict[str, Any] = {name: getattr(asked, key) for key, name in _TAKEN.items() if key in keys}
    if "url" in keys:
        changed["url"] = asked.url or ""
    if "languages" in keys:
        changed["counterparts"] = tuple(Counterpart(tag, url) for tag, url in (asked.languages or {}).items())
    if "compress" in keys:
        changed["compress"] = tuple(dict.fromkeys(asked.compress or ()))
    changed["theme"] = _theme(asked, path, base.theme, source)
    if asked.publish is not None:
        changed["publish"] = _destination(asked.publish, directory, (*path, "publish"), source)
    return replace(base, directory=directory, **changed)


def _theme(asked: page_shape.Page, path: Path, base: Theme | None, source: Source) -> Theme | None:
    """Return what a page looks like: what it says, and the rest as another one has it; None where nobody says."""
    theme = base
    if asked.theme is not None:
        theme = theme_of(asked.theme, (*path, "theme"), source) or Theme()
        theme = replace(theme, logo=base.logo, colours=base.colours) if base else theme
    if asked.logo is not None:
        theme = replace(theme or Theme(), logo=logo_of(asked.logo, (*path, "logo"), source))
    if asked.colours is not None:
        theme = replace(theme or Theme(), colours=colours_of(asked.colours, (*path, "colours"), source))
    return theme


def _destination(publish: page_shape.Publish, directory: FilePath, path: Path, source: Source) -> Destination:
    """Return where the page is copied to; adds a problem where that cannot be."""
    if "://" in publish.to:
        return Destination(publish.to, publish.options)
    if publish.options is not None:
        source.problems.add((*path, "options"), "belong to an address: a folder has none")
    folder = source.beside(publish.to)
    if folder.resolve() == directory.resolve():
        source.problems.add(path, "is the folder that the page is written to: name another one")
    return Destination(str(folder))


def page_settings(path: FilePath, *, environment: Mapping[str, str]) -> tuple[PageSettings, ...]:
    """Return what a file says of where its pages are, the main one first, whatever is wrong with the rest of it.

    A page has to be found also where its daemon refused to start with the file. Raises ConfigError where the file
    cannot be read, or with what is wrong with the sections.
    """
    problems = Problems(str(path))
    root = root_of(path, problems)
    pages = pages_of(Source(path, path.absolute().parent, root, *fill(root, environment, problems), problems))
    wrong = [problem for problem in problems.sorted() if problem.path.partition(".")[0].startswith("page")]
    further = root.get("pages")
    is_whole = len(pages) == 1 + (len(further) if isinstance(further, Rows) else 0)
    # Files of its look that are gone hide no page.
    if not is_whole or any(problem.path.rpartition(".")[2] not in ("logo", "theme") for problem in wrong):
        raise ConfigError(wrong)
    return tuple(page for page, _ in pages)
