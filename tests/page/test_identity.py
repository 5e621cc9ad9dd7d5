"""What programs call things: whoever subscribed once must find them under the same names for ever."""

from __future__ import annotations

from itertools import permutations

from uptally.page.identity import api_id, uuid_of


def test_names_are_those_that_were_given_out_before() -> None:
    assert api_id("component", "website") == "d53oa53xd75r"
    assert str(uuid_of("maintenance", "weekly@2026-10-04")) == "28c57393-7578-567b-bdb1-dc35ab21c2a2"


def test_no_two_lists_of_names_are_one() -> None:
    lists = [("a", "b", "c"), ("ab", "c"), ("a", "bc"), ("abc",), ("a", "1:b", "c"), ("a1:b", "c"), ("a", "", "bc")]
    found = {str(uuid_of(*each)) for names in lists for each in permutations(names)}
    assert len(found) == len({each for names in lists for each in permutations(names)})


def test_an_id_of_the_api_is_twelve_small_letters_and_digits() -> None:
    for number in range(1_000):
        found = api_id("component", str(number))
        assert len(found) == 12
        assert set(found) <= set("0123456789abcdefghijklmnopqrstuvwxyz")
