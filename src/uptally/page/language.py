"""The language of a page: its messages, the names of its months, its decimal sign.

The page's own words are written as English in the code, each within `_` or one of its kin, by which tools find them and
a catalogue translates them (`page.catalogue`). A page is written in one language at a time: `speaking` says in which,
and what writes text asks nobody else. Without it, that is English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from gettext import NullTranslations

from markupsafe import Markup, escape

from uptally.units.said import N_ as N_
from uptally.units.said import Said

_NUMBER = re.compile(r"(?P<number>[-−]?[0-9][0-9,]*(?:\.[0-9]+)?)(?P<cut>(?:\.\.\.)?)(?P<percent>%?)", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """A language as a page uses it; there is one object of each, by which texts are kept."""

    tag: str
    """As BCP 47 has it, for instance ``de-CH``."""
    direction: str
    """``ltr`` or ``rtl``."""
    messages: NullTranslations
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    decimal: str
    """The sign before decimals."""
    group: str
    """The sign between groups of three digits."""
    percent: str
    """Where the sign stands: ``{}%``."""
    signs: Mapping[int, str] = field(init=False)
    """What is written for the point and the comma of an English number; empty where those stay."""

    def __post_init__(self) -> None:
        signs = {} if (self.decimal, self.group) == (".", ",") else {ord("."): self.decimal, ord(","): self.group}
        object.__setattr__(self, "signs", signs)


ENGLISH = Language(
    tag="en",
    direction="ltr",
    messages=NullTranslations(),
    months=(
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    short_months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    decimal=".",
    group=",",
    percent="{}%",
)  # fmt: skip

_spoken: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def spoken() -> Language:
    """Return the language in which a page is being written."""
    return _spoken.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Write in a language for as long as the context lasts."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def _(message: str, /, **values: object) -> str:
    """Say a message, with its places filled in.

    >>> _("{lasted} down", lasted="12 s")
    '12 s down'
    """
    found = _spoken.get().messages.gettext(message)
    return found.format(**values) if values else found


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Say a message that means several things in English; `context` tells which is meant."""
    found = _spoken.get().messages.pgettext(context, message)
    return found.format(**values) if values else found


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Say a message about a number of things, which stands for ``{number}``.

    >>> ngettext("{number} day", "{number} days", 1), ngettext("{number} day", "{number} days", 1_204)
    ('1 day', '1,204 days')
    """
    found = _spoken.get().messages.ngettext(singular, plural, number)
    return found.format(number=grouped(number), **values)


def grouped(number: int) -> str:
    """Write a number of things.

    >>> grouped(1_204)
    '1,204'
    """
    return figure(f"{number:,}")


def figure(text: str) -> str:
    """Write a number with the signs of the language. It comes with a point before decimals and commas between groups.

    >>> figure("1,296.5 s")
    '1,296.5 s'
    """
    signs = _spoken.get().signs
    return text.translate(signs) if signs else text


def percent(text: str) -> str:
    """Write a percentage, which comes without its sign, as the language does.

    >>> percent("99.95")
    '99.95%'
    """
    language = _spoken.get()
    number = text.translate(language.signs) if language.signs else text
    return language.percent.replace("{}", number)


def resaid(text: str) -> str:
    """Say a sentence of the rules' or the books' in the language; other text is returned as it is.

    Numbers among its values are written with the signs of the language.
    """
    if not isinstance(text, Said):
        return text
    return template_of(text).format(**values_of(text))


def template_of(sentence: Said) -> str:
    """Return the template of such a sentence in the language."""
    if sentence.numbered is None:
        return _(sentence.template)
    return _spoken.get().messages.ngettext(sentence.template, *sentence.numbered)


def values_of(sentence: Said) -> dict[str, str]:
    """Return the values of such a sentence in the language."""
    number = {} if sentence.numbered is None else {"number": grouped(sentence.numbered[1])}
    return {**{name: value_of(value) for name, value in sentence.values.items()}, **number}


def value_of(value: str) -> str:
    """Say a value of such a sentence: a sentence anew, a number with the signs of the language, other text as it is.

    >>> value_of("66.666666...%")
    '66.666666...%'
    """
    if isinstance(value, Said):
        return resaid(value)
    match = _NUMBER.fullmatch(value)
    if match is None:
        return value
    number = figure(match["number"]) + match["cut"]
    return _spoken.get().percent.format(number) if match["percent"] else number


def html(message: str, /, **values: object) -> Markup:
    """Say a message as markup: it and its values are escaped, but for values that are markup."""
    return filled(_spoken.get().messages.gettext(message), **values)


def html_number(singular: str, plural: str, number: int, /, **values: object) -> Markup:
    """Do for `ngettext` what `html` does for `_`."""
    found = _spoken.get().messages.ngettext(singular, plural, number)
    return filled(found, number=grouped(number), **values)


def html_context(context: str, message: str, /, **values: object) -> Markup:
    """Do for `pgettext` what `html` does for `_`."""
    return filled(_spoken.get().messages.pgettext(context, message), **values)


def filled(text: str, *values: object, **named: object) -> Markup:
    """Fill the places of a text that was said already, as markup: both are escaped, but for what is markup.

    Places are bare, as in ``{name}``: values have no format, which lets this take a fifth of `Markup.format`'s time.
    """
    escaped = {name: escape(value) for name, value in named.items()}
    return Markup(str.format(_safe(text), *map(escape, values), **escaped))


# The page's own messages, at most, and what they are in a few languages.
@lru_cache(maxsize=4_096, typed=True)
def _safe(message: str) -> str:
    return str(escape(message))
