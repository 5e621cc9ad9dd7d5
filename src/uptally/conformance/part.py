"""An object of a file, read key by key: what is missing, of the wrong kind or unknown is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import TypeVar

from uptally.errors import QuantityError
from uptally.units.time import SECOND_MS

_DECIMAL = re.compile(r"\d{1,1000}(\.\d{1,1000})?([eE][+-]?\d{1,2})?", re.ASCII)
_RATIO = re.compile(rf"{_DECIMAL.pattern}|\d{{1,1000}}/0*[1-9]\d{{0,1000}}", re.ASCII)

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Part:
    """One object. `place` tells where it stands in the file; what was never asked for is refused at the end.

    Text beside an instant (`from` where there is a `from_ms`) only repeats it, and is not read.
    """

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, dict):
            raise QuantityError(f"{place}: {_shown(value)} is no object")
        self.place = place
        self._values: Mapping[str, object] = value
        self._rest = {key for key in value if f"{key}_ms" not in value}

    @classmethod
    def read(cls, value: object, place: str, reader: Callable[[Part], T]) -> T:
        """Return what a reader makes of an object; raises QuantityError where it leaves a key unread."""
        part = cls(value, place)
        found = reader(part)
        if part._rest:
            raise part.refused(", ".join(sorted(part._rest)), "unknown")
        return found

    def refused(self, key: str, why: str) -> QuantityError:
        """Return the error that a key is refused with."""
        return QuantityError(f"{self.place}.{key}: {why}" if self.place else f"{key}: {why}")

    def take(self, key: str) -> object:
        """Return a value as it is."""
        if key not in self._values:
            raise self.refused(key, "missing")
        self._rest.discard(key)
        return self._values[key]

    def maybe(self, key: str, reader: Callable[[str], T]) -> T | None:
        """Return what a reader of this part makes of a key, or None where that is null or missing."""
        if self._values.get(key) is None:
            self._rest.discard(key)
            return None
        return reader(key)

    def text(self, key: str) -> str:
        """Return text that is not empty."""
        value = self.take(key)
        if not isinstance(value, str) or not value:
            raise self.refused(key, f"{_shown(value)} is no text")
        return value

    def truth(self, key: str) -> bool:
        """Return true or false."""
        value = self.take(key)
        if not isinstance(value, bool):
            raise self.refused(key, f"{_shown(value)} is neither true nor false")
        return value

    def whole(self, key: str) -> int:
        """Return a whole number, of either sign: an instant, say."""
        value = self.take(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refused(key, f"{_shown(value)} is no whole number")
        return value

    def count(self, key: str, *, least: int = 0) -> int:
        """Return a whole number that is not below another."""
        value = self.whole(key)
        if value < least:
            raise self.refused(key, f"{value} is below {least}")
        return value

    def number(self, key: str) -> Fraction:
        """Return a number that is not negative, given as a number or as decimal text."""
        return self._number(key, _DECIMAL)

    def ratio(self, key: str) -> Fraction:
        """Return a number that is not negative, given as a number, as decimal text or as ``p/q``."""
        return self._number(key, _RATIO)

    def _number(self, key: str, pattern: re.Pattern[str]) -> Fraction:
        value = self.take(key)
        text = str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise self.refused(key, f"{_shown(value)} is no number from 0 on")
        return Fraction(text)

    def percent(self, key: str) -> Fraction:
        """Return a percentage as a ratio."""
        return self.number(key) / 100

    def decimal(self, key: str) -> Decimal:
        """Return an amount of money."""
        self.number(key)
        return Decimal(str(self.take(key)))

    def ms(self, key: str, *, least: int = 0) -> int:
        """Return seconds as milliseconds; what is finer than these is refused."""
        exact = self.number(key) * SECOND_MS
        if exact.denominator != 1:
            raise self.refused(key, "finer than a millisecond")
        if exact < least:
            raise self.refused(key, "too short")
        return exact.numerator

    def choice(self, key: str, meanings: Mapping[str, T]) -> T:
        """Return what a word means."""
        value = self.take(key)
        if not isinstance(value, str) or value not in meanings:
            raise self.refused(key, f"{_shown(value)} is none of {', '.join(meanings)}")
        return meanings[value]

    def member(self, key: str, of: type[E], *, less: Iterable[E] = ()) -> E:
        """Return the member of an enumeration that has a word for its value."""
        left_out = set(less)
        return self.choice(key, {str(each.value): each for each in of if each not in left_out})

    def one(self, key: str, reader: Callable[[Part], T]) -> T:
        """Return what a reader makes of an object."""
        return Part.read(self.take(key), self._place(key), reader)

    def many(self, key: str, reader: Callable[[Part], T]) -> tuple[T, ...]:
        """Return what a reader makes of each object of a list."""
        return tuple(
            Part.read(value, f"{self._place(key)}[{index}]", reader) for index, value in enumerate(self.items(key))
        )

    def items(self, key: str) -> list[object]:
        """Return a list as it is."""
        value = self.take(key)
        if not isinstance(value, list):
            raise self.refused(key, f"{_shown(value)} is no list")
        return value

    def named(self, key: str, reader: Callable[[Part, str], T]) -> dict[str, T]:
        """Return what a reader makes of each value of an object that is a table: the value is asked for by its key."""

        def read(part: Part) -> dict[str, T]:
            return {name: reader(part, name) for name in part._values}

        return self.one(key, read)

    def _place(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
