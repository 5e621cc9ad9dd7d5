"""The keys of `objectives`: what each holds. What they mean together is decided in `objectives`."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Annotated, NamedTuple

from pydantic import Field, PlainValidator, WithJsonSchema

from uptally.config.contract.spelling import TEXTS, Given, Span
from uptally.config.marks import Rows, Table, shown
from uptally.config.scalars import Real
from uptally.config.shape import TEXT, Name, Shape, pattern, unset
from uptally.config.values import Fault, name, percent, text
from uptally.errors import QuantityError
from uptally.units.time import parse_duration

_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,9})?|100)", re.ASCII)
_LEADS = ("revenue", "per_sale", "conversion")
_LIMIT = "a percentage such as 95%, a number such as 100, or a duration such as 300ms"


class Unit(NamedTuple):
    """What a limit is written in."""

    word: str
    example: str


PERCENT = Unit("a percentage", "95%")
NUMBER = Unit("a number", "100")
LATENCY = Unit("a duration", "300ms")


class Limit(NamedTuple):
    """A limit, and what it is written in: a fraction of 1, a number, or microseconds."""

    value: Fraction
    unit: Unit


def limit(value: object) -> Limit:
    """Read a limit of any unit."""
    if isinstance(value, int | Real) and not isinstance(value, bool):
        return Limit(number(value), NUMBER)
    if isinstance(value, str) and "%" in value:
        return Limit(percent(value), PERCENT)
    if isinstance(value, str):
        with suppress(QuantityError):
            return Limit(Fraction(1_000 * parse_duration(value)), LATENCY)
    found = f"{shown(value)} is no limit: expected {_LIMIT}" if isinstance(value, str) else ""
    raise Fault(f"expected {_LIMIT}", found)


def floor(value: object) -> Limit:
    """Read a floor: a limit, or how many leads it takes to sell so much, exactly.

    >>> from uptally.config.marks import Mark
    >>> leads = Table(Mark(1, 1))
    >>> leads.update(revenue=10000, per_sale=500, conversion="20%")
    >>> floor(leads).value
    Fraction(100, 1)
    """
    if not isinstance(value, Table):
        return limit(value)
    if set(value) != set(_LEADS):
        raise Fault(f"expected {_LIMIT}, or exactly the keys {', '.join(_LEADS)}")
    revenue, per_sale, conversion = number(value["revenue"]), number(value["per_sale"]), percent(value["conversion"])
    if not per_sale or not conversion:
        raise Fault("per_sale and conversion must be above 0")
    return Limit(revenue / per_sale / conversion, NUMBER)


def number(value: object) -> Fraction:
    """Read a number from 0, as it is written."""
    if isinstance(value, int | Real) and not isinstance(value, bool):
        written = value.text if isinstance(value, Real) else str(value)
        if _NUMBER.fullmatch(written):
            return Fraction(written)
    raise Fault("expected a number from 0, without separators, such as 10000 or 12.5")


def percentile(value: object) -> Fraction:
    """Read which latency is meant, such as ``p95``: the one that 95% of the answers do not exceed."""
    match = _PERCENTILE.fullmatch(value) if isinstance(value, str) else None
    if match is None or not Fraction(match[1]):
        raise Fault("expected a percentile such as p50, p95 or p99.9")
    return Fraction(match[1]) / 100


def severities(value: object) -> frozenset[str]:
    """Read a severity, or a list of them."""
    rows = value if isinstance(value, Rows) else [value]
    if not rows:
        raise Fault("expected a severity such as high, or a list of them, not an empty one")
    return frozenset(text(row) for row in rows)


def _schema(
    *types: str, reader: Callable[[object], Limit], table: bool = False
) -> tuple[PlainValidator, WithJsonSchema]:
    kinds: list[dict[str, object]] = [{"type": each} for each in types]
    if table:
        numbers = {"type": "number", "minimum": 0}
        keys = {"revenue": numbers, "per_sale": numbers, "conversion": {"type": "string"}}
        kinds.append({"type": "object", "properties": keys, "required": list(_LEADS), "additionalProperties": False})
    return PlainValidator(reader), WithJsonSchema({"anyOf": kinds})


_AnyLimit = Annotated[Limit, *_schema("string", "number", reader=limit)]
_Floor = Annotated[Limit, *_schema("string", "number", reader=floor, table=True)]
_Percentile = Annotated[Fraction, PlainValidator(percentile), pattern(r"^p(\d{1,2}(\.\d{1,9})?|100)$")]
_Severities = Annotated[frozenset[str], PlainValidator(severities), TEXTS]
_Figure = Annotated[str, PlainValidator(name), TEXT]


class ObjectiveCredit(Shape):
    """What is given where the measured value keeps to all limits: a tier."""

    credit: Given = Field(description="What is given: a share of the fee such as 10%, or days of it such as 1d.")
    below: _AnyLimit | None = unset("Only where the value is below this.")
    at_most: _AnyLimit | None = unset("Only where it is at most this.")
    above: _AnyLimit | None = unset("Only where it is above this.")
    at_least: _AnyLimit | None = unset("Only where it is at least this.")


class Objective(Shape):
    """A promise besides availability: latency, promptness with incidents, or a business figure."""

    name: Name = Field(description="What statements call it.")
    latency: _Percentile | None = unset("The latency of good answers that is meant, such as p95.")
    acknowledge: Span | None = unset("Within this time incidents are acknowledged, by a person.")
    respond: Span | None = unset("Within this time incidents are responded to.")
    restore: Span | None = unset("Within this time incidents are restored.")
    during: Name | None = unset("The service window of which only the time counts; without it, all time counts.")
    severity: _Severities | None = unset("The severities of incidents that are meant; without it, all are.")
    total: _Figure | None = unset("The imported figure of which the counts are added up.")
    ratio: _Figure | None = unset("The imported figure of which numerators are divided by denominators.")
    floor: _Floor | None = unset(
        "The least that is promised: 95%, 100, or {revenue: .., per_sale: .., conversion: ..}."
    )
    ceiling: _AnyLimit | None = unset("The most that is promised, such as 300ms.")
    credits: list[ObjectiveCredit] | None = unset("What a miss is worth: the largest of those that hold.")
