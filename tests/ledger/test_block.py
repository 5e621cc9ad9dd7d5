"""The codec of blocks: exact, small, and proof against bytes that are none."""

from __future__ import annotations

import random
import struct
import tracemalloc
import zlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uptally.errors import LedgerCorrupt, LedgerError, LedgerTooNew
from uptally.ledger.block import MOST, Columns, decode, encode
from uptally.units.time import HOUR_MS

Row = tuple[int, ...]

HOUR: list[Row] = [
    (1_790_000_000_123 + second * 1_000 + second % 3, 7, second, 0, 20_000 + second * 37 % 4_001, 0, 0, 1_000, 500)
    for second in range(HOUR_MS // 1_000)
]

INTEGERS = st.integers(-(1 << 63), (1 << 63) - 1)
ALMOST_EVEN = st.integers(-300, 70_000) | st.integers(-(1 << 33), 1 << 33) | INTEGERS


def columns(rows: Sequence[Row]) -> Columns:
    return Columns(*zip(*rows, strict=True))


def rows(found: Columns) -> list[Row]:
    return list(zip(*found, strict=True))


def inflated(block: bytes) -> tuple[bytes, bytes]:
    return block[:5], zlib.decompress(block[5:])


@given(st.lists(st.tuples(*[INTEGERS] * 9), min_size=1, max_size=300))
def test_any_integers_come_back(given_rows: list[Row]) -> None:
    assert rows(decode(encode(columns(given_rows)))) == given_rows


@given(
    st.lists(
        st.tuples(
            ALMOST_EVEN,
            st.sampled_from([0, 1_790_000_000_000]),
            ALMOST_EVEN,
            st.integers(0, 1),
            ALMOST_EVEN,
            st.integers(0, 4),
            st.sampled_from([0, 50, 92]),
            st.sampled_from([1_000, 60_000]),
            st.integers(0, 20),
        ),
        min_size=1,
        max_size=1_000,
    )
)
def test_observations_with_gaps_restarts_and_spikes_come_back(given_rows: list[Row]) -> None:
    assert rows(decode(encode(columns(given_rows)))) == given_rows


@pytest.mark.parametrize("edge", [0x7F, 0x80, 0x7F7F, 0x8080, 0x7F7F7F7F, 0x80808080])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
@pytest.mark.parametrize("sign", [-1, 1])
def test_differences_at_the_edges_of_a_width_come_back(edge: int, beyond: int, sign: int) -> None:
    instants = [0, 10, 20, 30 + sign * (edge + beyond), 40 + sign * (edge + beyond)]
    given_rows = [(at_ms, 1, 1, 0, 1, 0, 0, 1, 1) for at_ms in instants]
    assert rows(decode(encode(columns(given_rows)))) == given_rows


def test_block_of_the_most_observations_of_the_most_kinds_comes_back() -> None:
    chance = random.Random(1)
    given_rows = [tuple(chance.getrandbits(64) - (1 << 63) for _ in range(9)) for _ in range(MOST)]
    assert rows(decode(encode(columns(given_rows)))) == given_rows


@pytest.mark.parametrize("number", [0, MOST + 1])
def test_number_of_observations_is_bounded(number: int) -> None:
    with pytest.raises(ValueError, match="1 to 65536"):
        encode(Columns(*[[0] * number] * 9))


def test_regular_hour_takes_less_than_two_bytes_an_observation() -> None:
    assert len(encode(columns(HOUR))) < 2 * len(HOUR)


def test_format_is_the_one_that_is_written_down() -> None:
    """Made by hand from docs/ledger-format.md, so that no later version reads stored blocks in another way."""
    instants = struct.pack("<Bqq", 1, 1_000, 1_000) + bytes([0x80 + 2, 0x80 - 2])
    sequences = struct.pack("<Bqq", 0, 5, 1)
    durations = struct.pack("<Bqq", 2, 20_000, 0) + bytes([0x80 + 1, 0x7F]) + bytes([0x80, 0x80])
    kinds = struct.pack("<I12q", 2, 9, 0, 0, 0, 1_000, 500, 9, 0, 2, 50, 1_000, 500) + bytes([0, 1, 0])
    block = struct.pack("<BI", 1, 3) + zlib.compress(instants + sequences + durations + kinds)
    assert rows(decode(block)) == [
        (1_000, 9, 5, 0, 20_000, 0, 0, 1_000, 500),
        (2_002, 9, 6, 0, 20_001, 2, 50, 1_000, 500),
        (3_000, 9, 7, 0, 20_000, 0, 0, 1_000, 500),
    ]


def test_values_that_differ_too_much_are_written_whole() -> None:
    given_rows = [(at_ms, 9, 5 + at_ms // 1_000, 0, 0, 0, 0, 1_000, 500) for at_ms in (0, 1_000, 2_000)]
    given_rows[0] = (*given_rows[0][:4], 1 << 40, *given_rows[0][5:])
    head, body = inflated(encode(columns(given_rows)))
    assert head == struct.pack("<BI", 1, 3)
    whole = b"".join(bytes([byte, 0, 0]) for byte in struct.pack("<q", 1 << 40))
    assert body == (
        struct.pack("<Bqq", 0, 0, 1_000)
        + struct.pack("<Bqq", 0, 5, 1)
        + (struct.pack("<Bqq", 8, 0, 0) + whole)
        + struct.pack("<I6q", 1, 9, 0, 0, 0, 1_000, 500)
    )


@given(st.integers(0), st.integers(1, 255))
@settings(max_examples=500)
def test_flipped_byte_is_found_or_changes_nothing(position: int, flips: int) -> None:
    block = bytearray(encode(columns(HOUR[:100])))
    block[position % len(block)] ^= flips
    try:
        found = rows(decode(bytes(block)))
    except LedgerError:
        return
    assert found == HOUR[:100]


@given(st.integers(0))
def test_block_that_was_cut_off_is_corrupt(length: int) -> None:
    block = encode(columns(HOUR[:100]))
    with pytest.raises(LedgerCorrupt):
        decode(block[: length % len(block)])


@given(st.integers(1, MOST), st.binary(max_size=2_000))
def test_bytes_of_something_else_are_refused(number: int, body: bytes) -> None:
    for stream in (body, zlib.compress(body)):
        with pytest.raises(LedgerError):
            decode(struct.pack("<BI", 1, number) + stream)


@given(st.binary(max_size=200), st.integers(0), st.integers(1, 3))
@settings(max_examples=500)
def test_columns_that_were_tampered_with_are_refused_or_have_the_length_they_claim(
    put: bytes, position: int, number: int
) -> None:
    head, body = inflated(encode(columns(HOUR[:number])))
    place = position % len(body)
    tampered = body[:place] + put + body[place + len(put) :]
    try:
        found = decode(head + zlib.compress(tampered))
    except LedgerError:
        return
    assert {len(column) for column in found} == {number}


@pytest.mark.parametrize("number", [0, MOST + 1, (1 << 32) - 1])
def test_claim_to_hold_too_many_is_refused_at_once(number: int) -> None:
    with pytest.raises(LedgerCorrupt, match=f"claims to hold {number}"):
        decode(struct.pack("<BI", 1, number) + encode(columns(HOUR))[5:])


def test_bytes_that_unpack_to_very_much_are_refused_before_they_do() -> None:
    bomb = struct.pack("<BI", 1, 1) + zlib.compress(bytes(100_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(LedgerCorrupt):
            decode(bomb)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_anything_after_the_end_is_refused() -> None:
    block = encode(columns(HOUR[:3]))
    head, body = inflated(block)
    for longer in (block + b"\0", head + zlib.compress(body + b"\0")):
        with pytest.raises(LedgerCorrupt, match="more than it should"):
            decode(longer)


def test_later_version_asks_for_an_upgrade() -> None:
    with pytest.raises(LedgerTooNew, match="upgrade"):
        decode(b"\x02" + encode(columns(HOUR[:3]))[1:])
