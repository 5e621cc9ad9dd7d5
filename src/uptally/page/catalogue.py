"""Message files: what the page's words are in another language. The only door to Babel.

A message file is a PO file, named after its language: those that come with us lie in `messages/`, an operator's in the
folder of the page's theme. An operator's counts first, and may leave out what ours has; what neither has is said in
English. Names of months and the signs of numbers come from the CLDR.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, wraps
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from uptally.errors import ConfigError, Problem
from uptally.model.settings import PageSettings
from uptally.page.language import ENGLISH, Language, speaking
from uptally.page.words import begun

if TYPE_CHECKING:
    from babel import Locale
    from babel.messages import Catalog, Message

P = ParamSpec("P")
R = TypeVar("R")

SUFFIX = ".po"
FOLDER = "messages"
_LINE = re.compile(r"\bon (?P<line>[0-9]+)\b")


def language_of(settings: PageSettings) -> Language:
    """Return the language of a page.

    Raises ConfigError where there are no messages in that language, or with all that is wrong with them.
    """
    return _language(settings.language, settings.theme.folder if settings.theme else None)


def in_its_language(render: Callable[P, R]) -> Callable[P, R]:
    """Have a function that renders write in the language of the page whose `settings` it is given by that name."""

    @wraps(render)
    def rendered(*args: P.args, **kwargs: P.kwargs) -> R:
        settings = kwargs["settings"]
        assert isinstance(settings, PageSettings)
        with speaking(language_of(settings)):
            return render(*args, **kwargs)

    return rendered


@lru_cache(maxsize=16)
def _language(tag: str, theme: Path | None) -> Language:
    if tag.split("-")[0].lower() == "en" and theme is None:
        return ENGLISH
    # What Babel takes in memory only pages in other languages cost.
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise _refused(f"{tag!r} is no language that is known here: name one such as 'de' or 'pt-BR'") from None
    messages = _messages(tag, locale, theme)
    if messages is None:
        raise _refused(
            f"there are no messages in {tag!r}; there are in {', '.join(shipped())}: "
            f"put {FOLDER}/{tag}{SUFFIX} into the folder that page.theme names"
        )
    symbols = locale.number_symbols["latn"]
    return Language(
        tag=tag,
        direction=locale.text_direction,
        messages=messages,
        months=tuple(locale.months["format"]["wide"][number] for number in range(1, 13)),
        short_months=tuple(locale.months["format"]["abbreviated"][number] for number in range(1, 13)),
        decimal=symbols["decimal"],
        group=symbols["group"],
        percent=locale.percent_formats[None].pattern.replace("#,##0", "{}").replace("#,##,##0", "{}"),
    )


@lru_cache(maxsize=64)
def own_name(tag: str) -> str:
    """Return what a language calls itself, by its tag, as it begins a line; the tag where nobody knows.

    >>> own_name("de"), own_name("pt-BR"), own_name("tlh")
    ('Deutsch', 'Português (Brasil)', 'tlh')
    """
    from babel import Locale, UnknownLocaleError

    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return begun(name) if name else tag


def shipped() -> list[str]:
    """Return the languages that come with us, by their tags."""
    own = (each.name for each in files("uptally.page").joinpath(FOLDER).iterdir())
    return sorted(["en", *(name.removesuffix(SUFFIX) for name in own if name.endswith(SUFFIX))])


def _messages(tag: str, locale: Locale, theme: Path | None) -> GNUTranslations | None:
    """Return a language's messages: an operator's before ours, those of a region before those of the language."""
    folders = [Path(str(files("uptally.page").joinpath(FOLDER)))]
    if theme is not None:
        folders.insert(0, theme / FOLDER)
    found: list[GNUTranslations] = []
    problems: list[Problem] = []
    for name in dict.fromkeys((tag, tag.split("-")[0])):
        for folder in folders:
            path = folder / f"{name}{SUFFIX}"
            if path.is_file():
                found.append(read(path, locale, problems))
    if problems:
        raise ConfigError(problems)
    if not found:
        return _empty(locale) if locale.language == "en" else None
    for first, then in pairwise(found):
        first.add_fallback(then)
    return found[0]


def read(path: Path, locale: Locale, problems: list[Problem]) -> GNUTranslations:
    """Read a message file, and add what is wrong with it to `problems`."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale, abort_invalid=True)
    except (OSError, PoFileError, UnicodeDecodeError, ValueError) as error:
        line = _LINE.search(str(error))
        problems.append(Problem(str(path), int(line["line"]) if line else 0, 1 if line else 0, "", f"{error}"))
        return _empty(locale)
    for message in catalogue:
        if message.id and message.string:
            problems.extend(_faults(path, message))
    return _translations(catalogue)


def _faults(path: Path, message: Message) -> list[Problem]:
    """A place that a message does not have would fail only when the page is written."""
    ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    allowed = {name for each in ids for name in _places(each) or ()}
    faults = []
    for text in texts:
        places = _places(text)
        if places is None:
            why = f"{text!r} cannot be filled in: a brace that is meant as such is written twice"
        elif places - allowed:
            has = ", ".join(f"{{{name}}}" for name in sorted(allowed)) or "none"
            why = f"{text!r} has a place that {ids[0]!r} has not; there is {has}"
        else:
            continue
        faults.append(Problem(str(path), message.lineno or 0, 1, "", why))
    return faults


def _places(text: str | None) -> set[str] | None:
    """Return the names of a text's places; None where it cannot be filled in."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text or "") if name is not None}
    except ValueError:
        return None


def _translations(catalogue: Catalog) -> GNUTranslations:
    from babel.messages.mofile import write_mo

    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    return GNUTranslations(file)


def _empty(locale: Locale) -> GNUTranslations:
    from babel.messages import Catalog

    return _translations(Catalog(locale=locale))


def _refused(message: str) -> ConfigError:
    return ConfigError([Problem("", 0, 0, "page.language", message)])
