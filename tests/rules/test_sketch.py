"""A sketch against the sorted list that it stands for."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.rules.sketch import Sketch, added_up, bounds_of, bucket_of, middle_of

LATENCIES = st.one_of(st.integers(0, 300), st.integers(0, 60_000_000), st.integers(0, 1 << 50))
SHARES = st.fractions(0, 1).filter(bool)


@given(st.lists(LATENCIES, min_size=1), SHARES)
def test_quantile_is_within_one_per_cent_of_the_sorted_lists(values: list[int], share: Fraction) -> None:
    rank = -(-len(values) * share.numerator // share.denominator)
    exact = sorted(values)[rank - 1]
    assert abs(Sketch.of(values).quantile(share) - exact) * 100 <= exact


@given(st.lists(st.integers(0, 127), min_size=1), SHARES)
def test_quantile_below_128_us_is_exact(values: list[int], share: Fraction) -> None:
    rank = -(-len(values) * share.numerator // share.denominator)
    assert Sketch.of(values).quantile(share) == sorted(values)[rank - 1]


@given(st.lists(LATENCIES), st.lists(LATENCIES))
def test_parts_add_up_to_the_whole(some: list[int], others: list[int]) -> None:
    assert added_up([Sketch.of(some), Sketch.of(others)]) == Sketch.of([*some, *others])


@given(st.lists(LATENCIES), st.lists(LATENCIES))
def test_part_is_taken_from_the_whole(some: list[int], others: list[int]) -> None:
    assert Sketch.of([*some, *others]).without(Sketch.of(others)) == Sketch.of(some)


@given(st.lists(st.lists(LATENCIES, min_size=1), min_size=1), SHARES)
def test_quantile_of_merged_sketches_is_within_one_per_cent_of_all_values(
    parts: list[list[int]], share: Fraction
) -> None:
    values = sorted(value for part in parts for value in part)
    exact = values[-(-len(values) * share.numerator // share.denominator) - 1]
    assert abs(added_up(map(Sketch.of, parts)).quantile(share) - exact) * 128 <= exact


@given(st.lists(LATENCIES, min_size=1), st.lists(SHARES))
def test_quantiles_in_one_pass_are_those_one_by_one(values: list[int], shares: list[Fraction]) -> None:
    sketch = Sketch.of(values)
    assert sketch.quantiles(*sorted(shares)) == tuple(map(sketch.quantile, sorted(shares)))


def test_several_quantiles_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        Sketch({}).quantiles(Fraction(1, 2))


@given(st.lists(LATENCIES))
def test_bytes_are_read_back(values: list[int]) -> None:
    sketch = Sketch.of(values)
    assert Sketch.decode(sketch.encode()) == sketch
    assert sketch.count == len(values)


@given(LATENCIES, LATENCIES)
def test_buckets_rise_with_the_value(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert bucket_of(low) <= bucket_of(high)


@given(LATENCIES)
def test_middle_lies_in_its_own_bucket(value: int) -> None:
    assert bucket_of(middle_of(bucket_of(value))) == bucket_of(value)


@given(st.lists(LATENCIES, min_size=1), st.data())
def test_bytes_that_are_cut_off_are_refused_or_hold_less(values: list[int], data: st.DataObject) -> None:
    encoded = Sketch.of(values).encode()
    cut = encoded[: data.draw(st.integers(0, len(encoded) - 1))]
    try:
        held = Sketch.decode(cut).count
    except ValueError:
        held = 0
    assert held < len(values)


def test_hour_of_a_busy_endpoint_takes_little() -> None:
    values = [20_000 + index * index % 9_973 for index in range(3_600)]
    assert len(Sketch.of(values).encode()) < 200


def test_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        Sketch.of([]).quantile(Fraction(1, 2))


def test_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="no duration"):
        Sketch.of([-1])


@pytest.mark.parametrize(
    ("value", "middle"),
    [
        (0, 0),
        (127, 127),
        (128, 128),
        (130, 130),
        (255, 254),
        (256, 257),
        (259, 257),
        (260, 261),
        (1_000_000, 1_003_519),
    ],
)
def test_value_is_told_as_the_middle_of_its_bucket_cut_off(value: int, middle: int) -> None:
    assert middle_of(bucket_of(value)) == middle


@pytest.mark.parametrize(
    ("bucket", "count", "encoded"),
    [
        (5, 1, b"\x05\x01"),
        (127, 127, b"\x7f\x7f"),
        (128, 300, b"\x80\x01\xac\x02"),
        (3, 1 << 14, b"\x03\x80\x80\x01"),
    ],
)
def test_numbers_are_written_seven_bits_to_a_byte_the_lowest_first(bucket: int, count: int, encoded: bytes) -> None:
    sketch = Sketch({bucket: count})
    assert sketch.encode() == encoded
    assert Sketch.decode(encoded) == sketch


@pytest.mark.parametrize("encoded", [b"\x05", b"\x05\x81", b"\x05\x01\x02", b"\x80"])
def test_bytes_that_end_within_a_number_or_a_pair_are_refused(encoded: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the bytes of a sketch are cut off$"):
        Sketch.decode(encoded)


@pytest.mark.parametrize(("share", "value"), [(Fraction(1, 3), 10), (Fraction(2, 3), 20), (Fraction(99, 100), 30)])
def test_quantile_is_the_least_value_that_the_share_does_not_exceed(share: Fraction, value: int) -> None:
    assert Sketch.of([30, 10, 20]).quantile(share) == value


def test_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a quantile of no values, or a share above one$"):
        Sketch.of([10]).quantile(Fraction(2))


def test_buckets_tile_all_latencies_one_microsecond_wide_below_128_and_two_from_there_on() -> None:
    assert [bounds_of(bucket) for bucket in (0, 127, 128, 129)] == [(0, 0), (127, 127), (128, 129), (130, 131)]
    for bucket in range(2_000):
        least, most = bounds_of(bucket)
        assert bounds_of(bucket + 1)[0] == most + 1
        assert (bucket_of(least), bucket_of(most)) == (bucket, bucket)
