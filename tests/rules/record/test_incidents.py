from __future__ import annotations

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import NewAct
from uptally.model.incident import Incident
from uptally.rules.record.incidents import (
    INCIDENT,
    INCIDENT_UPDATE,
    open_incident,
    recorded_incidents,
    update_incident,
)

OPENED = Incident("i-1", "Checkout fails", ("shop",), "major", "ann", 100)


def after(*updates: NewAct) -> Incident:
    (incident,) = recorded_incidents(on_record((1, open_incident(OPENED)), *((2, update) for update in updates)))
    return incident


@pytest.mark.parametrize("incident", [OPENED, Incident("i-2", "Ü", (), "", "bob", 5, reported_ms=4)])
def test_incident_is_read_as_it_was_opened(incident: Incident) -> None:
    assert recorded_incidents(on_record((1, open_incident(incident)))) == (incident,)


def test_updates_say_what_happened_when() -> None:
    found = after(
        update_incident("i-1", {"reported": 90, "acknowledged": 110}, by="bob"),
        update_incident("i-1", {"responded": 120}, by="bob"),
        update_incident("i-1", {"restored": 130}, by="bob"),
    )
    assert found == Incident("i-1", "Checkout fails", ("shop",), "major", "ann", 100, 90, 110, 120, 130)


def test_later_update_corrects_an_earlier_one_and_leaves_the_rest() -> None:
    found = after(
        update_incident("i-1", {"acknowledged": 110, "restored": 130}, by="bob"),
        update_incident("i-1", {"restored": 125}, by="ann"),
    )
    assert (found.acknowledged_ms, found.restored_ms) == (110, 125)


@pytest.mark.parametrize("step", ["reported", "acknowledged", "responded", "restored"])
def test_update_leaves_the_steps_that_it_does_not_name(step: str) -> None:
    named, other = update_incident("i-1", {step: 150}, by="bob"), update_incident("i-1", {}, by="bob")
    assert after(named, other) == after(named)
    assert named.by == "bob"


def test_automatic_acknowledgement_does_not_count_and_takes_no_persons_place() -> None:
    automatic = update_incident("i-1", {"acknowledged": 101, "reported": 99}, by="pager", is_automatic=True)
    assert automatic.body == '{"acknowledged_ms":101,"automatic":true,"id":"i-1","reported_ms":99}'
    assert (after(automatic).acknowledged_ms, after(automatic).reported_ms) == (None, 99)
    person = update_incident("i-1", {"acknowledged": 110}, by="bob")
    assert after(person, automatic).acknowledged_ms == after(automatic, person).acknowledged_ms == 110


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        (INCIDENT_UPDATE, '{"id":"i-2","restored_ms":1}', "belongs to no incident"),
        (INCIDENT_UPDATE, '{"id":"i-1","restored_ms":"now"}', "has no valid 'restored_ms'"),
        (INCIDENT_UPDATE, '{"id":"i-1","closed_ms":1}', "says 'closed_ms'"),
        (INCIDENT_UPDATE, '{"id":"i-1","automatic":1}', "has no valid 'automatic'"),
        (INCIDENT, '{"id":"i-1","title":"again","opened_ms":1}', "opens i-1, which is open already"),
        (INCIDENT, '{"id":"i-2","opened_ms":1}', "has no valid 'title'"),
    ],
)
def test_body_that_cannot_be_understood_is_named_by_its_act(kind: str, body: str, what: str) -> None:
    with pytest.raises(LedgerCorrupt, match=rf"act 2 \({kind}\) {what}"):
        after(NewAct(kind, "ann", body))
