from __future__ import annotations

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import NewAct
from uptally.rules.record.claims import Claimed, claim, recorded_claims


def test_claims_are_told_by_what_they_are_for_and_the_newest_act_counts() -> None:
    one, other = Claimed("acme", "shop", "2026-10"), Claimed("acme", "shop", "2026-11")
    acts = on_record(
        (1, claim(one, received_ms=10, by="ann")),
        (2, claim(other, received_ms=20, by="ann")),
        (3, claim(one, received_ms=9, by="ann")),
    )
    assert recorded_claims(acts) == {one: 9, other: 20}
    assert acts[0].by == "ann"
    assert acts[0].body == '{"agreement":"acme","period":"2026-10","received_ms":10,"service":"shop"}'


def test_claim_that_cannot_be_understood_is_named_by_its_act() -> None:
    with pytest.raises(LedgerCorrupt, match=r"act 1 \(claim\) has no valid 'received_ms'"):
        recorded_claims(on_record((1, NewAct("claim", "ann", '{"agreement":"a","service":"b","period":"c"}'))))
