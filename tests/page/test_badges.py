"""Badges: what they say, that they can be read, and that nothing in them can run."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.hostile import TEXT
from tests.page.by_hand import NOW_MS, month, standing
from tests.page.sample import endpoint, settings
from tests.page.test_palette import contrast
from tests.page.test_promises import NOTE, RUNNING, notes, window
from uptally.model.credit_note import CreditNote, CreditNotes
from uptally.model.statement import Standing
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page.badges import NAME_MOST
from uptally.page.programs import render_endpoint_programs

SVG = "{http://www.w3.org/2000/svg}"
NOVEMBER = month("2026-11", down_ms=60_000, verdict=Verdict.MET)


def badge(of: Standing, found: CreditNotes | None = None) -> tuple[Any, dict[str, Any]]:
    """The picture and the JSON of a badge."""
    written, slug = render_endpoint_programs(of, settings=settings(), now_ms=NOW_MS, notes=found), of.endpoint.slug
    return ElementTree.fromstring(written[f"badges/{slug}.svg"]), json.loads(written[f"badges/{slug}.json"])


def said(of: Standing, found: CreditNotes | None = None) -> str:
    picture, told = badge(of, found)
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert texts == [told["label"], told["message"]]
    assert picture.findtext(f"{SVG}title") == f"{told['label']}: {told['message']}"
    return str(told["message"])


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (standing(statements=[NOVEMBER]), "up, 99.996%"),
        (standing(state=State.DOWN, statements=[NOVEMBER]), "down, 99.996%"),
        (standing(state=State.UNKNOWN), "not known"),
        (replace(standing(statements=[NOVEMBER]), is_stale=True), "not known, 99.996%"),
        (standing(state=None), "not observed yet"),
    ],
)
def test_a_badge_says_the_state_and_the_figure_of_the_month_cut_off(found: Standing, message: str) -> None:
    assert said(found) == message


@pytest.mark.parametrize(
    ("running", "message"),
    [
        (RUNNING, "up, 99.912%"),
        (replace(RUNNING, windows=(window("99.5"), window("100"))), "up"),
        (replace(RUNNING, windows=(window(None),)), "up"),
        (NOTE, "up, 99.996%"),
    ],
)
def test_where_terms_count_otherwise_the_badge_says_the_figure_that_the_page_says(
    running: CreditNote, message: str
) -> None:
    found = notes(running, NOTE, slug="checkout-api")
    assert said(standing(statements=[NOVEMBER]), found) == message


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (notes(RUNNING, NOTE, slug="shop"), "up, 99.912%"),
        (notes(NOTE, slug="shop"), "up"),
        (notes(slug="shop"), "up"),
    ],
)
def test_the_badge_of_a_service_without_statements_says_its_state_and_the_figure_by_its_terms(
    found: CreditNotes, message: str
) -> None:
    assert said(standing(of=endpoint("Shop")), found) == message


def test_each_state_has_a_colour_of_its_own_on_which_white_can_be_read() -> None:
    states = [standing(), standing(state=State.DOWN), standing(state=State.UNKNOWN)]
    colours = {badge(each)[1]["color"] for each in states}
    assert len(colours) == 3
    for each in states:
        for path in badge(each)[0].iter(f"{SVG}path"):
            assert contrast("#ffffff", path.get("fill")) >= 4.5


def test_shields_is_told_nothing_that_its_format_does_not_know() -> None:
    told = badge(standing())[1]
    assert set(told) == {"schemaVersion", "label", "message", "color"}
    assert told["schemaVersion"] == 1


def test_a_picture_says_to_a_screen_reader_what_it_shows() -> None:
    picture = badge(standing(statements=[NOVEMBER]))[0]
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Checkout API: up, 99.996%")


def test_a_long_name_is_cut_off_in_the_drawing_and_whole_in_its_title() -> None:
    picture = badge(standing("a" * 100))[0]
    label = picture.find(f".//{SVG}text")
    assert label is not None
    assert len(label.text) == NAME_MOST
    assert "a" * 100 in picture.findtext(f"{SVG}title")


def test_wide_letters_have_room() -> None:
    assert int(badge(standing("監視監視"))[0].get("width")) > int(badge(standing("abcd"))[0].get("width"))


def test_a_hostile_name_stays_text() -> None:
    picture, told = badge(standing(TEXT))
    assert {each.tag for each in picture.iter()} == {f"{SVG}{tag}" for tag in ("svg", "title", "path", "g", "text")}
    assert not {"\x00", "\x1b", "\u202e", "\uffff"} & set(told["label"])
