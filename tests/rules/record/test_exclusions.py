from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.model.exclusion import Plan, RecordedExclusion, Recurrence
from uptally.model.facts import Exclusion
from uptally.recurrence import occurrences
from uptally.rules.record.exclusions import (
    CONFIG_BY,
    EXCLUSION,
    EXCLUSION_REVOKED,
    as_planned,
    exclude,
    recorded_exclusions,
    revoke,
)
from uptally.rules.record.occurrences import exclusions_of
from uptally.units.time import DAY_MS, HOUR_MS, Window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER_4_MS = 1_791_072_000_000
"""2026-10-04, midnight in UTC."""
ONCE = Plan("move", "maintenance", OCTOBER_4_MS, OCTOBER_4_MS + HOUR_MS, ("shop",), "a new disk")
WEEKLY = Plan(
    "weekly",
    "maintenance",
    OCTOBER_4_MS,
    OCTOBER_4_MS + HOUR_MS,
    recurrence=Recurrence("FREQ=WEEKLY", "2026-10-04T02:00", BERLIN, HOUR_MS),
)
ALWAYS = Window(0, 1 << 50)
BEFORE_MS = OCTOBER_4_MS - 10 * DAY_MS


def weekly(recurrence: Recurrence, window: Window) -> Iterator[tuple[int, int]]:
    """Three Sundays, of those that touch the window."""
    for number in range(3):
        start_ms = OCTOBER_4_MS + number * 7 * DAY_MS
        if start_ms < window.end_ms and start_ms + recurrence.duration_ms > window.start_ms:
            yield start_ms, start_ms + recurrence.duration_ms


def recorded(*told: tuple[int, NewAct | list[NewAct]]) -> tuple[RecordedExclusion, ...]:
    return recorded_exclusions(on_record(*told))


def planned(*told: tuple[int, list[Plan]]) -> list[Act]:
    """What a daemon records that reads these plans, one after the other."""
    acts: list[Act] = []
    for at_ms, plans in told:
        acts += [
            Act(number, at_ms, new.kind, new.by, new.body, "")
            for number, new in enumerate(as_planned(acts, plans), start=len(acts) + 1)
        ]
    return acts


@pytest.mark.parametrize(
    "plan",
    [
        ONCE,
        WEEKLY,
        replace(ONCE, services=(), why="", declared_ms=OCTOBER_4_MS - DAY_MS, evidence="a letter"),
        replace(ONCE, id="Ü", services=("shop", "db")),
    ],
)
def test_plan_is_read_as_it_was_recorded(plan: Plan) -> None:
    assert recorded((5, exclude(plan, by="ann"))) == (RecordedExclusion(plan, "ann", 5, act=1),)


def test_body_is_canonical_and_tells_what_is_said() -> None:
    act = exclude(ONCE, by="ann")
    assert (act.kind, act.by) == ("exclusion", "ann")
    assert act.body == (
        '{"end_ms":1791075600000,"id":"move","kind":"maintenance","services":["shop"],"start_ms":1791072000000,'
        '"why":"a new disk"}'
    )


def test_body_is_written_in_the_letters_of_its_language() -> None:
    assert '"why":"größere Platte"' in exclude(replace(ONCE, why="größere Platte"), by="ann").body


def test_revoked_exclusion_keeps_when_that_was() -> None:
    (first,) = recorded((1, exclude(ONCE, by="ann")))
    acts = on_record((1, exclude(ONCE, by="ann")), (2, revoke(first, by="bob", why="off")))
    assert recorded_exclusions(acts) == (RecordedExclusion(ONCE, "ann", 1, 2, act=1),)
    assert (acts[1].by, acts[1].body) == ("bob", '{"act":1,"id":"move","why":"off"}')


def test_other_kinds_are_passed_over() -> None:
    assert recorded((1, NewAct("of-a-later-version", "ann", "no JSON")), (2, exclude(ONCE, by="ann")))[0].act == 2


@pytest.mark.parametrize(
    ("kind", "body", "what"),
    [
        (EXCLUSION, "{", "is no JSON"),
        (EXCLUSION, "[]", "is no table"),
        (EXCLUSION, "{}", "has no valid 'id'"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":1,"end_ms":1}', "ends before it starts"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":true,"end_ms":1}', "has no valid 'start_ms'"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":0.5,"end_ms":1}', "has no valid 'start_ms'"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":0,"end_ms":1,"services":[1]}', "has a 'services' that is no list"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":0,"end_ms":1,"half":true}', "says 'half', which this version"),
        (EXCLUSION, '{"id":"a","kind":"b","start_ms":0,"end_ms":1,"recurrence":7}', "is no table"),
        (
            EXCLUSION,
            '{"id":"a","kind":"b","start_ms":0,"end_ms":1,'
            '"recurrence":{"rule":"x","start":"y","zone":"../Mars","duration_ms":1}}',
            "names the time zone '../Mars'",
        ),
        (
            EXCLUSION,
            '{"id":"a","kind":"b","start_ms":0,"end_ms":1,'
            '"recurrence":{"rule":"x","start":"y","zone":"UTC","duration_ms":1,"half":1}}',
            "says 'half'",
        ),
        (EXCLUSION_REVOKED, '{"act":2,"id":"a","why":"b"}', "revokes act 2"),
        (EXCLUSION_REVOKED, '{"act":1,"id":"a"}', "has no valid 'why'"),
    ],
)
def test_body_that_cannot_be_understood_is_named_by_its_act(kind: str, body: str, what: str) -> None:
    with pytest.raises(LedgerCorrupt, match=rf"act 2 \({kind}\) {what}"):
        recorded((1, exclude(ONCE, by="ann")), (2, NewAct(kind, "ann", body)))


def test_second_revocation_is_corrupt() -> None:
    (first,) = recorded((1, exclude(ONCE, by="ann")))
    again = revoke(first, by="bob", why="off")
    with pytest.raises(LedgerCorrupt, match=r"act 3 .* revokes act 1"):
        recorded((1, exclude(ONCE, by="ann")), (2, again), (3, again))


def test_plans_are_recorded_once() -> None:
    acts = planned((1, [ONCE, WEEKLY]), (2, [ONCE, WEEKLY]), (3, [WEEKLY, ONCE]))
    assert [(act.kind, act.by, act.at_ms) for act in acts] == [(EXCLUSION, CONFIG_BY, 1)] * 2


def test_configuration_says_why_it_revokes() -> None:
    later = replace(ONCE, end_ms=ONCE.end_ms + HOUR_MS)
    acts = planned((1, [ONCE]), (2, [later]), (3, []))
    assert [(act.by, act.body) for act in acts if act.kind == EXCLUSION_REVOKED] == [
        ("config", '{"act":1,"id":"move","why":"changed in the configuration"}'),
        ("config", '{"act":3,"id":"move","why":"gone from it"}'),
    ]


def test_plan_that_is_gone_is_revoked_and_one_that_comes_back_is_recorded_anew() -> None:
    acts = planned((1, [ONCE]), (2, []), (3, []), (4, [ONCE]))
    assert [(act.kind, act.at_ms) for act in acts] == [(EXCLUSION, 1), (EXCLUSION_REVOKED, 2), (EXCLUSION, 4)]
    assert [(each.recorded_ms, each.revoked_ms) for each in recorded_exclusions(acts)] == [(1, 2), (4, None)]


def test_plan_of_another_time_is_revoked_and_its_notice_begins_anew() -> None:
    later = replace(ONCE, end_ms=ONCE.end_ms + HOUR_MS)
    found = recorded_exclusions(planned((1, [ONCE]), (2, [later])))
    assert [(each.plan, each.recorded_ms, each.revoked_ms) for each in found] == [(ONCE, 1, 2), (later, 2, None)]


def test_plan_under_other_words_keeps_its_notice() -> None:
    told, again = replace(ONCE, why="two new disks"), replace(ONCE, why="three new disks", text="New disks")
    found = recorded_exclusions(planned((1, [ONCE, WEEKLY]), (2, [told, WEEKLY]), (3, [again, WEEKLY])))
    assert [(each.plan, each.recorded_ms, each.revoked_ms) for each in found] == [(WEEKLY, 1, None), (again, 1, None)]


def test_what_another_records_under_other_words_is_no_word_of_the_first() -> None:
    (first,) = recorded((1, exclude(ONCE, by="ann")))
    gone, again = revoke(first, by="ann", why="off"), exclude(replace(ONCE, why="mine"), by="bob")
    found = recorded((1, exclude(ONCE, by="ann")), (2, [gone, again]))
    assert [(each.by, each.recorded_ms, each.revoked_ms) for each in found] == [("ann", 1, 2), ("bob", 2, None)]


def test_what_people_recorded_is_left_alone_by_the_configuration() -> None:
    acts = on_record((1, exclude(ONCE, by="ann")))
    assert as_planned(acts, []) == []
    assert as_planned(acts, [ONCE]) == [exclude(ONCE, by=CONFIG_BY)]


def test_occurrences_are_told_by_their_local_dates() -> None:
    late = replace(WEEKLY, id="late")
    evening = Recurrence("FREQ=WEEKLY", "2026-10-04T23:30", ZoneInfo("America/New_York"), HOUR_MS)
    found = exclusions_of(
        recorded((1, exclude(WEEKLY, by="a")), (1, exclude(replace(late, recurrence=evening), by="a"))),
        "shop",
        Window(OCTOBER_4_MS + DAY_MS, OCTOBER_4_MS + 8 * DAY_MS),
        weekly,
    )
    # Midnight in UTC is 02:00 of the same day in Berlin, and 20:00 of the day before in New York.
    start_ms = OCTOBER_4_MS + 7 * DAY_MS
    assert found == (
        Exclusion("late@2026-10-10", "maintenance", start_ms, start_ms + HOUR_MS, 1),
        Exclusion("weekly@2026-10-11", "maintenance", start_ms, start_ms + HOUR_MS, 1),
    )


def test_occurrences_of_one_day_are_told_apart_by_their_times() -> None:
    recurrence = Recurrence("FREQ=DAILY;BYHOUR=2,14", "2026-10-04T02:00", BERLIN, HOUR_MS)
    held = [RecordedExclusion(replace(WEEKLY, id="twice", recurrence=recurrence), "ann", 1)]
    day = Window(OCTOBER_4_MS, OCTOBER_4_MS + DAY_MS)
    found = exclusions_of(held, "shop", day, occurrences)
    assert [each.id for each in found] == ["twice@2026-10-04T02:00", "twice@2026-10-04T14:00"]


@pytest.mark.parametrize(
    ("rule", "name"),
    [
        ("FREQ=DAILY", "it@2026-10-04"),
        ("FREQ=DAILY;BYHOUR=2", "it@2026-10-04T02:00"),
        ("freq=hourly;byminute=0,30", "it@2026-10-04T02:00"),
        ("FREQ=MINUTELY;BYSECOND=0", "it@2026-10-04T02:00"),
    ],
)
def test_occurrences_have_their_times_where_the_rule_names_any(rule: str, name: str) -> None:
    plan = replace(WEEKLY, id="it", recurrence=Recurrence(rule, "2026-10-04T02:00", BERLIN, HOUR_MS))
    assert exclusions_of([RecordedExclusion(plan, "ann", 1)], "shop", ALWAYS, weekly)[0].id == name


def test_exclusions_are_told_by_their_begins_and_then_by_their_ids() -> None:
    plans = [
        replace(ONCE, id=name, start_ms=ONCE.start_ms + number, end_ms=ONCE.end_ms + number)
        for name, number in (("b", 1), ("a", 1), ("c", 0), ("d", 2))
    ]
    held = recorded((1, [exclude(plan, by="ann") for plan in plans]))
    assert [each.id for each in exclusions_of(held, "shop", ALWAYS, weekly)] == ["c", "a", "b", "d"]


def test_exclusion_of_another_service_hides_none_that_is_recorded_after_it() -> None:
    held = recorded((1, [exclude(replace(ONCE, id="a", services=("mail",)), by="ann"), exclude(ONCE, by="ann")]))
    assert [each.id for each in exclusions_of(held, "shop", ALWAYS, weekly)] == ["move"]


def test_exclusion_on_record_twice_is_told_once_as_it_was_first() -> None:
    held = recorded((1, exclude(ONCE, by="ann")), (2, exclude(ONCE, by="bob")))
    assert [each.notified_ms for each in exclusions_of(held, "shop", ALWAYS, weekly)] == [1]


def test_rules_of_rfc_5545_are_expanded_where_the_clocks_change() -> None:
    held = [RecordedExclusion(WEEKLY, "ann", 1)]
    around = Window(OCTOBER_4_MS + 20 * DAY_MS, OCTOBER_4_MS + 29 * DAY_MS)
    found = exclusions_of(held, "shop", around, occurrences)
    # From 25 October on, 02:00 in Berlin is 01:00 in UTC; on that day it comes twice, and the first of the two counts.
    assert [(each.id, each.start_ms - OCTOBER_4_MS) for each in found] == [
        ("weekly@2026-10-25", 21 * DAY_MS),
        ("weekly@2026-11-01", 28 * DAY_MS + HOUR_MS),
    ]


def test_only_what_concerns_the_service_and_touches_the_window_is_told_and_whole() -> None:
    held = recorded((1, exclude(ONCE, by="ann")))
    at_the_end = Window(ONCE.end_ms - 1, ONCE.end_ms + 5)
    assert exclusions_of(held, "shop", at_the_end, weekly) == (
        Exclusion("move", "maintenance", ONCE.start_ms, ONCE.end_ms, 1),
    )
    assert exclusions_of(held, "shop", Window(ONCE.end_ms, ONCE.end_ms + 5), weekly) == ()
    assert exclusions_of(held, "mail", at_the_end, weekly) == ()


def test_of_what_was_revoked_that_stays_which_had_begun() -> None:
    second_ms = OCTOBER_4_MS + 7 * DAY_MS

    def left(revoked_ms: int) -> list[str]:
        held = [RecordedExclusion(WEEKLY, "ann", BEFORE_MS, revoked_ms)]
        return [each.id for each in exclusions_of(held, "shop", ALWAYS, weekly)]

    assert left(second_ms) == ["weekly@2026-10-04"]
    assert left(second_ms + 1) == ["weekly@2026-10-04", "weekly@2026-10-11"]
    assert left(BEFORE_MS) == []
    once = [RecordedExclusion(ONCE, "ann", BEFORE_MS, ONCE.start_ms + 1)]
    assert [each.end_ms for each in exclusions_of(once, "shop", ALWAYS, weekly)] == [ONCE.end_ms]


def test_changed_plan_adds_nothing_to_what_had_begun_under_the_earlier_one() -> None:
    assert WEEKLY.recurrence
    longer = replace(WEEKLY, recurrence=replace(WEEKLY.recurrence, duration_ms=2 * HOUR_MS))
    shorter = replace(WEEKLY, recurrence=replace(WEEKLY.recurrence, duration_ms=HOUR_MS // 2))
    changed_ms = OCTOBER_4_MS + DAY_MS

    def found(after: Plan) -> list[tuple[str, int, int | None]]:
        held = recorded_exclusions(planned((BEFORE_MS, [WEEKLY]), (changed_ms, [after])))
        return [
            (each.id, (each.end_ms - each.start_ms) // 60_000, each.notified_ms)
            for each in exclusions_of(held, "shop", ALWAYS, weekly)
        ]

    assert found(shorter) == [
        ("weekly@2026-10-04", 60, BEFORE_MS),
        ("weekly@2026-10-11", 30, changed_ms),
        ("weekly@2026-10-18", 30, changed_ms),
    ]
    # What it adds beyond the earlier one was announced too late, and stands there to be told so.
    assert found(longer)[:3] == [
        ("weekly@2026-10-04", 60, BEFORE_MS),
        ("weekly@2026-10-04", 120, changed_ms),
        ("weekly@2026-10-11", 120, changed_ms),
    ]


def test_declared_announcement_counts_where_it_is_earlier_than_the_record() -> None:
    for declared_ms, expected_ms in ((BEFORE_MS, BEFORE_MS), (OCTOBER_4_MS + 9, OCTOBER_4_MS)):
        plan = replace(ONCE, declared_ms=declared_ms, evidence="a letter")
        (found,) = exclusions_of(recorded((OCTOBER_4_MS, exclude(plan, by="ann"))), "shop", ALWAYS, weekly)
        assert found.notified_ms == expected_ms
