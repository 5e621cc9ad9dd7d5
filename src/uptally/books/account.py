"""A month's account: all that is promised, and what is only measured, in the order in which finance is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from uptally.books.recorded import Recorded
from uptally.books.sights import Answers
from uptally.books.standings import Availabilities, month_availabilities
from uptally.books.statements import statements_of_month
from uptally.model.endpoint import Endpoint
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.model.statement import Availability
from uptally.rules.record.occurrences import Occurrences
from uptally.units.time import month_window


class Unstated(NamedTuple):
    """How available an endpoint was in a month of which no statement of its own tells."""

    endpoint: Endpoint
    month: str
    availability: Availability


class Books(Answers, Availabilities, Protocol):
    """What an account needs of a ledger: `ledger.Reader` is one."""


def account_of_month(
    ledger: Books, settings: Settings, month: str, *, now_ms: int, recorded: Recorded, occurrences: Occurrences
) -> Iterator[PeriodStatement | Unstated]:
    """Yield the statements of a month under agreements, then those of each endpoint, in the configuration's order, and
    last those of other services that are promised to everyone.

    Of a month that is over, these are the periods that ended in it: what it says does not change with the day on which
    it is made. Of an endpoint without a statement of its own there is how available it was.
    Raises QuantityError where `month` is none.
    """
    statements = statements_of_month(ledger, settings, month, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
    if now_ms >= month_window(month, settings.page.zone).end_ms:
        statements = [each for each in statements if each.is_over]
    told = {each.service.slug for each in statements}
    unstated = [each for each in settings.endpoints if each.slug not in told]
    availabilities = month_availabilities(ledger, settings, unstated, month, now_ms=now_ms)
    alone = {
        endpoint.slug: Unstated(endpoint, month, availability)
        for endpoint, availability in zip(unstated, availabilities, strict=True)
    }
    to_everyone: dict[str, list[PeriodStatement]] = {}
    for each in statements:
        if each.agreement is None:
            to_everyone.setdefault(each.service.slug, []).append(each)
        else:
            yield each
    for endpoint in settings.endpoints:
        if endpoint.slug in alone:
            yield alone[endpoint.slug]
        yield from to_everyone.pop(endpoint.slug, ())
    for rest in to_everyone.values():
        yield from rest
