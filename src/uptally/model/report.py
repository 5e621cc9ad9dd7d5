"""A report that people or programs are sent: what, in which form, to whom, and by when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from uptally.model.secret import Secret
from uptally.model.terms import Business


class Day(StrEnum):
    """Which days a report is due on: every one, one of the month by its number, or one of its business days."""

    EVERY = "every day"
    OF_MONTH = "day"
    BUSINESS = "business day"


@dataclass(frozen=True, slots=True)
class Due:
    """By when a report must be there.

    `number` counts days of the month or its business days from 1, and is 0 for every day; `minute` is the minute of the
    day by the clocks of the page's zone, 0 to 1439.
    """

    day: Day
    number: int
    minute: int
    business: Business = field(default_factory=Business)

    def __str__(self) -> str:
        """Return it as the configuration has it."""
        day = f"on {self.day} {self.number}" if self.number else self.day
        return f"{day} by {self.minute // 60:02d}:{self.minute % 60:02d}"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is sent a report: an address that apprise knows, or a webhook, which gets the file itself.

    `name` tells recipients of one report apart, on record too, and gives nothing of the address away.
    """

    name: str
    address: Secret
    is_webhook: bool = False
    key: Secret | None = None
    """What a webhook's file is signed with, by HMAC with SHA-256."""


@dataclass(frozen=True, slots=True)
class Report:
    """A month's file that is sent again and again; `agreement` is the slug of the only one that it tells of."""

    name: str
    slug: str
    due: Due
    format: str
    to: tuple[Recipient, ...]
    agreement: str | None = None
