"""The algebra of time: each case is drawn as a line, one letter a millisecond."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.units.stretches import (
    NEVER,
    Stretches,
    clipped,
    covers,
    difference,
    earliest,
    intersection,
    length_ms,
    stretches,
    union,
)


def line(drawn: str) -> Stretches:
    """Return the time of the marks of a line."""
    return tuple((match.start(), match.end()) for match in re.finditer("#+", drawn))


INSTANTS = range(-2, 42)


def instants(parts: Stretches) -> set[int]:
    return {at_ms for start_ms, end_ms in parts for at_ms in range(start_ms, end_ms)}


def is_in_form(parts: Stretches) -> bool:
    """Tell whether stretches rise, are not empty and neither overlap nor touch."""
    edges = [edge for part in parts for edge in part]
    return all(left < right for left, right in pairwise(edges))


TIMES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8).map(stretches)


def test_pieces_that_touch_are_one() -> None:
    assert stretches([(0, 3), (3, 5)]) == ((0, 5),)


def test_pieces_that_are_a_millisecond_apart_are_two() -> None:
    assert stretches([(0, 3), (4, 5)]) == ((0, 3), (4, 5))


def test_piece_inside_another_changes_nothing() -> None:
    assert stretches([(0, 10), (2, 5)]) == ((0, 10),)


def test_piece_after_one_that_is_inside_another_joins_the_longer() -> None:
    assert stretches([(0, 10), (2, 5), (9, 12)]) == ((0, 12),)


def test_pieces_are_put_in_order() -> None:
    assert stretches([(8, 9), (0, 1), (4, 5)]) == ((0, 1), (4, 5), (8, 9))


@pytest.mark.parametrize("piece", [(5, 5), (7, 5)])
def test_piece_without_length_is_no_time(piece: tuple[int, int]) -> None:
    assert stretches([piece]) == NEVER


def test_empty_piece_does_not_join_its_neighbours() -> None:
    assert stretches([(0, 3), (3, 3), (4, 6)]) == ((0, 3), (4, 6))


def test_empty_piece_between_two_that_touch_leaves_one() -> None:
    assert stretches([(0, 3), (3, 3), (3, 6)]) == ((0, 6),)


def test_union_of_nothing_is_never() -> None:
    assert union() == NEVER
    assert union(NEVER, NEVER) == NEVER


def test_union_with_never_is_the_other() -> None:
    assert union(NEVER, line(" ## #"), NEVER) == line(" ## #")


def test_union_is_the_time_of_any() -> None:
    assert union(line("##    ##"), line(" ###    "), line("     #  ")) == line("#### ###")


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        ("##    ", "  ##  ", "      "),
        ("###   ", "  ##  ", "  #   "),
        ("######", " #  # ", " #  # "),
        (" #  # ", "######", " #  # "),
        ("## ## ", " ###  ", " # #  "),
        ("## ## ##", " ### ## ", " # #  # "),
        ("## ##", "     ", "     "),
    ],
)
def test_intersection_is_the_time_in_both(left: str, right: str, both: str) -> None:
    assert intersection(line(left), line(right)) == line(both)


@pytest.mark.parametrize(
    ("left", "right", "rest"),
    [
        ("  ####  ", "        ", "  ####  "),
        ("        ", "  ####  ", "        "),
        ("  ####  ", "  ####  ", "        "),
        ("  ####  ", " ###### ", "        "),
        ("  ####  ", "####    ", "    ##  "),
        ("  ####  ", "    ####", "  ##    "),
        ("  ####  ", "   ##   ", "  #  #  "),
        ("  ####  ", "##    ##", "  ####  "),
        ("#### ###", " ## ##  ", "#  #  ##"),
        ("## ## ##", "########", "        "),
        ("########", "# # # # ", " # # # #"),
    ],
)
def test_difference_is_the_first_without_the_second(left: str, right: str, rest: str) -> None:
    assert difference(line(left), line(right)) == line(rest)


def test_one_stretch_of_the_second_may_cut_two_of_the_first() -> None:
    assert difference(((0, 10), (20, 30)), ((5, 25),)) == ((0, 5), (25, 30))


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ((0, 20), " ###   ## "),
        ((1, 4), " ###      "),
        ((2, 3), "  #       "),
        ((2, 8), "  ##   #  "),
        ((4, 7), "          "),
        ((3, 7), "   #      "),
        ((4, 8), "       #  "),
        ((9, 20), "          "),
        ((-5, 1), "          "),
        ((2, 2), "          "),
        ((8, 2), "          "),
    ],
)
def test_clipping_leaves_what_lies_inside(to: tuple[int, int], found: str) -> None:
    assert clipped(line(" ###   ## "), to) == line(found)


@pytest.mark.parametrize(
    ("most_ms", "found"),
    [(-1, "      "), (0, "      "), (1, "#     "), (2, "##    "), (3, "## #  "), (4, "## ## "), (9, "## ## ")],
)
def test_first_milliseconds_are_taken_in_order(most_ms: int, found: str) -> None:
    assert earliest(line("## ## "), most_ms=most_ms) == line(found)


@pytest.mark.parametrize(
    ("at_ms", "is_covered"), [(0, False), (1, True), (2, True), (3, False), (4, True), (5, False), (-9, False)]
)
def test_stretch_covers_its_first_instant_but_not_its_end(at_ms: int, is_covered: bool) -> None:
    assert covers(line(" ## #"), at_ms) is is_covered


def test_never_covers_nothing() -> None:
    assert not covers(NEVER, 0)


def test_length_is_that_of_all_together() -> None:
    assert length_ms(((0, 4), (10, 11))) == 5
    assert length_ms(NEVER) == 0


@given(TIMES, TIMES)
def test_every_operation_agrees_with_sets_of_instants_and_keeps_the_form(left: Stretches, right: Stretches) -> None:
    expected: list[tuple[Stretches, set[int]]] = [
        (union(left, right), instants(left) | instants(right)),
        (intersection(left, right), instants(left) & instants(right)),
        (difference(left, right), instants(left) - instants(right)),
    ]
    for result, found in expected:
        assert instants(result) == found
        assert is_in_form(result)


@given(TIMES, st.integers(-1, 41), st.integers(-1, 41))
def test_clipping_is_the_intersection_with_one_stretch(parts: Stretches, start_ms: int, end_ms: int) -> None:
    result = clipped(parts, (start_ms, end_ms))
    assert instants(result) == instants(parts) & set(range(start_ms, end_ms))
    assert is_in_form(result)


@given(TIMES)
def test_covered_are_the_instants_in_them(parts: Stretches) -> None:
    assert {at_ms for at_ms in INSTANTS if covers(parts, at_ms)} == instants(parts)


@given(TIMES, st.integers(-1, 50))
def test_earliest_are_the_first_instants(parts: Stretches, most_ms: int) -> None:
    result = earliest(parts, most_ms=most_ms)
    assert sorted(instants(result)) == sorted(instants(parts))[: max(0, most_ms)]
    assert is_in_form(result)
