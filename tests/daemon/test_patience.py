"""How long a peer lets idle connections stand is believed from the second time on, and for a day."""

from __future__ import annotations

import pytest

from uptally.daemon.patience import HELD_MAX_MS, SHORTEST_MS, Patience
from uptally.units.time import DAY_MS

DAY_NS = DAY_MS * 1_000_000


@pytest.mark.parametrize(
    ("stood_ms", "holds_ms"),
    [
        ([], HELD_MAX_MS),
        ([60_000], HELD_MAX_MS),
        ([60_000, 60_000], 54_000),
        ([85_000, 62_000], 55_800),
        ([62_000, 124_000], 55_800),
        ([62_000, 124_001], HELD_MAX_MS),
        ([17_000, 9_000_000], HELD_MAX_MS),
        ([60_000, 60_000, 5_000], 54_000),
        ([60_000, 60_000, 5_000, 6_000], 4_500),
        ([HELD_MAX_MS * 2] * 2, HELD_MAX_MS),
        ([SHORTEST_MS] * 2, SHORTEST_MS * 9 // 10),
        ([SHORTEST_MS - 1] * 2, None),
        ([0, SHORTEST_MS - 1], None),
    ],
)
def test_two_ends_after_about_as_long_are_a_habit(stood_ms: list[int], holds_ms: int | None) -> None:
    patience = Patience()
    for each in stood_ms:
        patience.learn(each, now_ns=5)
    assert patience.holds_ms(now_ns=5 + DAY_NS) == holds_ms


def test_what_was_learnt_is_forgotten_after_a_day() -> None:
    patience = Patience()
    for _ in range(2):
        patience.learn(60_000, now_ns=5)
    assert patience.holds_ms(now_ns=6 + DAY_NS) == HELD_MAX_MS
    patience.learn(60_000, now_ns=7 + DAY_NS)
    assert patience.holds_ms(now_ns=7 + DAY_NS) == HELD_MAX_MS


def test_nothing_is_held_for_a_day_once_it_did_harm() -> None:
    patience = Patience()
    patience.exhaust(now_ns=5)
    assert patience.holds_ms(now_ns=5 + DAY_NS) is None
    assert patience.holds_ms(now_ns=6 + DAY_NS) == HELD_MAX_MS
