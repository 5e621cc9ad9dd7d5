"""What a service of several endpoints is made of, in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.page.by_hand import NOW_MS, UTC_ZONE, standing
from tests.page.sample import endpoint, settings
from uptally.model.terms import Composite, CompositeMode
from uptally.model.timeline import State
from uptally.page import Made, render_endpoint
from uptally.page.days import Calendar
from uptally.page.parts import parts_view

CALENDAR = Calendar(UTC_ZONE)
WEIGHTS = {"a": Fraction(1), "b": Fraction(2)}


@pytest.mark.parametrize(
    ("composite", "rule"),
    [
        (
            Composite(CompositeMode.ANY_DOWN),
            "It is down when any of its 3 parts is, and not known where one of them is not.",
        ),
        (
            Composite(CompositeMode.ALL_DOWN),
            "It is down when all of its 3 parts are, and not known where that cannot be told.",
        ),
        (
            Composite(CompositeMode.AT_LEAST_DOWN, least=2),
            "It is down when at least 2 of its 3 parts are, and not known where that cannot be told.",
        ),
        (
            Composite(CompositeMode.WEIGHTED, weights=WEIGHTS),
            "Its figures count each of its 3 parts by its share. Its state, its days and its outages say when any of "
            "them was down.",
        ),
    ],
)
def test_the_rule_is_said_in_words(composite: Composite, rule: str) -> None:
    assert parts_view(Made(3, composite, []), CALENDAR).rule == rule


def test_parts_that_are_private_are_counted_and_not_named() -> None:
    made = Made(3, Composite(CompositeMode.ANY_DOWN), [standing(of=endpoint("Web")), standing(of=endpoint("Mail"))])
    found = parts_view(made, CALENDAR)
    assert [(row.name, row.slug, row.state.word) for row in found.rows] == [
        ("Web", "web", "Up"),
        ("Mail", "mail", "Up"),
    ]
    assert found.hidden == "1 part is not shown here."
    assert parts_view(made._replace(components=2), CALENDAR).hidden == ""


def test_its_page_shows_the_parts_and_no_latency() -> None:
    of = endpoint("Whole <Shop>")
    hostile = standing(of=replace(endpoint("Web"), name="<b>Web"))
    shop = standing(of=of, state=State.DOWN)
    page = render_endpoint(
        shop,
        settings=settings(),
        latencies=[],
        now_ms=NOW_MS,
        version="1",
        made=Made(1, Composite(CompositeMode.ANY_DOWN), [hostile]),
    ).decode()
    assert "&lt;b&gt;Web</bdi></a>" in page
    assert "It is down when its only part is." in page
    assert "Latency" not in page
