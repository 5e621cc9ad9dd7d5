import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.page.by_hand import UTC_ZONE, days
from uptally.model.statement import Budget
from uptally.page import svg
from uptally.page.days import Calendar


def paths(markup: str) -> dict[str, str]:
    """The drawing's paths by class; also that it is well formed."""
    root = ElementTree.fromstring(f"<svg>{markup}</svg>")
    return {path.get("class", ""): path.get("d", "") for path in root.iter("path")}


def drawn_days(path: str) -> list[int]:
    """The days that strokes of eight units a day cover, read back from a path."""
    at = 0
    covered: list[int] = []
    for command, number in re.findall(r"([Mmh])(-?\d+)", path):
        if command == "h":
            covered += range(at // 8, (at + int(number)) // 8)
        at = int(number) if command == "M" else at + int(number)
    return covered


@given(st.text(alphabet=".0123?", min_size=1, max_size=90))
def test_every_day_is_drawn_once_in_its_own_level_and_no_other(levels: str) -> None:
    drawn = paths(svg.bars(levels, "." * len(levels)))
    for letter, name in {"0": "b0", "1": "b1", "2": "b2"}.items():
        assert drawn_days(drawn.get(name, "")) == [day for day, level in enumerate(levels) if level == letter]
    # The worst level is one stroke above another.
    worst = [day for day, level in enumerate(levels) if level == "3"]
    assert drawn_days(drawn.get("b3", "")) == worst * 2


def test_each_level_is_one_path_however_many_days() -> None:
    assert svg.bars("0120" * 20, "." * 80).count("<path") == 3


def test_time_that_was_not_seen_is_framed_run_by_run_and_never_clean() -> None:
    drawn = paths(svg.bars("00??1", "..???"))
    assert drawn["b4"] == "M16.5 1.5h21v30h-21z"
    assert drawn_days(drawn["b0"]) == [0, 1]


def test_ninety_clean_days_cost_less_than_fifty_bytes() -> None:
    assert len(svg.bars("0" * 90, "." * 90)) < 50


def test_the_axis_names_the_first_day_the_months_that_have_room_and_today() -> None:
    calendar = Calendar(UTC_ZONE)
    markup = svg.axis(calendar.days(days()))
    assert re.findall(r">([^<]+)<", markup) == ["26 Aug", "1 Oct", "1 Nov", "today"]
    assert 'x="40.0%"' in markup


def test_a_label_of_the_axis_that_would_meet_another_on_a_phone_is_for_wide_screens() -> None:
    calendar = Calendar(UTC_ZONE)
    markup = svg.axis(calendar.days(days()))
    assert re.findall(r'<text class="w"[^>]*>([^<]+)<', markup) == ["1 Nov"]


@pytest.mark.parametrize(
    ("left_ms", "unknown_ms", "drawn"),
    [
        (100_000, 0, {"t": "M0 6h100", "l": "M0 6h100", "m": "M26.0 1v10"}),
        (59_999, 0, {"t": "M0 6h100", "l": "M0 6h59", "m": "M26.0 1v10"}),
        (1, 0, {"t": "M0 6h100", "l": "M0 6h1", "m": "M26.0 1v10"}),
        (60_000, 20_000, {"t": "M0 6h100", "l": "M0 6h40", "u": "M40 6h20", "m": "M26.0 1v10"}),
        (60_000, 90_000, {"t": "M0 6h100", "u": "M0 6h60", "m": "M26.0 1v10"}),
        (-1, 0, {"t": "M0 6h100", "x": "M-12 6h10", "m": "M26.0 1v10"}),
    ],
)
def test_the_meter_shows_what_is_left_and_hatches_what_the_unknown_may_have_used(
    left_ms: int, unknown_ms: int, drawn: dict[str, str]
) -> None:
    assert paths(svg.meter(Budget(100_000, left_ms), unknown_ms=unknown_ms, to_come_permille=260)) == drawn


def test_the_meter_of_a_budget_of_nothing_is_empty() -> None:
    assert "l" not in paths(svg.meter(Budget(0, 0), unknown_ms=0, to_come_permille=0))


def test_the_plot_never_bridges_an_hour_without_a_measurement() -> None:
    hours = [svg.PlotHour(100, 200), None, svg.PlotHour(100, 400), svg.PlotHour(200, 400)]
    drawn = paths(svg.plot(hours, top_us=400, step_us=200, ticks=[2]))
    assert drawn["p50"] == "M0 300h360M720 300h360V200h360"
    assert drawn["p95"] == "M0 200h360M720 0h360V0h360"
    assert drawn["gap"] == "M360 0h360v400h-360z"
    assert drawn["g"] == "M0 200h1440M0 0h1440"
    assert drawn["z"] == "M0 400h1440M720 400v8"
