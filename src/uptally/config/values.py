"""What single values mean: durations, percentages, names, addresses. Each function reads one, or raises a Fault."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Collection
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from uptally.config.marks import Rows, Table, nearest, shown
from uptally.config.scalars import Real
from uptally.errors import QuantityError
from uptally.model.secret import Secret
from uptally.units.ratio import exact_percent, parse_percent
from uptally.units.time import format_duration, parse_duration

NAME_MAX = 100
SLUG_MAX = 63
PROSE_MAX = 2_000

DURATION = "a duration with its unit, such as 500ms, 10s, 1m30s or 6h"
PERCENT = "a percentage with its sign, such as 99.95%"

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_NUMBER_AND_UNIT = re.compile(r"(\d{1,9})(?:[.,](\d{1,6}))?([a-zµ]+)")
_UNITS = {
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1_000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000),
}
# Characters that reorder, hide or break the text around them; joiners are left, since scripts and emoji need them.
_HOSTILE = frozenset(
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
# Letters that no decomposition turns into ASCII.
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"})


class Fault(ValueError):
    """A value that is refused.

    `expected` says what was expected and never shows the value. `found` may show it, and is said instead unless the
    value came from the environment.
    """

    def __init__(self, expected: str, found: str = "") -> None:
        super().__init__(expected)
        self.expected = expected
        self.found = found or expected


def text(value: object, expected: str = "text") -> str:
    """Read text. A number or a truth value is refused rather than guessed: quotes say which characters were meant."""
    if isinstance(value, str):
        return value
    if value is None:
        raise Fault(f"has no value: expected {expected}")
    if isinstance(value, bool | int | Real) and expected == "text":
        raise Fault("expected text: put it in quotes")
    raise Fault(f"expected {expected}, not {kind_of(value)}")


def kind_of(value: object) -> str:
    """Say what kind of value something is, in the words of a person who writes YAML."""
    match value:
        case Table():
            return "keys and values"
        case Rows():
            return "a list"
        case bool():
            return "true or false"
        case int() | Real():
            return "a number"
        case None:
            return "nothing"
        case _:
            return "text"


def duration(least_ms: int, most_ms: int) -> Callable[[object], int]:
    """Return a reader of durations within limits, in milliseconds."""

    def read(value: object) -> int:
        if isinstance(value, int | Real) and not isinstance(value, bool):
            number = value.text if isinstance(value, Real) else str(value)
            if number.startswith("-"):
                raise Fault("must not be negative")
            if number.endswith(("inf", "nan")):
                raise Fault(f"expected {DURATION}, not {number}")
            remedy = f"write {number}s" if number.isdigit() and int(number) else f"expected {DURATION}"
            raise Fault(f"expected {DURATION}", f"{number} has no unit: {remedy}")
        written = text(value, DURATION)
        if written.startswith("-"):
            raise Fault("must not be negative")
        try:
            duration_ms = parse_duration(written)
        except QuantityError:
            found = f"{shown(written)} is no duration: {_duration_remedy(written)}"
            raise Fault(f"expected {DURATION}", found) from None
        if duration_ms < least_ms:
            raise Fault(f"must be {format_duration(least_ms)} or more")
        if duration_ms > most_ms:
            raise Fault(f"must be {format_duration(most_ms)} or less")
        return duration_ms

    return read


def _duration_remedy(written: str) -> str:
    """Guess what was meant by ``30 ms``, ``1.5m``, ``10 Seconds`` or ``1h 30m``."""
    joined = "".join(written.split()).lower()
    single = _NUMBER_AND_UNIT.fullmatch(joined)
    if single and single[3] in _UNITS:
        duration_ms = Fraction(f"{single[1]}.{single[2] or 0}") * _UNITS[single[3]]
        if duration_ms.denominator == 1 and duration_ms:
            return f"write {format_duration(int(duration_ms))}"
    try:
        return f"write {format_duration(parse_duration(joined))}"
    except QuantityError:
        return f"expected {DURATION}"


def target(value: object) -> Fraction:
    """Read a bare target such as ``99.95%``: above 0%, and at most 99.9999%, which is the most that is ever proved."""
    ratio = percent(value)
    if not 0 < ratio <= Fraction(999_999, 1_000_000):
        raise Fault("must be above 0% and at most 99.9999%: no monitor can prove more")
    return ratio


def percent(value: object) -> Fraction:
    """Read a percentage from 0% to 100%, with its sign."""
    if isinstance(value, int | Real) and not isinstance(value, bool):
        number = value.text if isinstance(value, Real) else str(value)
        raise Fault(f"expected {PERCENT}", f"{number} has no percent sign: write {_percent_remedy(number)}")
    written = text(value, PERCENT)
    try:
        return parse_percent(written)
    except QuantityError:
        number = written.replace(",", ".").replace(" ", "").rstrip("%")
        if re.fullmatch(r"[1-9]\d{2,}(\.\d*)?", number, re.ASCII):
            raise Fault("must be at most 100%") from None
        found = f"{shown(written)} is no percentage: write {_percent_remedy(number)}"
        raise Fault(f"expected {PERCENT}", found) from None


def _percent_remedy(number: str) -> str:
    if re.fullmatch(r"0?\.\d{1,12}", number, re.ASCII):
        return f"{exact_percent(Fraction(number))}%"
    return f"{number}%" if re.fullmatch(r"\d{1,2}(\.\d{1,12})?", number, re.ASCII) else PERCENT


def name(value: object) -> str:
    """Read a name that people see: one line, nothing invisible, at most 100 characters."""
    written = text(value)
    if not written.strip():
        raise Fault("must not be empty")
    if written != written.strip():
        raise Fault("must not begin or end with a blank")
    if len(written) > NAME_MAX:
        raise Fault(f"must have at most {NAME_MAX} characters, not {len(written)}")
    return _printable(written)


def prose(value: object) -> str:
    """Read a text of any number of lines that people see."""
    written = text(value).strip()
    if len(written) > PROSE_MAX:
        raise Fault(f"must have at most {PROSE_MAX} characters, not {len(written)}")
    _printable(written.replace("\n", " "))
    return written


def _printable(written: str) -> str:
    for position, character in enumerate(written):
        if character in _HOSTILE or unicodedata.category(character) in ("Cc", "Cs"):
            code = f"U+{ord(character):04X}"
            raise Fault(f"must not hold control or direction characters: {code} stands at character {position + 1}")
    return written


def slug(value: object) -> str:
    """Read a slug: what an endpoint is called in addresses, files and the ledger."""
    written = text(value)
    if len(written) > SLUG_MAX or not _SLUG.fullmatch(written):
        proposed = slug_of(written)
        expected = f"expected at most {SLUG_MAX} of a-z, 0-9 and hyphens, neither first nor last a hyphen"
        raise Fault(expected, f"{expected}: write {proposed}" if proposed else expected)
    return written


def slug_of(written: str) -> str:
    """Return the slug that a name gives, empty where it holds no letter or digit that ASCII knows.

    >>> slug_of("Orders database (København)")
    'orders-database-kobenhavn'
    """
    folded = (
        unicodedata.normalize("NFKD", written.lower().translate(_FOLDED)).encode("ascii", "ignore").decode().lower()
    )
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:SLUG_MAX].rstrip("-")


def choice(known: Collection[str]) -> Callable[[object], str]:
    """Return a reader of one of a few words."""
    expected = f"expected one of {', '.join(known)}"

    def read(value: object) -> str:
        if isinstance(value, str) and value in known:
            return value
        hint = nearest(value, known) if isinstance(value, str) else ""
        raise Fault(expected + hint, f"{expected}, not {shown(value)}{hint}" if isinstance(value, str) else expected)

    return read


def zone(value: object) -> ZoneInfo:
    """Read a time zone of the IANA database, such as ``Europe/Berlin``."""
    expected = "expected an IANA time zone such as UTC or Europe/Berlin"
    written = text(value, expected.removeprefix("expected "))
    # "right" zones count leap seconds, which no instant here does, and nobody else knows which zone "localtime" is.
    if re.fullmatch(r"(?!posix|right|localtime|Factory)[A-Za-z][A-Za-z0-9_+/-]*", written, re.ASCII):
        try:
            return ZoneInfo(written)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    hint = nearest(written, available_timezones())
    raise Fault(expected + hint, f"{shown(written)} is no known time zone{hint or ': ' + expected}")


def file_name(value: object) -> str:
    """Read the path of a file or folder."""
    written = text(value, "a path")
    if not written.strip() or "\x00" in written:
        raise Fault("expected a path")
    return written


def secret(value: object) -> Secret:
    """Read text that must not be shown; empty it would protect nothing."""
    written = text(value)
    if not written:
        raise Fault("must not be empty")
    return Secret(written)


def listen(value: object) -> tuple[str, int]:
    """Read the address and port that the server listens on; port 0 takes any free one."""
    expected = "expected an address and a port, such as 127.0.0.1:8080 or [::1]:8080"
    if isinstance(value, int) and not isinstance(value, bool):
        raise Fault(expected, f"{value} names no address: write 127.0.0.1:{value}")
    written = text(value, expected.removeprefix("expected "))
    host, colon, port = written.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65_535:
        raise Fault(expected)
    if host == "localhost":
        return "127.0.0.1", int(port)
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        raise Fault(expected) from None
    if (address.version == 6) != (host != bare):
        raise Fault(expected)
    return str(address), int(port)


def resolver(value: object) -> tuple[str, int]:
    """Read the address of a resolver, and its port where that is not 53."""
    expected = "expected the address of a resolver, such as 9.9.9.9, 2620:fe::fe or 127.0.0.1:5353"
    written = text(value, expected.removeprefix("expected "))
    match = re.fullmatch(r"(?:\[([^]]*)]|([^:]*)):(\d{1,5})", written, re.ASCII)
    host, port = (match[1] or match[2], int(match[3])) if match else (written, 53)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise Fault(expected) from None
    if not 0 < port <= 65_535:
        raise Fault("the port must be a number from 1 to 65535")
    return str(address), port
