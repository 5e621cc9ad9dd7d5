"""What a service of several endpoints is made of: the rule by which they combine, and how each stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from uptally.model.statement import Standing
from uptally.model.terms import Composite, CompositeMode
from uptally.page.days import Calendar
from uptally.page.language import _, grouped, ngettext
from uptally.page.views import StateView, state_view
from uptally.page.words import plain


class Made(NamedTuple):
    """What a service is made of: how many components, how they combine, and how the public ones of them stand."""

    components: int
    composite: Composite
    parts: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class PartRow:
    """A component that is public; it has a page of its own."""

    name: str
    slug: str
    state: StateView


@dataclass(frozen=True, slots=True)
class PartsView:
    """The rule in words, the components, and how many are not shown; `hidden` is empty where all are."""

    rule: str
    rows: tuple[PartRow, ...]
    hidden: str


def parts_view(made: Made, calendar: Calendar) -> PartsView:
    """Return what a service is made of."""
    hidden = made.components - len(made.parts)
    return PartsView(
        rule=_rule(made.composite, made.components),
        rows=tuple(
            PartRow(plain(each.endpoint.name), each.endpoint.slug, state_view(each, calendar)) for each in made.parts
        ),
        hidden=ngettext("{number} part is not shown here.", "{number} parts are not shown here.", hidden)
        if hidden
        else "",
    )


def _rule(composite: Composite, count: int) -> str:
    if count == 1:
        return _("It is down when its only part is.")
    if composite.mode is CompositeMode.ANY_DOWN:
        return ngettext(
            "It is down when any of its {number} part is, and not known where one of them is not.",
            "It is down when any of its {number} parts is, and not known where one of them is not.",
            count,
        )
    if composite.mode is CompositeMode.ALL_DOWN:
        return ngettext(
            "It is down when all of its {number} part are, and not known where that cannot be told.",
            "It is down when all of its {number} parts are, and not known where that cannot be told.",
            count,
        )
    if composite.mode is CompositeMode.AT_LEAST_DOWN:
        return ngettext(
            "It is down when at least {least} of its {number} part are, and not known where that cannot be told.",
            "It is down when at least {least} of its {number} parts are, and not known where that cannot be told.",
            count,
            least=grouped(composite.least),
        )
    return ngettext(
        "Its figures count each of its {number} part by its share. Its state, its days and its outages say when any of "
        "them was down.",
        "Its figures count each of its {number} parts by its share. Its state, its days and its outages say when any "
        "of them was down.",
        count,
    )
