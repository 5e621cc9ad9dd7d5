"""What is told to the process that sends reports, and what it tells."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from uptally.model.report import Recipient, Report
from uptally.model.settings import Settings
from uptally.rules.record.reports import Delivery


class Order(NamedTuple):
    """Says to send a report that is due at an instant to one of those whom it is for, and what time it is."""

    settings: Settings
    report: Report
    due_ms: int
    to: Recipient
    now_ms: int


class Sent(NamedTuple):
    """What came of it: what was delivered, as of the time that the order says, or why it was not."""

    delivery: Delivery | None = None
    failure: str = ""

    @classmethod
    def of(cls, delivery: tuple[Any, ...] | None, failure: str) -> Self:
        """Return it of what was heard of it."""
        return cls(None if delivery is None else Delivery(*delivery), failure)
