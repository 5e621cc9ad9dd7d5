"""What single values of terms mean: percentages, hours, dates, amounts. Each function reads one, or raises a Fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NamedTuple, TypeVar

from uptally.config.agreement.quantities import day
from uptally.config.marks import Mark, Rows, Table, nearest, shown
from uptally.config.scalars import Real
from uptally.config.values import Fault, choice, duration, percent, text
from uptally.model.credit import Award
from uptally.model.terms import Denominator, DenominatorKind, Hours, Period, PeriodKind
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

_Word = TypeVar("_Word", bound=Enum)

LONGEST_MS = 3_660 * DAY_MS
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_HOURS = "hours such as mon-fri 08:00-18:00, sat,sun or 22:00-06:00"
_BUSINESS_DAYS = re.compile(r"(\d{1,4}) business days?", re.ASCII)
_TIMES = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", re.ASCII)

span = duration(1, LONGEST_MS)


class Days(NamedTuple):
    """A length of time as contracts give it: exact, or in business days."""

    exact_ms: int = 0
    business: int | None = None


def promise(value: object) -> Fraction:
    """Read a target: above 0%, and at most 100%, which contracts promise although no monitor can prove it."""
    ratio = percent(value)
    if not ratio:
        raise Fault("must be above 0%")
    return ratio


def limit(value: object) -> Fraction | int:
    """Read a limit: of availability such as ``99.9%``, a fraction; or of downtime such as ``30m``, milliseconds."""
    if isinstance(value, str) and "%" not in value and value[-1:].isalpha():
        return duration(0, LONGEST_MS)(value)
    if isinstance(value, str):
        return percent(value)
    raise Fault("expected a percentage such as 99.9%, or a duration such as 30m")


def award(value: object) -> Award:
    """Read what is given: a share of the fee such as ``10%``, or days of it such as ``1d`` or ``12h``."""
    given = limit(value)
    return Award(share=given) if isinstance(given, Fraction) else Award(days=Fraction(given, DAY_MS))


def multiple(value: object) -> Fraction:
    """Read how many times something counts: a number above 0, such as 10 or 0.5."""
    if isinstance(value, int | Real) and not isinstance(value, bool):
        written = value.text if isinstance(value, Real) else str(value)
        if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", written, re.ASCII) and Fraction(written):
            return Fraction(written)
    raise Fault("expected a number above 0, such as 1 or 10")


def notice(value: object) -> Days:
    """Read a length of time that may be counted in business days: ``48h``, or ``5 business days``."""
    match = _BUSINESS_DAYS.fullmatch(value) if isinstance(value, str) else None
    return Days(business=int(match[1])) if match else Days(duration(0, LONGEST_MS)(value))


def claim_days(value: object) -> Days:
    """Read by when a claim must come: whole days such as ``30d``, or ``15 business days``."""
    found = notice(value)
    if found.exact_ms % DAY_MS:
        raise Fault("expected whole days, such as 30d or 15 business days")
    return found


def days(value: object) -> frozenset[date]:
    """Read a date, or a list of them."""
    return frozenset(day(item) for item in (value if isinstance(value, Rows) else [value]))


def hours(value: object) -> tuple[Hours, ...]:
    """Read hours of the week such as ``mon-fri 08:00-18:00``, or a list of them."""
    rows = value if isinstance(value, Rows) else [value]
    if not rows:
        raise Fault(f"expected {_HOURS}, not an empty list")
    return tuple(_hours(text(row, _HOURS)) for row in rows)


def weekdays(value: object) -> frozenset[int]:
    """Read days of the week such as ``mon-fri`` or ``mon,wed,fri``."""
    written = text(value, "days such as mon-fri")
    return _weekdays(written, written)


def _hours(written: str) -> Hours:
    parts = written.split()
    if len(parts) == 2:
        return Hours(_weekdays(parts[0], written), *_times(parts[1], written))
    if len(parts) == 1 and ":" in written:
        return Hours(frozenset(range(7)), *_times(written, written))
    if len(parts) == 1:
        return Hours(_weekdays(written, written), 0, DAY_MS)
    raise Fault(f"expected {_HOURS}", f"{shown(written)} are no hours: expected {_HOURS}")


def _weekdays(part: str, written: str) -> frozenset[int]:
    found: set[int] = set()
    for piece in part.split(","):
        first, hyphen, last = piece.partition("-")
        for name in (first, last) if hyphen else (first,):
            if name not in DAYS:
                expected = f"expected days such as mon-fri, of {', '.join(DAYS)}"
                raise Fault(expected, f"{shown(written)} names no day with {shown(name)}: {expected}")
        begin, end = DAYS.index(first), DAYS.index(last) if hyphen else DAYS.index(first)
        found.update(number % 7 for number in range(begin, end + 1 + (7 if end < begin else 0)))
    return frozenset(found)


def _times(part: str, written: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(part)
    if match is None:
        raise Fault(f"expected {_HOURS}", f"{shown(written)} are no hours: expected {_HOURS}")
    from_ms, to_ms = (int(match[i]) * HOUR_MS + int(match[i + 1]) * MINUTE_MS for i in (1, 3))
    if from_ms >= DAY_MS or to_ms > DAY_MS:
        raise Fault("times of day go from 00:00 to 24:00")
    if from_ms == to_ms:
        raise Fault("begin and end are the same time: write 00:00-24:00 for whole days")
    return from_ms, to_ms


def denominator(value: object) -> Denominator:
    """Read what downtime is divided by: ``actual``, ``nominal_days``, or a fixed length such as ``43800m``."""
    if isinstance(value, str) and value[:1].isdigit():
        return Denominator(DenominatorKind.FIXED, duration(MINUTE_MS, LONGEST_MS)(value))
    return Denominator(DenominatorKind(choice(("actual", "nominal_days"))(value)))


_PERIODS = {
    kind.value: Period(kind) for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR, PeriodKind.CUSTOM)
}


def period(value: object) -> Period:
    """Read a period: ``calendar_month`` (or quarter, year), ``custom``, ``rolling 30d``, or ``billing_cycle 15``.

    Which one a custom period is, is said beside it.
    """
    expected = f"expected one of {', '.join(_PERIODS)}, rolling 30d, billing_cycle 15"
    written = text(value, expected.removeprefix("expected "))
    if written in _PERIODS:
        return _PERIODS[written]
    word, _, number = written.partition(" ")
    rolling, day_of_month = re.fullmatch(r"(\d{1,4})d", number, re.ASCII), re.fullmatch(r"\d{1,2}", number, re.ASCII)
    if word == "rolling" and rolling and 1 <= int(rolling[1]) <= LONGEST_MS // DAY_MS:
        return Period(PeriodKind.ROLLING, days=int(rolling[1]))
    if word == "billing_cycle" and day_of_month and 1 <= int(number) <= 31:
        return Period(PeriodKind.CYCLE, anchor_day=int(number))
    hint = nearest(written, (*_PERIODS, "rolling 30d", "billing_cycle 15"))
    raise Fault(expected + hint, f"{expected}, not {shown(written)}{hint}")


def kind(value: object) -> str:
    """Read what a kind of exclusion is called: a word in lower case."""
    expected = "expected a word in lower case, such as maintenance or force_majeure"
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", text(value), re.ASCII):
        raise Fault(expected)
    return text(value)


def word(kinds: type[_Word]) -> Callable[[object], _Word]:
    """Return a reader of one of the words of an enumeration."""
    known = choice([member.value for member in kinds])
    return lambda value: kinds(known(value))


def table_of(key: str) -> Callable[[object], object]:
    """Return a reader by which a text stands for a table of one key."""

    def read(value: object) -> object:
        if isinstance(value, str | int | Real) and not isinstance(value, bool):
            table = Table(Mark(0, 0))
            table[key] = value
            return table
        return value

    return read
