"""Reports on record."""

from __future__ import annotations

import json

import pytest

from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.rules.record.reports import Delivery, Owed, delivered, missed, owed, recorded_reports

COPY = Owed("finance", 1_000_000, "1 mailtos")
DELIVERY = Delivery("2026-10", "closed", 1, "ab" * 32, 77, 999_000)


def held(*acts: NewAct) -> list[Act]:
    return [Act(number, number * 10, each.kind, each.by, each.body, "") for number, each in enumerate(acts, start=1)]


def test_what_is_owed_counts_from_the_act_that_last_said_so() -> None:
    found = recorded_reports(held(owed("finance", "a", due="x", by="p"), owed("finance", "a", due="y", by="p")))
    assert found.owed_since == {("finance", "a"): ("y", 20)}


def test_what_was_delivered_and_missed_reads_back_and_is_settled() -> None:
    late = DELIVERY._replace(delivered_ms=1_060_000)
    other = COPY._replace(to="2 webhook")
    found = recorded_reports(held(delivered(COPY, late, by="p"), missed(other, by="p")))
    assert found.delivered == {COPY: late}
    assert found.missed == {other}
    assert found.settled == {COPY, other}


def test_by_how_much_it_was_late_is_on_record_only_where_it_was() -> None:
    assert "late_ms" not in json.loads(delivered(COPY, DELIVERY, by="p").body)
    late = DELIVERY._replace(delivered_ms=1_060_000)
    assert json.loads(delivered(COPY, late, by="p").body)["late_ms"] == 60_000


def test_a_lateness_that_its_instants_do_not_give_is_refused() -> None:
    act = delivered(COPY, DELIVERY._replace(delivered_ms=1_060_000), by="p")
    with pytest.raises(LedgerCorrupt, match="late_ms"):
        recorded_reports(held(act._replace(body=act.body.replace("60000,", "50000,", 1))))
