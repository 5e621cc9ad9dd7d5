"""The shape of the section `reports`: which keys it has, what each holds, and what it means."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PlainValidator

from uptally.config.contract.keys import Dates, Weekdays
from uptally.config.marks import Mark, Table, shown
from uptally.config.shape import HTTP, TEXT, Name, Password, Shape, Slug, key, pattern, unset, words
from uptally.config.values import Fault, choice, text
from uptally.model.report import Day
from uptally.model.secret import Secret

REPORTS_MAX = 1_000
RECIPIENTS_MAX = 50

FORMATS = ("csv", "json", "xlsx", "parquet", "pdf")
"""Those of `export.formats`, by name."""

_LARGEST = {Day.OF_MONTH: 28, Day.BUSINESS: 15}
"""The last day of its kind that each month has, also a short one with many holidays."""

_DUE = re.compile(r"(?:every day|on (business day|day) (\d{1,2})) by (\d\d):([0-5]\d)", re.ASCII)
_DUE_EXAMPLES = "such as every day by 10:00, on business day 3 by 10:00 or on day 5 by 10:00"


class DueTime(NamedTuple):
    """By when a report is due: on which days, the number of the day, and the minute of the day."""

    day: Day
    number: int
    minute: int


def due(value: object) -> DueTime:
    """Read by when a report is due, such as ``on business day 3 by 10:00``."""
    written = text(value, f"a day and a time {_DUE_EXAMPLES}")
    match = _DUE.fullmatch(written)
    if match is None or int(match[3]) > 23:
        expected = f"expected a day and a time {_DUE_EXAMPLES}"
        raise Fault(expected, f"{shown(written)} says not by when: {expected}")
    day = Day(match[1]) if match[1] else Day.EVERY
    number = int(match[2] or 0)
    if match[1] and not 1 <= number <= _LARGEST[day]:
        raise Fault(f"not every month has such a {day}: write one from 1 to {_LARGEST[day]}")
    return DueTime(day, number, int(match[3]) * 60 + int(match[4]))


def notify_address(value: object) -> Secret:
    """Read an address that apprise knows. It is secret as a whole, since most hold a password or a token."""
    written = text(value, "an address such as mailtos://user:${PASSWORD}@example.com?to=finance@example.com")
    if find_spec("apprise") is None:
        raise Fault("needs the package apprise: pip install 'uptally[reports]'")
    # Here, since it takes a while, and most configurations have no reports.
    import apprise

    if apprise.Apprise.instantiate(written, suppress_exceptions=True) is None:
        raise Fault("is no address that apprise knows, or one that lacks something: see its list of services")
    return Secret(written)


def webhook_address(value: object) -> Secret:
    """Read the address of a webhook: ``https``, or ``http`` to this machine."""
    expected = "an address such as https://finance.example.com/uptally"
    written = text(value, expected)
    try:
        parts = urlsplit(written)
        host, scheme = parts.hostname, parts.scheme.lower()
        parts.port  # noqa: B018  # what is no port raises
    except ValueError:
        raise Fault(f"expected {expected}") from None
    if not host or scheme not in ("http", "https") or not written.isascii() or re.search(r"[\s\x00-\x1f]", written):
        raise Fault(f"expected {expected}")
    if parts.username is not None:
        raise Fault("must not hold a user or password: 'key' signs what is sent")
    if scheme == "http" and host not in ("127.0.0.1", "::1", "localhost"):
        raise Fault("would be sent in plain HTTP: write https")
    return Secret(written)


def table_of(value: object) -> object:
    """Return the table that an address alone stands for; any other value as it is."""
    if not isinstance(value, str):
        return value
    table = Table(Mark(0, 0))
    table["notify"] = value
    return table


NotifyAddress = Annotated[Secret, PlainValidator(notify_address), TEXT]
WebhookAddress = Annotated[Secret, PlainValidator(webhook_address), pattern(f"^{HTTP}://.+")]
DueText = Annotated[
    DueTime, PlainValidator(due), pattern(r"^(every day|on (business day|day) \d{1,2}) by \d\d:[0-5]\d$")
]
Format = Annotated[str, PlainValidator(choice(FORMATS)), words(*FORMATS)]


class Recipient(Shape):
    """Who is sent a report: one of notify and webhook."""

    name: Name | None = unset("What the record calls them; without it, their number and the kind of their address.")
    notify: NotifyAddress | None = unset(
        "An address that apprise knows: mail, a chat. Best with ${NAME} for passwords."
    )
    webhook: WebhookAddress | None = unset("An address that the file is posted to.")
    key: Password | None = unset("What a webhook's file is signed with, best as ${NAME}.")


class Report(Shape):
    """A month's file that is sent again and again."""

    name: Name = Field(description="What people call it.")
    slug: Slug | None = unset("What the record calls it; without it, made from the name.")
    due: DueText = Field(description=f"By when it must be there, by the page's time zone, {_DUE_EXAMPLES}.")
    format: Format = key("csv", "What the file is written as.")
    agreement: Name | None = unset("The only agreement that it tells of; without it, all.")
    business_days: Weekdays = key("mon-fri", "Which days of the week are business days.")
    holidays: Dates | None = unset("Dates that are no business days.")
    to: list[Annotated[Recipient, BeforeValidator(table_of, json_schema_input_type=str | Recipient)]] = Field(
        max_length=RECIPIENTS_MAX, description="Who is sent it: addresses, or tables."
    )
