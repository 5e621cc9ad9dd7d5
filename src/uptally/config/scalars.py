"""Unquoted YAML values, read by the rules of the YAML 1.2 core schema.

PyYAML follows YAML 1.1, by which ``23:00`` is 1380, ``on`` is true, ``010`` is 8 and ``99.950`` loses its last digit.
Editors, and people, expect 1.2. Source: https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]+", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)", re.ASCII)
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

DIGITS_MAX = 100
"""Longer numbers stay text: no key has a use for them, and converting them costs quadratic time."""


@dataclass(frozen=True, slots=True)
class Real:
    """A number with a point or an exponent, kept as it is written: no binary float ever stands in for it."""

    text: str

    @property
    def is_finite(self) -> bool:
        """Whether it is a number at all, and not YAML's ``.inf`` or ``.nan``."""
        return not self.text.endswith(("inf", "nan"))


def resolve(text: str) -> str | int | bool | Real | None:
    """Return what an unquoted scalar means.

    >>> resolve("010"), resolve("23:00"), resolve("on"), resolve("99.950")
    (10, '23:00', 'on', Real(text='99.950'))
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > DIGITS_MAX:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return Real(text)
    if _INFINITE.fullmatch(text) or text in (".nan", ".NaN", ".NAN"):
        return Real(text.lower())
    return text
