"""Turns are those of all observations in order, in whatever order and batches they were delivered."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.made import Clock, histories, imported, in_order, observed, open_ledger
from tests.timelines import stories
from uptally.errors import LedgerCorrupt
from uptally.ledger import Reader
from uptally.ledger.storage import Storage
from uptally.model.observation import Kind, Observation, Outcome
from uptally.rules.availability import measure
from uptally.rules.course import derive
from uptally.units.time import Window


@cache
def empty_ledger() -> bytes:
    """A new ledger's file, made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Storage(path, location="local", clock=Clock(), version="1").close(is_clean=True, is_trusted=True)
        return path.read_bytes()


@contextmanager
def storage() -> Iterator[Storage]:
    """The writing connection without its thread, so that a test decides what is a batch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        path.write_bytes(empty_ledger())
        opened = Storage(path, location="local", clock=Clock(), version="1")
        yield opened
        opened.close(is_clean=True, is_trusted=True)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Observation], list[list[Observation]]]:
    """A history, and the batches in which it comes: shuffled, some observations twice."""
    history = draw(histories())
    again = draw(st.lists(st.sampled_from(history), max_size=5)) if history else []
    shuffled = draw(st.permutations([*history, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=6)))
    return history, [shuffled[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]


@given(deliveries())
@settings(max_examples=200)
def test_turns_are_those_of_the_history_in_order(delivery: tuple[list[Observation], list[list[Observation]]]) -> None:
    history, batches = delivery
    with storage() as opened:
        for batch in batches:
            opened.commit(batch)
        with Reader.open(opened.path) as reader:
            reader.check_turns()
            timelines = reader.timelines(location="local", since_ms=-1)
            for slug in ("web", "db"):
                own = in_order(history, slug)
                speaking = [each for each in own if each.outcome is not Outcome.MISSED]
                if speaking:
                    _, turns, blips = derive(own)
                    assert timelines[slug] == (speaking[0].at_ms, turns, speaking[-1], blips)
                else:
                    assert slug not in timelines


@given(stories(), st.data())
@settings(max_examples=100)
def test_observations_may_come_in_any_order_however_far_the_rules_reach(
    story: list[Observation], data: st.DataObject
) -> None:
    failures = [each for each in story if each.outcome is Outcome.DOWN]
    late = [
        each
        for some in (failures, story)
        if some
        for each in data.draw(st.lists(st.sampled_from(some), max_size=4, unique=True))
    ]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(story)), max_size=4)))
    delivered = [each for each in story if each not in late]
    # Some of the others may come after them.
    at = data.draw(st.integers(0, len(delivered)))
    delivered[at:at] = data.draw(st.permutations([each for each in story if each in late]))
    with storage() as opened:
        for begin, end in pairwise([0, *cuts, len(story)]):
            opened.commit(delivered[begin:end])
        with Reader.open(opened.path) as reader:
            reader.check_turns()


@given(stories(), st.data())
@settings(max_examples=50)
def test_turns_go_on_where_a_process_begins_amidst_them(story: list[Observation], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(story)))
    with storage() as first:
        first.commit(story[:cut])
        again = Storage(first.path, location="local", clock=Clock(), version="1")
        for each in story[cut:]:
            again.commit([each])
        with Reader.open(first.path) as reader:
            reader.check_turns()
        again.close(is_clean=True, is_trusted=True)


@given(deliveries(), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), min_size=1), st.integers(-5, 60))
@settings(max_examples=200)
def test_availability_is_what_the_whole_timeline_adds_up_to(
    delivery: tuple[list[Observation], list[list[Observation]]], ends: list[tuple[int, int]], as_of_ms: int
) -> None:
    windows = [Window(*pair) for pair in ends]
    with storage() as opened:
        for batch in delivery[1]:
            opened.commit(batch)
        with Reader.open(opened.path) as reader:
            timelines = reader.timelines(location="local", since_ms=-10)
            found = reader.availabilities(windows, location="local", as_of_ms=as_of_ms)
    assert found == {
        slug: tuple(measure(timeline, window, as_of_ms=as_of_ms) for window in windows)
        for slug, timeline in timelines.items()
    }


@given(histories(), st.lists(st.integers(0, 60), unique=True, max_size=20))
def test_import_before_between_and_after_live_observations_folds_in(history: list[Observation], at: list[int]) -> None:
    rows = [imported(at_ms, Outcome.DOWN if at_ms % 3 else Outcome.UP, kind=Kind.RECHECK) for at_ms in at]
    live = [each for each in history if each.boot and each.kind is Kind.GRID]
    with storage() as opened:
        opened.commit(live)
        opened.transact(lambda storage: storage.fold.take(rows))
        with Reader.open(opened.path) as reader:
            reader.check_turns()
            (turns,) = (
                timeline.turns for timeline in reader.timelines(location="local", since_ms=-1, slugs=["web"]).values()
            )
    assert turns == derive(in_order([*live, *rows], "web")).turns


def test_late_observations_that_fill_a_gap_leave_no_turns_after_it() -> None:
    with storage() as opened:
        opened.commit([observed(0), observed(1_000), observed(9_000)])
        opened.commit([observed(at_ms) for at_ms in range(2_000, 9_000, 1_000)])
        with Reader.open(opened.path) as reader:
            reader.check_turns()
            (timeline,) = reader.timelines(location="local", since_ms=0).values()
    assert len(timeline.turns) == 1


def test_scattered_late_observations_are_folded_each_on_its_own() -> None:
    hour_ms = 3_600_000
    regular = [observed(minute * 60_000, interval_ms=60_000) for minute in range(24 * 60)]
    late = [observed(hour * 5 * hour_ms + 30_000, Outcome.DOWN, interval_ms=60_000) for hour in range(4)]
    with storage() as opened:
        opened.commit(regular)
        opened.commit(late)
        with Reader.open(opened.path) as reader:
            reader.check_turns()
            (timeline,) = reader.timelines(location="local", since_ms=0).values()
    assert len(timeline.turns) == 1 + 2 * len(late)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE turns SET latest_ms = latest_ms + 1 WHERE state = 1",
        "DELETE FROM turns WHERE state = 1",
        "INSERT INTO turns VALUES (1, 1, 99999, 1, 50, 0, 0, 0, 1000, 0, 0, 0, 0, 0, 0, '0', 0)",
        "INSERT INTO blips VALUES (1, 1, 1000, 0, 2000, 40)",
        "UPDATE turns SET down_ms = down_ms + 1 WHERE start_ms = (SELECT max(start_ms) FROM turns)",
    ],
)
def test_turns_that_do_not_follow_from_observations_are_found(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.db"
    ledger = open_ledger(path)
    for each in (observed(0), observed(1_000, Outcome.DOWN), observed(2_000)):
        ledger.submit(each)
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()
    with Reader.open(path) as reader, pytest.raises(LedgerCorrupt, match="of web at local"):
        reader.check_turns()
