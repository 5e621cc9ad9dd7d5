"""What single values of agreements mean: days, money, rules. Each function reads one, or raises a Fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from uptally.config.marks import Table, nearest, shown
from uptally.config.scalars import Real
from uptally.config.values import Fault, choice, duration, prose, text
from uptally.errors import QuantityError
from uptally.model.notice import Impact
from uptally.model.terms import CompositeMode
from uptally.recurrence import check_rule
from uptally.units.currency import DECIMALS
from uptally.units.money import Money
from uptally.units.time import DAY_MS

DAY = "a day such as 2026-10-12"
MONEY = "an amount and its currency, such as 1000.00 EUR"
COMBINE = "any_down, all_down, pooled, {at_least_down: 2} or {weighted: {website: 70, api: 30}}"

_DAY = re.compile(r"(?:19|2\d)\d\d-\d\d-\d\d", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)
_KIND = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_MONEY = re.compile(r"(\d{1,15}(?:\.\d{1,4})?)\s?([A-Za-z]{1,10})", re.ASCII)
_WEIGHT = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_PLAIN = {mode.value: mode for mode in (CompositeMode.ANY_DOWN, CompositeMode.ALL_DOWN, CompositeMode.POOLED)}


@dataclass(frozen=True, slots=True)
class Combined:
    """How a service's endpoints make one, as it is written: weights by whatever names the file calls them."""

    mode: CompositeMode = CompositeMode.ANY_DOWN
    least: int = 1
    weights: Mapping[str, Fraction] = field(default_factory=dict)


def day(value: object) -> date:
    """Read a day of the calendar, from 1900 to 2999."""
    written = text(value, DAY)
    if _DAY.fullmatch(written):
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise Fault(f"expected {DAY}", f"{shown(written)} is no day: its month has none of that number") from None
    raise Fault(f"expected {DAY}", f"{shown(written)} is no day: expected {DAY}")


def exclusion_id(value: object) -> str:
    """Read the id of an exclusion, by which statements name it."""
    written = text(value)
    if not _ID.fullmatch(written):
        raise Fault("expected letters, digits, dots, hyphens and underscores, at most 60, such as mw-2026-10")
    return written


def impact(value: object) -> Impact:
    """Read how bad an incident is."""
    return Impact(choice([each.value for each in Impact])(value))


def exclusion_kind(value: object) -> str:
    """Read a kind of exclusion as terms call it."""
    written = text(value)
    if not _KIND.fullmatch(written):
        raise Fault("expected lower-case letters, digits and underscores, such as maintenance")
    return written


def rule(value: object) -> str:
    """Read a rule of RFC 5545."""
    written = text(value, "a rule such as FREQ=MONTHLY;BYDAY=1SU")
    try:
        check_rule(written)
    except QuantityError as error:
        raise Fault("expected a rule of RFC 5545, such as FREQ=MONTHLY;BYDAY=1SU", str(error)) from None
    return written


def money(value: object) -> Money:
    """Read an amount with its currency, by its ISO 4217 code, in no more places than that currency has."""
    if isinstance(value, int | Real) and not isinstance(value, bool):
        number = value.text if isinstance(value, Real) else str(value)
        raise Fault(f"expected {MONEY}", f"{number} has no currency: write {number} EUR, or another")
    written = text(value, MONEY)
    match = _MONEY.fullmatch(written)
    if match is None:
        raise Fault(f"expected {MONEY}", f"{shown(written)} is no amount: expected {MONEY}")
    amount, currency = match[1], match[2].upper()
    if currency not in DECIMALS:
        hint = nearest(currency, DECIMALS) or ": expected an ISO 4217 code such as EUR"
        raise Fault(
            "names no known currency: expected an ISO 4217 code such as EUR", f"{currency} is no currency{hint}"
        )
    places = DECIMALS[currency]
    if len(amount.partition(".")[2]) > places:
        raise Fault(f"{currency} has {places} places behind the point")
    return Money(Decimal(amount).quantize(Decimal((0, (1,), -places))), currency)


def days(value: object) -> int:
    """Read a number of days such as ``30d``, up to ten years."""
    length_ms = duration(DAY_MS, 3_660 * DAY_MS)(value)
    if length_ms % DAY_MS:
        raise Fault("expected whole days, such as 30d")
    return length_ms // DAY_MS


def some_text(value: object) -> str:
    """Read text of any number of lines that says something."""
    written = prose(value)
    if not written:
        raise Fault("must not be empty")
    return written


def combine(value: object) -> Combined:
    """Read how a service's endpoints make one."""
    if isinstance(value, Table) and len(value) == 1:
        [(mode, rest)] = value.items()
        if mode == "at_least_down":
            return Combined(CompositeMode.AT_LEAST_DOWN, least=_least(rest))
        if mode == "weighted":
            return Combined(CompositeMode.WEIGHTED, weights=_weights(rest))
    if isinstance(value, str) and value in _PLAIN:
        return Combined(_PLAIN[value])
    raise Fault(f"expected {COMBINE}")


def _least(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise Fault("at_least_down: expected a whole number, such as 2")


def _weights(value: object) -> dict[str, Fraction]:
    if not isinstance(value, Table) or not value:
        raise Fault("weighted: expected each endpoint with its weight, such as {website: 70, api: 30}")
    found = {}
    for name, weight in value.items():
        written = weight.text if isinstance(weight, Real) else str(weight).removesuffix("%").rstrip()
        if isinstance(weight, bool) or not _WEIGHT.fullmatch(written) or not Fraction(written):
            raise Fault("weighted: a weight must be a number above 0, such as 70 or 0.5")
        found[name] = Fraction(written)
    return found
