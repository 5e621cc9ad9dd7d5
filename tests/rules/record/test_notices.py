"""What everyone is told, from what is on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import NewAct
from uptally.model.exclusion import Plan, RecordedExclusion, Recurrence
from uptally.model.incident import Incident
from uptally.model.notice import Impact, MaintenanceNotice, Notice, NoticeUpdate, Phase
from uptally.recurrence import occurrences
from uptally.rules.record.exclusions import exclude, recorded_exclusions
from uptally.rules.record.incidents import INCIDENT_UPDATE, Telling, open_incident, recorded_incidents, update_incident
from uptally.rules.record.notices import AHEAD_MS, incident_notices, maintenance_notices, public_notices
from uptally.units.time import DAY_MS, HOUR_MS

SHOP = Incident("i-1", "Checkout fails", ("shop",), "major", "ann", 100)
PUBLIC = Telling(Phase.INVESTIGATING, "We *look*.", Impact.MAJOR, is_public=True)


def told(*acts: tuple[int, NewAct], services: Iterable[str] = ("shop", "blog")) -> tuple[Notice, ...]:
    return incident_notices(recorded_incidents(on_record(*acts)), set(services))


def update(telling: Telling, **steps: int) -> NewAct:
    return update_incident("i-1", steps, by="bob", telling=telling)


def test_what_is_told_comes_back_as_it_was_said_with_when_it_was() -> None:
    acts = [(110, open_incident(SHOP, PUBLIC)), (120, update(Telling(Phase.IDENTIFIED, "A\n\nB", Impact.MINOR)))]
    updates = (NoticeUpdate(110, Phase.INVESTIGATING, "We *look*."), NoticeUpdate(120, Phase.IDENTIFIED, "A\n\nB"))
    assert told(*acts) == (Notice("i-1", "Checkout fails", ("shop",), Impact.MINOR, 100, None, updates),)


def test_incident_of_which_nobody_said_that_it_is_public_is_told_to_nobody() -> None:
    assert told((110, open_incident(SHOP))) == ()


def test_incidents_are_told_by_when_they_started_and_then_by_their_ids() -> None:
    each = [replace(SHOP, id=name, opened_ms=at_ms) for name, at_ms in (("b", 100), ("a", 100), ("a1", 50), ("c", 40))]
    acts = [(110, open_incident(incident, PUBLIC)) for incident in each]
    assert [notice.id for notice in told(*acts)] == ["c", "a1", "a", "b"]


def test_an_incident_is_published_later_corrected_and_taken_back() -> None:
    acts = [(110, open_incident(SHOP)), (120, update(replace(PUBLIC, title="Slow")))]
    (notice,) = told(*acts)
    assert (notice.title, notice.started_ms, [each.at_ms for each in notice.updates]) == ("Slow", 100, [120])
    acts.append((130, update(Telling(is_public=False))))
    assert told(*acts) == ()
    acts.append((140, update(Telling(is_public=True))))
    assert [each.updates for each in told(*acts)] == [notice.updates]


def test_only_public_services_are_named_and_an_incident_of_others_alone_is_not_told() -> None:
    both = replace(SHOP, services=("shop", "vault"))
    assert [each.services for each in told((1, open_incident(both, PUBLIC)))] == [("shop",)]
    assert told((1, open_incident(replace(SHOP, services=("vault",)), PUBLIC))) == ()
    assert [each.services for each in told((1, open_incident(replace(SHOP, services=()), PUBLIC)))] == [()]


@pytest.mark.parametrize(
    ("updates", "resolved_ms"),
    [
        ([(150, Telling(Phase.RESOLVED))], 150),
        ([(150, Telling(Phase.RESOLVED)), (190, Telling(Phase.POSTMORTEM, "It was DNS."))], 150),
        ([(150, Telling(Phase.RESOLVED)), (160, Telling(Phase.MONITORING))], None),
        ([(150, Telling(Phase.RESOLVED)), (160, Telling(Phase.MONITORING)), (170, Telling(Phase.RESOLVED))], 170),
    ],
)
def test_an_incident_is_over_when_that_was_first_told(
    updates: list[tuple[int, Telling]], resolved_ms: int | None
) -> None:
    acts = [(110, open_incident(SHOP, PUBLIC)), *((at_ms, update(telling)) for at_ms, telling in updates)]
    assert [each.resolved_ms for each in told(*acts)] == [resolved_ms]


def test_an_incident_is_over_when_the_service_was_restored_where_that_is_on_record() -> None:
    acts = [(110, open_incident(SHOP, PUBLIC)), (150, update(Telling(Phase.RESOLVED), restored=140))]
    assert [each.resolved_ms for each in told(*acts)] == [140]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('{"id":"i-1","phase":"solved"}', "says 'solved' as 'phase'"),
        ('{"id":"i-1","impact":"huge"}', "says 'huge' as 'impact'"),
        ('{"id":"i-1","text":"so"}', "has a 'text' without a 'phase'"),
        ('{"id":"i-1","public":true}', "is public without a 'phase'"),
    ],
)
def test_telling_that_cannot_be_understood_is_named_by_its_act(body: str, what: str) -> None:
    with pytest.raises(LedgerCorrupt, match=rf"act 2 \(incident-update\) {what}"):
        told((1, open_incident(SHOP)), (2, NewAct(INCIDENT_UPDATE, "ann", body)))


NOW_MS = 1_793_000_000_000
ONCE = Plan("mw-1", "maintenance", NOW_MS, NOW_MS + HOUR_MS, ("shop",), why="Acme asked", text="New disks")


def maintenance(*recorded: RecordedExclusion) -> tuple[MaintenanceNotice, ...]:
    return maintenance_notices(
        recorded, {"shop"}, since_ms=NOW_MS - 30 * DAY_MS, now_ms=NOW_MS, occurrences=occurrences
    )


def test_announced_maintenance_is_told_with_its_text_and_never_with_its_reason() -> None:
    (held,) = recorded_exclusions(on_record((NOW_MS - DAY_MS, exclude(ONCE, by="ann"))))
    expected = MaintenanceNotice("mw-1", ("shop",), NOW_MS, NOW_MS + HOUR_MS, NOW_MS - DAY_MS, "New disks")
    assert maintenance(held) == (expected,)


@pytest.mark.parametrize(
    "plan",
    [
        replace(ONCE, kind="customer_caused"),
        replace(ONCE, services=("vault",)),
        replace(ONCE, start_ms=NOW_MS - 40 * DAY_MS, end_ms=NOW_MS - 39 * DAY_MS),
        replace(ONCE, start_ms=NOW_MS - 3 * DAY_MS, end_ms=NOW_MS - 2 * DAY_MS),
        replace(ONCE, start_ms=NOW_MS - 3 * DAY_MS, end_ms=NOW_MS - DAY_MS),
    ],
    ids=["another kind", "of no public service", "before", "recorded afterwards", "recorded as it ended"],
)
def test_what_is_no_maintenance_for_everyone_is_not_told(plan: Plan) -> None:
    assert maintenance(RecordedExclusion(plan, "ann", NOW_MS - DAY_MS)) == ()


def test_maintenance_far_ahead_is_told_once_and_what_recurs_as_far_ahead_as_calendars_are_read() -> None:
    far = replace(ONCE, start_ms=NOW_MS + 300 * DAY_MS, end_ms=NOW_MS + 301 * DAY_MS)
    assert len(maintenance(RecordedExclusion(far, "ann", NOW_MS))) == 1
    daily = Recurrence("FREQ=DAILY", "2026-10-01T02:00:00", ZoneInfo("Europe/Berlin"), HOUR_MS)
    recurring = replace(ONCE, start_ms=1_790_812_800_000, end_ms=1_790_816_400_000, recurrence=daily)
    found = maintenance(RecordedExclusion(recurring, "ann", NOW_MS - 10 * DAY_MS))
    assert all(each.start_ms < NOW_MS + AHEAD_MS and each.end_ms > NOW_MS - 10 * DAY_MS for each in found)
    assert len(found) == 100
    assert found[0].id == "mw-1@2026-10-17"


def test_what_recurred_until_it_was_taken_back_is_told_as_far_ahead_as_it_was_then() -> None:
    daily = Recurrence("FREQ=DAILY", "2026-10-01T02:00:00", ZoneInfo("Europe/Berlin"), HOUR_MS)
    recurring = replace(ONCE, start_ms=1_790_812_800_000, end_ms=1_790_816_400_000, recurrence=daily)
    since_ms, gone_ms = NOW_MS - 10 * DAY_MS, NOW_MS - 5 * DAY_MS
    found = maintenance(RecordedExclusion(recurring, "ann", since_ms, revoked_ms=gone_ms))
    assert found[-1].start_ms < gone_ms + AHEAD_MS <= found[-1].start_ms + DAY_MS + HOUR_MS
    assert {each.cancelled_ms for each in found} == {None, gone_ms}


def test_maintenance_taken_back_before_it_began_is_cancelled_and_one_that_moved_is_not() -> None:
    gone = RecordedExclusion(ONCE, "ann", NOW_MS - 2 * DAY_MS, revoked_ms=NOW_MS - DAY_MS)
    assert [each.cancelled_ms for each in maintenance(gone)] == [NOW_MS - DAY_MS]
    at_once = replace(gone, revoked_ms=ONCE.start_ms)
    assert [each.cancelled_ms for each in maintenance(at_once)] == [ONCE.start_ms]
    moved = replace(ONCE, start_ms=NOW_MS + DAY_MS, end_ms=NOW_MS + 2 * DAY_MS)
    found = maintenance(gone, RecordedExclusion(moved, "ann", NOW_MS - DAY_MS))
    assert [(each.start_ms, each.cancelled_ms) for each in found] == [(NOW_MS + DAY_MS, None)]


def test_maintenance_taken_back_while_it_was_in_progress_was_no_less() -> None:
    held = RecordedExclusion(ONCE, "ann", NOW_MS - DAY_MS, revoked_ms=NOW_MS + 1)
    assert [each.cancelled_ms for each in maintenance(held)] == [None]


def test_of_written_notices_everyone_is_told_those_of_public_services_and_those_of_none() -> None:
    both = Notice("i-1", "Checkout fails", ("shop", "staff"), Impact.MINOR, 100, None, ())
    hidden, general = replace(both, id="i-2", services=("staff",)), replace(both, id="i-3", services=())
    assert public_notices([both, hidden, general], {"shop"}) == (replace(both, services=("shop",)), general)
