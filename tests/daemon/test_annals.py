"""What the history keeps of very many outages."""

from __future__ import annotations

from uptally.daemon.annals import _Found
from uptally.model.observation import Reason
from uptally.model.timeline import Outage
from uptally.page import OUTAGES_MAX


def outage(start_ms: int) -> Outage:
    return Outage(start_ms, start_ms + 1, 1, 0, Reason.CONNECT_REFUSED, start_ms, start_ms, start_ms + 1, start_ms + 1)


def test_the_newest_outages_are_kept_and_the_others_are_counted() -> None:
    found, many = _Found(), 5 * OUTAGES_MAX + 3
    for number in range(many):
        # In no order: each number once.
        found.add("shop", outage(number * 7 % many))
    starts = sorted((each.start_ms for _, each in found.newest), reverse=True)
    assert starts[:OUTAGES_MAX] == [*range(many - 1, many - 1 - OUTAGES_MAX, -1)]
    assert len(starts) + found.left_out == many
