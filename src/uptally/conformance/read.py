"""A file of the format ``sla-vector/1`` becomes terms, facts and periods."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, NoReturn, cast

from uptally.conformance.facts import facts_of, periods_of
from uptally.conformance.part import Part
from uptally.conformance.terms import terms_of
from uptally.errors import QuantityError
from uptally.model.facts import Facts
from uptally.model.terms import Terms
from uptally.units.time import Window

FORMAT = "sla-vector/1"
_FOR_THE_READER = ("group", "tags", "hand_check")


class Case(NamedTuple):
    """One file: what it is about, what goes in, and what must come out."""

    id: str
    why: str
    terms: Terms
    facts: Facts
    periods: tuple[tuple[str, Window], ...]
    expected: Mapping[str, object]


def read_case(text: str) -> Case:
    """Return the case that a file's text holds.

    Raises QuantityError, which names the place, where it is no JSON, of another format, or says what the format does
    not know.
    """
    try:
        whole = json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
        )
    except (ValueError, RecursionError) as error:
        if isinstance(error, QuantityError):
            raise
        raise QuantityError(f"is no JSON: {error}") from None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise QuantityError(f"is not of the format {FORMAT}")
    return Part.read(whole, "", _case)


def _case(part: Part) -> Case:
    for key in ("format", *_FOR_THE_READER):
        part.maybe(key, part.take)
    name, why = part.text("id"), part.maybe("why", part.text) or ""
    terms = part.one("terms", lambda each: terms_of(each, name))
    periods, facts = part.one("input", lambda each: (periods_of(each, terms), facts_of(each, terms)))
    expected = part.take("expected")
    if not isinstance(expected, dict):
        raise part.refused("expected", "is no object")
    return Case(name, why, terms, facts, periods, cast(Mapping[str, object], expected))


def _refuse_constant(text: str) -> NoReturn:
    raise QuantityError(f"{text} is no number")


def _without_repetition(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise QuantityError(f"{next(name for name in names if names.count(name) > 1)}: stands twice in one object")
    return found
