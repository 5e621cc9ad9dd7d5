"""Several components as one service: stories are drawn side by side, d(own), ? (unknown), u(p)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.contract.stories import history
from uptally.model.facts import History
from uptally.rules.contract.components import combined

WEB = "uuudddddd???"
API = "uudduudd??u?"
JOB = "u?d?d?dudd??"


@pytest.mark.parametrize(("least", "service"), [(1, "u?dddddddd??"), (2, "uuddd?ddd???"), (3, "uuu?uudu??u?")])
def test_service_is_down_when_so_many_are_and_unknown_when_those_unknown_could_make_it_so(
    least: int, service: str
) -> None:
    assert combined([history(WEB), history(API), history(JOB)], least=least) == history(service)


def test_outage_goes_on_while_one_component_hands_it_to_the_next() -> None:
    assert combined([history("dduu"), history("uudd")], least=1) == history("dddd")


def test_service_with_components_that_are_all_up_is_up() -> None:
    assert combined([history("uuuu"), history("uuuu")], least=1) == History()


def test_nothing_is_up() -> None:
    assert combined([], least=1) == History()


@given(
    st.integers(1, 4).flatmap(
        lambda count: st.lists(st.text("ud?", min_size=12, max_size=12), min_size=count, max_size=count)
    ),
    st.integers(1, 4),
)
def test_service_is_what_its_components_are_at_every_instant(components: list[str], least: int) -> None:
    columns = ["".join(states) for states in zip(*components, strict=True)]
    service = "".join(
        "d" if states.count("d") >= least else "?" if len(states) - states.count("u") >= least else "u"
        for states in columns
    )
    assert combined([history(story) for story in components], least=least) == history(service)
