"""Cases are put to the engine, and its answers compared with what was expected.

Reason codes are compared as a set, and the lines of reasons, which are free text, not at all. All else must be the
same; a number that is too long to be written is compared as a number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from uptally.conformance.answer import LONGEST, Number, answer_of
from uptally.conformance.read import Case, read_case
from uptally.errors import QuantityError
from uptally.rules.contract.evaluate import judge

_FREE_TEXT = "reason_lines"
_DIGITS_AT_ONCE = 4_000
"""Python refuses to read much longer whole numbers at once."""


class Difference(NamedTuple):
    """A place in `expected`, what stands there, and what the engine says; None for nothing at all."""

    where: str
    expected: str | None
    got: str | None


class Examined(NamedTuple):
    """What came of a file: how it differs from what was expected, or why it could not be examined."""

    name: str
    why: str
    differences: tuple[Difference, ...] = ()
    problem: str | None = None

    @property
    def has_passed(self) -> bool:
        """Whether it was examined and does not differ."""
        return self.problem is None and not self.differences


def examined(name: str, text: str) -> Examined:
    """Return what comes of a file, which is named for its case; one of another id is called by both."""
    try:
        case = read_case(text)
    except QuantityError as error:
        return Examined(name, "", problem=str(error))
    if case.id != name:
        name = f"{name} ({case.id})"
    try:
        return Examined(name, case.why, differences_of(case))
    except Exception as error:
        # Whatever one case meets in the engine must be told of that case, and the others still be examined.
        return Examined(name, case.why, problem=f"the engine failed: {type(error).__name__}: {error}")


def differences_of(case: Case) -> tuple[Difference, ...]:
    """Return where the engine's answer to a case is not what was expected."""
    got = answer_of(case.terms, judge(case.terms, case.facts, case.periods))
    return tuple(_compared("", case.expected, got))


def _compared(where: str, expected: object, got: object) -> Iterator[Difference]:
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        yield from _tables(where, expected, got)
    elif where.endswith(".reason_codes") and isinstance(expected, list) and isinstance(got, list):
        yield from _codes(where, expected, got)
    elif isinstance(expected, list) and isinstance(got, list):
        for index in range(max(len(expected), len(got))):
            yield from _compared(f"{where}[{index}]", *(_at(values, index) for values in (expected, got)))
    elif not _is_same(expected, got):
        yield Difference(where, _shown(expected), _shown(got))


class _Nothing:
    """What stands where only the other side has something."""


_NOTHING = _Nothing()


def _at(values: Sequence[object], index: int) -> object:
    return values[index] if index < len(values) else _NOTHING


def _tables(where: str, expected: Mapping[str, object], got: Mapping[str, object]) -> Iterator[Difference]:
    for key in [*expected, *(key for key in got if key not in expected)]:
        # Text beside an instant only repeats it.
        if key != _FREE_TEXT and f"{key}_ms" not in expected:
            place = f"{where}.{key}" if where else key
            yield from _compared(place, expected.get(key, _NOTHING), got.get(key, _NOTHING))


def _codes(where: str, expected: Sequence[object], got: Sequence[object]) -> Iterator[Difference]:
    for code in expected:
        if code not in got:
            yield Difference(where, _shown(code), None)
    for code in got:
        if code not in expected:
            yield Difference(where, None, _shown(code))


def _is_same(expected: object, got: object) -> bool:
    if isinstance(got, Number):
        text = got.text
        if text is not None:
            return expected == text
        # One that nobody need write may be missing on their side as well.
        return expected is None or (isinstance(expected, str) and _number(expected) == got.value)
    return type(expected) is type(got) and expected == got


def _number(text: str) -> Fraction | None:
    numerator, _, denominator = text.partition("/")
    whole, _, decimals = numerator.removeprefix("-").partition(".")
    below = denominator or "1"
    if not all(part.isascii() and part.isdigit() for part in (whole + decimals, below)) or (decimals and denominator):
        return None
    value = _whole(whole + decimals)
    divisor = _whole(below) * 10 ** len(decimals)
    if not divisor:
        return None
    return Fraction(-value if numerator.startswith("-") else value, divisor)


def _whole(digits: str) -> int:
    value = 0
    for start in range(0, len(digits), _DIGITS_AT_ONCE):
        piece = digits[start : start + _DIGITS_AT_ONCE]
        value = value * 10 ** len(piece) + int(piece)
    return value


def _shown(value: object) -> str | None:
    if isinstance(value, _Nothing):
        return None
    if isinstance(value, Number):
        return value.text or f"a number of more than {LONGEST} characters, about {_about(value.value)}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _about(value: Fraction) -> str:
    sign, scaled = "-" if value < 0 else "", abs(value.numerator) * 10**12 // value.denominator
    return f"{sign}{scaled // 10**12}.{scaled % 10**12:012d}"
