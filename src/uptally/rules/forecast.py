"""Where a period in progress is heading, if all goes on as it did so far."""

from __future__ import annotations

from fractions import Fraction

from uptally.model.period_statement import Forecast
from uptally.units.stretches import Stretches, earliest, length_ms


def forecast_of(*, counted_ms: Fraction, elapsed_ms: int, to_come: Stretches, budget_ms: Fraction) -> Forecast:
    """Return the forecast of a service window, of which `elapsed_ms` have been measured and the rest is to come.

    The present pace is the counted downtime over the measured time. It goes on in service time only: a budget that is
    spent in office hours is not spent at night.

    >>> forecast_of(counted_ms=Fraction(2), elapsed_ms=100, to_come=((200, 300), (500, 600)), budget_ms=Fraction(5))
    Forecast(spent=Fraction(2, 5), gone_ms=550, counted_ms=Fraction(6, 1))
    """
    spent = Fraction(counted_ms, budget_ms) if budget_ms > 0 else None
    if not elapsed_ms:
        return Forecast(spent, None, counted_ms)
    at_end_ms = counted_ms + Fraction(counted_ms * length_ms(to_come), elapsed_ms)
    left_ms = budget_ms - counted_ms
    if left_ms <= 0 or at_end_ms < budget_ms:
        return Forecast(spent, None, at_end_ms)
    until_gone = earliest(to_come, most_ms=int(Fraction(left_ms * elapsed_ms, counted_ms)))
    return Forecast(spent, until_gone[-1][1] if until_gone else to_come[0][0], at_end_ms)
