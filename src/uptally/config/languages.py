"""`page.languages`: which pages say the same in other languages, and what of each page the others have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from uptally.config.agreement.services import PlacedService
from uptally.config.marks import Path, keys_at, value_at
from uptally.config.page import PlacedPage
from uptally.config.source import Source
from uptally.model.settings import Counterpart, PageSettings


def with_counterparts(
    pages: Sequence[PlacedPage], services: Sequence[PlacedService], source: Source
) -> list[PageSettings]:
    """Return pages that know of each other what there is in another language, adding what is wrong with that.

    What the main page says holds for each page that it names; another one says it for itself, or has none.
    """
    by_url = {page.url: page for page, _ in pages if page.url}
    shown = {page.url: frozenset(each.slug for each, _ in services if page.shows(each)) for page, _ in pages}
    found = []
    for page, path in pages:
        named = {each.language: each.url for each in page.counterparts}
        if value_at(source.root, (*path, "languages")) is not None:
            _refuse_wrong(page, (*path, "languages"), named, by_url, source)
        elif named.get(page.language) != page.url:
            named = {}
        others = (_counterpart(page, tag, url, by_url.get(url), shown) for tag, url in named.items())
        found.append(replace(page, counterparts=tuple(each for each in others if each.language != page.language)))
    return found


def _counterpart(
    page: PageSettings, tag: str, url: str, other: PageSettings | None, shown: dict[str, frozenset[str]]
) -> Counterpart:
    if other is None:
        return Counterpart(tag, url)
    # A month has a page from the first thing on that there is to tell of.
    has_as_much = shown[url] >= shown[page.url] and {*other.incidents} >= {*page.incidents}
    return Counterpart(
        tag,
        url,
        is_ours=True,
        services=shown[url] & shown[page.url],
        has_history=has_as_much and other.zone.key == page.zone.key,
    )


def _refuse_wrong(
    page: PageSettings, path: Path, named: dict[str, str], by_url: dict[str, PageSettings], source: Source
) -> None:
    for tag, message in _wrong(page, named, by_url):
        # As it is written, which may be in another case.
        key = next(each for each in keys_at(source.root, path) if each.lower() == tag.lower())
        source.problems.add((*path, key), message)


def _wrong(page: PageSettings, named: dict[str, str], by_url: dict[str, PageSettings]) -> Iterator[tuple[str, str]]:
    for tag, url in named.items():
        other = by_url.get(url)
        if tag == page.language and url != page.url:
            yield tag, "is the language of this page, whose 'url' is another: say the same in both"
        elif other is not None and other.language != tag:
            yield tag, f"is the address of a page in {other.language}: say its language"
        elif other is not None and other.is_private and not page.is_private:
            yield tag, "is the address of a private page, which a page for everyone does not name: leave it out"
