"""Sentences whose words and figures are known apart, so that they can be said in another language as well."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping


class Said(str):
    """An English sentence, and what it was made from: a template such as ``{time} s excluded``, and its values.

    A value may be such a sentence itself. As text it is the English sentence, and everything that reads text takes it
    for that.
    """

    template: str
    values: Mapping[str, str]
    numbered: tuple[str, int] | None = None
    """The template for other numbers than one, and the number that stands for ``{number}``."""


def said(template: str, /, **values: str) -> Said:
    """Fill a template in.

    >>> line = said("{time} s excluded", time="12.5")
    >>> line, line.template, line.values["time"]
    ('12.5 s excluded', '{time} s excluded', '12.5')
    """
    sentence = Said(template.format(**values))
    sentence.template, sentence.values = template, values
    return sentence


def said_of(singular: str, plural: str, number: int, /, **values: str) -> Said:
    """Fill a template about a number of things in, which stands for ``{number}``.

    >>> said_of("{number} day", "{number} days", 1), said_of("{number} day", "{number} days", 1_204)
    ('1 day', '1,204 days')
    """
    sentence = Said((singular if number == 1 else plural).format(number=f"{number:,}", **values))
    sentence.template, sentence.values, sentence.numbered = singular, values, (plural, number)
    return sentence


def strung(sign: str, values: Iterable[str]) -> Said:
    """String values together with a sign between them that is the same in all languages.

    >>> strung(" + ", ["1", "2.5"])
    '1 + 2.5'
    """
    named = {f"value_{index}": value for index, value in enumerate(values)}
    template = sign.join(f"{{{name}}}" for name in named)
    return said(template, **named)


def with_values(text: str, change: Callable[[str], str], *, but: Collection[str] = ()) -> str:
    """Return a sentence with each of its values changed, and those of the sentences within it; other text as it is.

    Values under the names `but` stay as they are.

    >>> with_values(said("{time} s of {name}", time="12", name="1"), lambda value: value + "0", but=["name"])
    '120 s of 1'
    """
    if not isinstance(text, Said):
        return text
    values = dict(text.values)
    for name, value in text.values.items():
        if name not in but:
            values[name] = with_values(value, change, but=but) if isinstance(value, Said) else change(value)
    if text.numbered is not None:
        return said_of(text.template, *text.numbered, **values)
    return said(text.template, **values)


def N_(template: str) -> str:
    """Mark a template that is filled in elsewhere, for what looks for messages."""
    return template
