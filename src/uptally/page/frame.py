"""What stands around every page, whatever it tells: who may find it, and where it stands in other languages."""

from __future__ import annotations

import re
from typing import NamedTuple

from uptally.model.settings import Counterpart, PageSettings
from uptally.page.catalogue import own_name

_ENDPOINT = re.compile(r"endpoints/(?P<slug>.+)\.html")
_OVERVIEW = ""
"""As it is addressed: by the page's folder."""


class Spoken(NamedTuple):
    """A page in a language: its tag, its own name in it, and where it is."""

    tag: str
    name: str
    address: str


class Frame(NamedTuple):
    """`languages` are where a reader finds another language, if need be its overview, and `alternates` are the pages
    that say the same as this one, itself among them.
    """

    is_private: bool
    languages: tuple[Spoken, ...] = ()
    alternates: tuple[Spoken, ...] = ()


def frame_of(settings: PageSettings, path: str | None) -> Frame:
    """Return the frame of what stands at a path below the page's folder, empty for the overview.

    None is for a page that has no address which others may know, and thus says the same as none.
    """
    others = settings.counterparts
    if not others:
        return Frame(settings.is_private)
    if path is None:
        return Frame(settings.is_private, tuple(_spoken(each.language, each.url, _OVERVIEW) for each in others))
    same = [each for each in others if _has(each, path)]
    languages = tuple(_spoken(each.language, each.url, path if each in same else _OVERVIEW) for each in others)
    alternates = tuple(_spoken(each.language, each.url, path) for each in same)
    if alternates and settings.url:
        alternates = (_spoken(settings.language, settings.url, path), *alternates)
    return Frame(settings.is_private, languages, alternates)


def _has(other: Counterpart, path: str) -> bool:
    """Tell whether a page in another language has its own of what stands at a path."""
    endpoint = _ENDPOINT.fullmatch(path)
    if endpoint:
        return endpoint["slug"] in other.services
    return other.has_history if path.startswith("history/") else other.is_ours or path == _OVERVIEW


def _spoken(tag: str, url: str, path: str) -> Spoken:
    return Spoken(tag, own_name(tag), f"{url}{path}")
