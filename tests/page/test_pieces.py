"""What is put together from pieces that were kept is what would be made anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.page.sample import NOW_MS, settings, standings
from tests.page.test_promises import NOTE, RUNNING, notes
from tests.page.told import BULLETIN, SERVICES, maintenance
from uptally.model.credit_note import CreditNotes
from uptally.model.notice import Bulletin, MaintenanceNotice
from uptally.model.statement import Standing
from uptally.model.timeline import State
from uptally.page.incidents import Board
from uptally.page.pieces import Keep, Pieces, Prepared, anew
from uptally.page.programs import render_programs
from uptally.page.render import render_endpoint, render_index
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

ALL = standings()
NOTES = (None, notes(NOTE, slug="dns"), notes(RUNNING, NOTE, slug="dns"), notes(slug="dns"))
UPKEEP = ((), BULLETIN.maintenance, (maintenance("one", NOW_MS - 3 * DAY_MS, hours=30),))


class World:
    """All that the overview and the files for programs are made of; each step changes some of it."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.standings: list[Standing] = [*ALL]
        self.notes: CreditNotes | None = None
        self.upkeep: tuple[MaintenanceNotice, ...] = ()

    def turn(self, number: int) -> None:
        one = self.standings[number % len(ALL)]
        state = State((number + 1) % 3)
        self.standings[number % len(ALL)] = replace(one, state=state, since_ms=self.now_ms, as_of_ms=self.now_ms)

    def silence(self, number: int) -> None:
        one = self.standings[number % len(ALL)]
        self.standings[number % len(ALL)] = replace(one, is_stale=not one.is_stale)

    def look(self, number: int) -> None:
        self.standings = [replace(each, as_of_ms=self.now_ms) for each in self.standings]

    def note(self, number: int) -> None:
        self.notes = NOTES[number % len(NOTES)]

    def maintain(self, number: int) -> None:
        self.upkeep = UPKEEP[number % len(UPKEEP)]

    def wait(self, number: int) -> None:
        self.now_ms += (MINUTE_MS, HOUR_MS, 12 * HOUR_MS, 8 * DAY_MS)[number % 4]

    def group(self, number: int) -> None:
        one = self.standings[number % len(ALL)]
        self.standings[number % len(ALL)] = replace(one, endpoint=replace(one.endpoint, group="G" * (number % 2)))

    def swap(self, number: int) -> None:
        self.standings = [*self.standings[number % len(ALL) :], *self.standings[: number % len(ALL)]]

    def files(self, keep: Keep) -> dict[str, bytes]:
        found = {} if self.notes is None else {"dns": self.notes, "whole": replace(self.notes, slug="whole")}
        board = Board(Bulletin(BULLETIN.incidents, self.upkeep), SERVICES)
        index = render_index(
            self.standings,
            settings=settings(),
            now_ms=self.now_ms,
            version="1",
            notes=found,
            board=board,
            keep=keep,
        )
        programs = render_programs(
            self.standings, settings=settings(), now_ms=self.now_ms, notes=found, board=board, keep=keep
        )
        return {**programs, "index.html": index}


STEPS = (World.turn, World.silence, World.look, World.note, World.maintain, World.wait, World.group, World.swap)


@hypothesis_settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40)), min_size=1, max_size=6))
def test_whatever_changes_what_is_kept_is_what_would_be_made_anew(
    steps: list[tuple[Callable[[World, int], None], int]],
) -> None:
    world, pieces = World(), Pieces()
    assert world.files(pieces.keep) == world.files(anew)
    for step, number in steps:
        step(world, number)
        assert world.files(pieces.keep) == world.files(anew)


def test_after_a_change_of_state_no_other_service_is_written_anew() -> None:
    world, pieces, made = World(), Pieces(), []

    def watched(kind: Hashable, slug: str, made_of: object, make: Callable[[], bytes]) -> bytes:
        def noted() -> bytes:
            made.append(slug)
            return make()

        return pieces.keep(kind, slug, made_of, noted)

    world.files(watched)
    assert set(made) == {each.endpoint.slug for each in ALL if each.endpoint.is_public}
    made.clear()
    world.turn(4)
    world.wait(0)
    world.files(watched)
    assert made == [ALL[4].endpoint.slug] * 2


def prepared_with_the_pages(world: World) -> Prepared:
    prepared = Prepared()
    board = Board(Bulletin(BULLETIN.incidents, world.upkeep), SERVICES)
    for each in world.standings:
        if each.endpoint.is_public:
            render_endpoint(
                each,
                settings=settings(),
                latencies=(),
                now_ms=world.now_ms,
                version="1",
                notes=world.notes if each.endpoint.slug == "dns" else None,
                board=board,
                prepared=prepared,
            )
    # What is kept of how services stand is cut.
    world.standings = [replace(each, outages=each.outages[:1]) for each in world.standings]
    return prepared


@pytest.mark.parametrize("found", NOTES)
@pytest.mark.parametrize("upkeep", UPKEEP)
def test_rows_that_were_made_with_the_pages_are_what_would_be_made_anew(
    found: CreditNotes | None, upkeep: tuple[MaintenanceNotice, ...]
) -> None:
    world, made = World(), []
    world.notes, world.upkeep = found, upkeep
    prepared = prepared_with_the_pages(world)

    def watched(kind: Hashable, slug: str, made_of: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        def noted() -> bytes:
            made.append(kind)
            return make()

        return prepared.keep(kind, slug, made_of, noted)

    assert world.files(watched) == world.files(anew)
    assert {*made} == {"figures"}


def test_rows_that_were_made_in_the_month_before_are_made_anew() -> None:
    world = World()
    prepared = prepared_with_the_pages(world)
    world.standings[0] = replace(world.standings[0], as_of_ms=NOW_MS + 10 * DAY_MS)
    assert world.files(prepared.keep) == world.files(anew)


def test_pieces_take_a_small_part_of_what_they_are_put_together_to() -> None:
    pieces = Pieces()
    for number in range(100):
        text = f"<li>service {number}".encode() + b"<b>is up</b>" * 150
        assert pieces.keep("row", str(number), number, partial(bytes, text)) == text
    packed = sum(len(each.packed) for each in pieces._kept.values())
    assert packed < 100 * len(text) // 10


def test_of_very_many_services_only_so_many_pieces_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uptally.page.pieces._MOST", 2)
    pieces = Pieces()
    for made_of in (b"old", b"old", b"new"):
        assert [pieces.keep("row", slug, made_of, partial(bytes, made_of)) for slug in "abc"] == [made_of] * 3
    assert len(pieces._kept) == 2
