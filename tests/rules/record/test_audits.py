from __future__ import annotations

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import NewAct
from uptally.rules.record.audits import AUDIT, RecordedAudit, audit, recorded_audits


def test_checks_are_read_as_they_were_recorded() -> None:
    acts = on_record((10, audit(acts=0, blocks=0, by="ann")), (20, audit(acts=1, blocks=7, by="bob")))
    assert recorded_audits(acts) == (RecordedAudit(10, "ann", 0, 0), RecordedAudit(20, "bob", 1, 7))


@pytest.mark.parametrize("body", ["{}", '{"acts":1,"blocks":1,"rows":1}', '{"acts":"1","blocks":1}', "no"])
def test_damaged_check_is_named(body: str) -> None:
    with pytest.raises(LedgerCorrupt, match=r"act 1 \(audit\)"):
        recorded_audits(on_record((10, NewAct(AUDIT, "ann", body))))
