from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from uptally.errors import QuantityError
from uptally.units.instant import parse_instant

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-10-12 14:00", "2026-10-12T12:00:00+00:00"),
        ("2026-10-12T14:00", "2026-10-12T12:00:00+00:00"),
        ("2026-12-12 14:00:07.250", "2026-12-12T13:00:07.250+00:00"),
        ("2026-10-12 14:00Z", "2026-10-12T14:00:00+00:00"),
        ("2026-10-12 14:00 +05:30", "2026-10-12T08:30:00+00:00"),
        ("2026-10-12T14:00:01-02:30", "2026-10-12T16:30:01+00:00"),
        ("2026-10-25 02:30+02:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25 02:30+01:00", "2026-10-25T01:30:00+00:00"),
        ("2026-10-25 01:59:59.999", "2026-10-24T23:59:59.999+00:00"),
        ("2026-10-25 03:00", "2026-10-25T02:00:00+00:00"),
        ("2026-03-29 03:00", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_time_is_read_by_the_zones_clocks_or_by_its_offset(text: str, same: str) -> None:
    assert parse_instant(text, BERLIN) == round(datetime.fromisoformat(same).timestamp() * 1_000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-10-12",
        "14:00",
        "12.10.2026 14:00",
        "2026-10-12 24:00",
        "2026-02-30 14:00",
        "2026-10-12 2 pm",
        "2026-10-12 14:00:00.5",
        "2026-10-12 14:00+0200",
        "2026-10-12 14:00+24:00",
        "2026-10-12 14:00\n",
        "٢٠٢٦-10-12 14:00",
        "0000-10-12 14:00",
        "9999-12-31 23:59",
    ],
)
def test_anything_else_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(QuantityError, match="is no instant: write date and time, as in 2026-10-12 14:00"):
        parse_instant(text, BERLIN)


def test_time_that_comes_twice_is_refused_with_both_readings() -> None:
    with pytest.raises(QuantityError) as raised:
        parse_instant("2026-10-25 02:30", BERLIN)
    assert str(raised.value) == (
        "'2026-10-25 02:30' comes twice in Europe/Berlin, where the clocks change: "
        "write 2026-10-25 02:30+02:00 or 2026-10-25 02:30+01:00"
    )


def test_time_that_never_comes_is_refused_with_both_readings() -> None:
    with pytest.raises(QuantityError) as raised:
        parse_instant("2026-03-29 02:30", BERLIN)
    assert str(raised.value) == (
        "'2026-03-29 02:30' never comes in Europe/Berlin, where the clocks change: "
        "write 2026-03-29 03:30+02:00 or 2026-03-29 01:30+01:00"
    )
