"""What the pages show, once the rest of the file is known, and that none of them gets into another's way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from typing import NamedTuple

from uptally.config.agreement.names import Names
from uptally.config.agreement.services import PlacedService
from uptally.config.incidents import incidents_of
from uptally.config.marks import Path, Rows, value_at
from uptally.config.page import PlacedPage
from uptally.config.source import Source
from uptally.model.settings import PageSettings


def completed(pages: Sequence[PlacedPage], services: Sequence[PlacedService], source: Source) -> list[PlacedPage]:
    """Return the pages with what they show and tell, adding what is wrong with that.

    `services` are all services of the file, each endpoint that is none of them among these. What a further page does
    not say it has from the main one.
    """
    shelf = _Shelf(services, source)
    found: list[PageSettings] = []
    for page, path in pages:
        shown, told = (found[0].services, found[0].incidents) if found else (None, ())
        if value_at(source.root, (*path, "services")) is not None:
            shown = shelf.named((*path, "services"), page)
        if value_at(source.root, (*path, "incidents")) is not None:
            told = incidents_of((*path, "incidents"), source, page.zone)
        found.append(replace(page, services=shown, incidents=told))
    _refuse_neighbours(pages, source)
    return [(page, path) for page, (_, path) in zip(found, pages, strict=True)]


class _Shelf:
    """What a page may name: services and endpoints, each by itself or with all of its group."""

    def __init__(self, services: Sequence[PlacedService], source: Source) -> None:
        self._services = {service.slug: service for service, _ in services}
        self._names = Names.written("endpoints", "services", source=source)
        self._source = source

    def named(self, path: Path, page: PageSettings) -> frozenset[str]:
        """Return the slugs of what a list at a path names; of a group, on a page for everyone, what is public."""
        rows = value_at(self._source.root, path)
        found: set[str] = set()
        for index, called in enumerate(rows if isinstance(rows, Rows) else ()):
            if isinstance(called, str):
                found.update(self._named(called, (*path, index), page))
        return frozenset(found)

    def _named(self, called: str, path: Path, page: PageSettings) -> Iterator[str]:
        problems = self._source.problems
        group = [each for each in self._services.values() if each.group and each.group == called]
        if group and self._names.slug(called) is None:
            shown = [each.slug for each in group if each.is_public or page.is_private]
            if not shown:
                problems.add(path, f"holds only what is private (public: false): {_remedy(path)}")
            yield from shown
            return
        slug = self._names.resolved(called, path, self._source, what="endpoint, service or group")
        service = self._services.get(slug or "")
        if service is not None and not (service.is_public or page.is_private):
            problems.add(path, f"is private (public: false): {_remedy(path)}")
        elif service is not None:
            yield service.slug


def _remedy(path: Path) -> str:
    if path[0] == "page":
        return "show it on one of 'pages' with 'audience: private'"
    return "leave it out, or say 'audience: private' of a page that is not for everyone"


class _Place(NamedTuple):
    """Where a page is written or copied to: a folder, or an address."""

    path: Path
    folder: FilePath | None
    address: str = ""

    def meets(self, other: _Place) -> bool:
        """Tell whether both are the same, or one lies in the other."""
        if self.folder is not None and other.folder is not None:
            return self.folder.is_relative_to(other.folder) or other.folder.is_relative_to(self.folder)
        if self.folder is not None or other.folder is not None:
            return False
        ours, theirs = f"{self.address.rstrip('/')}/", f"{other.address.rstrip('/')}/"
        return ours.startswith(theirs) or theirs.startswith(ours)


def _refuse_neighbours(pages: Sequence[PlacedPage], source: Source) -> None:
    """Add a problem where two pages are the same place, or one lies in the other, and would be served with it."""
    before: list[_Place] = []
    for page, path in pages:
        own = [*_places(page, path)]
        for place in own:
            other = next((each for each in before if each.meets(place)), None)
            if other is not None:
                line = source.problems.mark_of(other.path).line
                message = f"is the same as, in, or around that of another page{f' in line {line}' if line else ''}"
                source.problems.add(place.path, f"{message}: each page needs a place of its own")
        before += own
    folders = [page.directory.resolve() for page, _ in pages]
    urls: dict[str, Path] = {}
    for page, path in pages:
        theme = page.theme.folder.resolve() if page.theme and page.theme.folder else None
        if theme is not None and any(theme.is_relative_to(folder) for folder in folders):
            source.problems.add((*path, "theme"), "lies in the page's folder, and would be published with it")
        if page.url and urls.setdefault(page.url, path) != path:
            line = source.problems.mark_of((*urls[page.url], "url")).line
            source.problems.add((*path, "url"), f"is the address of another page, in line {line}: each has its own")


def _places(page: PageSettings, path: Path) -> Iterator[_Place]:
    yield _Place((*path, "directory"), page.directory.resolve())
    if page.publish is not None:
        folder = None if page.publish.scheme else FilePath(page.publish.address).resolve()
        yield _Place((*path, "publish"), folder, page.publish.address)
