"""Closings on record: they come back as they were frozen, and nothing else is taken for them."""

from __future__ import annotations

import json
import zlib

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.model.closing import Choice, Closing
from uptally.rules.record.closings import (
    CLOSE,
    RecordedClosing,
    close,
    digest_of,
    document_of,
    recorded_closings,
    settled_months,
    signature_of,
    signed,
)

FIRST = Closing("2026-10", 1, 5, "c0", "0.1.0", 3, "a3", 7, "b7", 2, "", "")
SECOND = FIRST._replace(
    revision=2,
    reason="late data",
    is_restated=True,
    decided="id",
    choice=Choice.CREDIT,
    basis=1,
    undecided=2,
    dated="2026-11",
)
ROWS = [{"id": "x", "name": "Büro"}, {"id": "y"}]


def document(revision: int = 1) -> dict[str, object]:
    return {"month": "2026-10", "revision": revision, "rows": ROWS}


def only(new: NewAct) -> Act:
    return on_record((9, new))[0]


def test_a_closing_comes_back_with_its_document() -> None:
    act = close(FIRST, document(), by="ann")
    text = json.dumps(document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert zlib.decompress(act.document) == text
    frozen = FIRST._replace(document=digest_of(text), stored=digest_of(act.document))
    [found] = recorded_closings(on_record((9, act)))["2026-10"]
    assert found == RecordedClosing(1, 9, "ann", frozen)
    assert document_of(found, act.document) == document()
    assert act.kind == CLOSE
    assert "basis" not in act.body
    assert "undecided" not in act.body


def test_a_further_revision_keeps_why_and_from_what_it_was_made() -> None:
    found = recorded_closings(
        on_record((9, close(FIRST, document(), by="ann")), (11, close(SECOND, document(2), by="bob")))
    )
    first, second = found["2026-10"]
    assert (first.by, second.by, second.number, second.at_ms) == ("ann", "bob", 2, 11)
    assert second.closing._replace(document="", stored="") == SECOND


def test_a_month_is_settled_once_nobody_has_to_decide_about_it() -> None:
    open_ = FIRST._replace(undecided=1)
    first, second = close(open_, document(), by="a"), close(FIRST._replace(revision=2, basis=1), document(2), by="a")
    other = close(FIRST._replace(month="2026-09"), {**document(), "month": "2026-09"}, by="a")
    assert settled_months(on_record((1, first), (2, other))) == {"2026-09"}
    assert settled_months(on_record((1, first), (2, other), (3, second))) == {"2026-09", "2026-10"}


def test_acts_of_other_kinds_close_nothing() -> None:
    assert recorded_closings(on_record((1, NewAct("claim", "a", "{}")))) == {}


def test_a_signature_covers_all_else_and_names_its_key() -> None:
    covered = []

    def sign(body: bytes) -> bytes:
        covered.append(body)
        return b"\x00\xff"

    act = only(signed(close(FIRST, document(), by="ann"), "key-1", sign))
    found = signature_of(act)
    assert found is not None
    assert (found.public_key, found.signature, found.covered) == ("key-1", b"\x00\xff", covered[0])
    assert json.loads(covered[0]) == {key: value for key, value in json.loads(act.body).items() if key != "signature"}
    assert recorded_closings([act])["2026-10"][0].closing.month == "2026-10"


def test_what_nobody_signed_has_no_signature_and_half_a_one_is_a_fault() -> None:
    act = only(close(FIRST, document(), by="ann"))
    assert signature_of(act) is None
    body = json.loads(act.body)
    for text in ("a", "a*=="):
        broken = act._replace(body=json.dumps({**body, "public_key": "k", "signature": text}))
        with pytest.raises(LedgerCorrupt, match=r"act 1 \(close\) has a signature that is none"):
            signature_of(broken)
    only_key = signature_of(act._replace(body=json.dumps({**body, "public_key": "k"})))
    assert only_key is not None
    assert only_key.signature == b""


def test_revisions_follow_one_another() -> None:
    with pytest.raises(LedgerCorrupt, match=r"act 1 \(close\) is revision 2 of 2026-10, after 0"):
        recorded_closings(on_record((1, close(SECOND, document(2), by="a"))))
    with pytest.raises(LedgerCorrupt, match="is revision 1 of 2026-10, after 1"):
        recorded_closings(on_record(*((1, close(FIRST, document(), by="a")),) * 2))


def test_a_choice_that_is_not_known_is_a_fault_and_so_is_anything_unread() -> None:
    act = close(SECOND, document(2), by="a")
    with pytest.raises(LedgerCorrupt, match="decides by 'perhaps', which this version of uptally does not know"):
        recorded_closings([only(act._replace(body=act.body.replace('"choice":"credit"', '"choice":"perhaps"')))])
    first = close(FIRST, document(), by="a")
    with pytest.raises(LedgerCorrupt, match="more"):
        recorded_closings([only(first._replace(body=first.body.replace("{", '{"more":1,', 1)))])


@pytest.mark.parametrize(
    ("stored", "changed", "why"),
    [
        (b"", {}, r"the document of 2026-10@1 \(act 1\) is missing"),
        (b"x", {}, "does not hold: its bytes were changed"),
        (None, {"document": "other"}, "does not hold: it is not the one that its act names"),
        (None, {"rows": 3}, "it says another month, revision or number of rows than its act"),
        (None, {"revision": 2}, "it says another month, revision or number of rows than its act"),
        (None, {"month": "2026-11"}, "it says another month, revision or number of rows than its act"),
    ],
)
def test_a_document_that_is_not_the_one_that_was_frozen_is_a_fault(
    stored: bytes | None, changed: dict[str, object], why: str
) -> None:
    act = close(FIRST, document(), by="ann")
    [found] = recorded_closings(on_record((9, act)))["2026-10"]
    found = found._replace(closing=Closing(**{**found.closing._asdict(), **changed}))
    with pytest.raises(LedgerCorrupt, match=why):
        document_of(found, stored if stored is not None else act.document)
