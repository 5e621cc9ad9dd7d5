"""Business figures on record: a later one of the same name, days and agreement corrects an earlier one, which stays."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from uptally.model.act import Act, NewAct
from uptally.model.objective import Figure
from uptally.rules.record.fields import Fields, body_of
from uptally.units.money import exact_text

FIGURE = "figure"
"""The kind of act whose body is a `Figure`: days as in 2026-10-31, numbers as decimal text."""

_NUMBER = re.compile(r"\d{1,30}(?:\.\d{1,30})?", re.ASCII)

_Key = tuple[str, date, date, str]


def record_figure(figure: Figure, *, by: str) -> NewAct:
    """Return the act that puts a figure on record."""
    fields = {
        "name": figure.name,
        "first": figure.first.isoformat(),
        "last": figure.last.isoformat(),
        "numerator": exact_text(figure.numerator),
        "denominator": None if figure.denominator is None else exact_text(figure.denominator),
        "agreement": figure.agreement,
    }
    return NewAct(FIGURE, by, body_of(fields))


def recorded_figures(acts: Iterable[Act]) -> tuple[Figure, ...]:
    """Return the figures in force, without those that were corrected, in the order of names and days.

    Raises LedgerCorrupt.
    """
    return tuple(sorted(_in_force(acts).values(), key=_key))


def news(acts: Iterable[Act], figures: Iterable[Figure], *, by: str) -> list[NewAct]:
    """Return the acts that bring figures into force, none for those that are so already. Raises LedgerCorrupt."""
    held = _in_force(acts)
    return [record_figure(figure, by=by) for figure in figures if held.get(_key(figure)) != figure]


def _in_force(acts: Iterable[Act]) -> dict[_Key, Figure]:
    found = (_figure(Fields(act)) for act in acts if act.kind == FIGURE)
    return {_key(figure): figure for figure in found}


def _key(figure: Figure) -> _Key:
    return figure.name, figure.first, figure.last, figure.agreement


def _figure(fields: Fields) -> Figure:
    over, under = fields.text("numerator"), fields.text("denominator", "")
    try:
        first, last = date.fromisoformat(fields.text("first")), date.fromisoformat(fields.text("last"))
    except ValueError:
        raise fields.fault("names no days") from None
    if first > last or not _NUMBER.fullmatch(over) or (under and not _NUMBER.fullmatch(under)):
        raise fields.fault("is no figure")
    figure = Figure(
        name=fields.text("name"),
        first=first,
        last=last,
        numerator=Fraction(over),
        denominator=Fraction(under) if under else None,
        agreement=fields.text("agreement", ""),
    )
    fields.end()
    return figure
