"""Files for programs once monitoring has stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from arez.statuspage import CurrentStatus
from jsonschema import Draft7Validator

from tests.hostile import TEXT
from tests.page.by_hand import standing
from tests.page.sample import NOW_MS, Known, down, endpoint, pages, settings
from tests.page.statuspage import DOCUMENTS, faults
from tests.page.told import UNDER_WAY
from uptally.model.notice import Bulletin
from uptally.model.statement import Standing
from uptally.model.theme import Theme
from uptally.page.data import schema
from uptally.page.incidents import Board
from uptally.page.programs import render_endpoint_programs, render_programs
from uptally.page.publish import Site
from uptally.page.stopped import HEAD_BYTES, is_stopped, stopped_file

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = pages()
SPEAKING = [path for path in SAMPLE if path.endswith((".json", ".svg")) and "schema" not in path and "icon" not in path]


def status(*found: Standing, board: Board | None = None) -> Any:
    """The state of all in the shape of the Statuspage API, once monitoring has stopped."""
    written = render_programs(found, settings=settings(), now_ms=NOW_MS, board=board or Board())
    return json.loads(stopped_file("api/v2/status.json", written["api/v2/status.json"]))["status"]


def badge(name: str, path: str) -> bytes:
    of = replace(endpoint("web"), name=name)
    return stopped_file(path, render_endpoint_programs(standing(of=of), settings=settings(), now_ms=NOW_MS)[path])


@pytest.mark.parametrize("path", SPEAKING)
def test_a_file_for_programs_says_once_that_monitoring_has_stopped(path: str) -> None:
    once = stopped_file(path, SAMPLE[path])
    assert once != SAMPLE[path]
    assert stopped_file(path, once) == once


@pytest.mark.parametrize("path", [path for path in SAMPLE if path not in SPEAKING and not path.endswith(".html")])
def test_files_that_tell_no_state_stay_as_they_are(path: str) -> None:
    assert stopped_file(path, SAMPLE[path]) == SAMPLE[path]


@pytest.mark.parametrize("path", ["api/uptally.json", "api/services/checkout-api.json"])
def test_our_own_json_changes_in_nothing_else(path: str) -> None:
    running, ended = (json.loads(each) for each in (SAMPLE[path], stopped_file(path, SAMPLE[path])))
    assert (running.pop("monitoring"), ended.pop("monitoring")) == ("running", "stopped")
    assert running == ended
    Draft7Validator(schema()).validate({**ended, "monitoring": "stopped"})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_of_the_api_keeps_its_shape_and_the_last_known_components(name: str) -> None:
    path = f"api/v2/{name}.json"
    running, ended = (json.loads(each) for each in (SAMPLE[path], stopped_file(path, SAMPLE[path])))
    assert list(faults(name, ended)) == []
    assert (running.pop("monitoring"), ended.pop("monitoring")) == ("running", "stopped")
    assert ("status" in running) == ("status" in ended)
    assert ended.pop("status", {"description": "Monitoring has stopped"})["description"] == "Monitoring has stopped"
    running.pop("status", None)
    assert running == ended


def test_the_state_of_all_is_minor_at_least_and_as_bad_as_it_was() -> None:
    known = Known()
    known.add(endpoint("Up"))
    known.add(endpoint("DNS"), down("2026-11-23 14:32:00", None))
    up, broken = known.standings()
    work = Board(Bulletin((), (UNDER_WAY,)))
    assert status(up) == {"indicator": "minor", "description": "Monitoring has stopped"}
    maintained = replace(up, endpoint=endpoint("DNS"))
    assert status(maintained, board=work) == {"indicator": "minor", "description": "Monitoring has stopped"}
    assert status(up, broken)["indicator"] == "major"
    assert status(broken)["indicator"] == "critical"


def test_a_client_of_the_api_reads_it() -> None:
    path = "api/v2/summary.json"
    found = CurrentStatus(json.loads(stopped_file(path, SAMPLE[path])))
    assert str(found.status) == "Monitoring has stopped"
    assert {each.status for each in found.components} <= {"Operational", "Degraded Performance", "Major Outage"}


@pytest.mark.parametrize("name", ["Website", "a: b", "<b>&amp; \"'", "网站 " * 30, TEXT, '"monitoring":"running"'])
def test_a_badge_is_grey_says_so_and_keeps_its_name(name: str) -> None:
    running = json.loads(
        render_endpoint_programs(standing(of=replace(endpoint("web"), name=name)), settings=settings(), now_ms=NOW_MS)[
            "badges/web.json"
        ]
    )
    told, drawn = json.loads(badge(name, "badges/web.json")), badge(name, "badges/web.svg")
    assert told == {"schemaVersion": 1, "label": running["label"], "message": "not monitored", "color": "4b5563"}
    picture = ElementTree.fromstring(drawn)
    assert picture.findtext(f"{SVG}title") == f"{running['label']}: not monitored"
    assert [path.get("fill") for path in picture.iter(f"{SVG}path")] == ["#1f2937", "#4b5563"]
    assert [text.text for text in picture.iter(f"{SVG}text")][1] == "not monitored"
    assert is_stopped(drawn[:HEAD_BYTES])


def test_a_hostile_title_changes_no_other_place() -> None:
    hostile = replace(settings(), title='","monitoring":"running","status":{"indicator":"none","description":"x"}')
    path = "api/v2/status.json"
    written = render_programs([standing()], settings=hostile, now_ms=NOW_MS)[path]
    ended = json.loads(stopped_file(path, written))
    assert (ended["page"], ended["monitoring"]) == (json.loads(written)["page"], "stopped")
    assert ended["status"]["description"] == "Monitoring has stopped"


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"<svg></svg>"])
def test_a_badge_that_is_none_is_left_as_it_is(content: bytes) -> None:
    assert stopped_file("badges/web.svg", content) == content
    assert stopped_file("badges/web.json", content) == content


def test_what_cannot_all_be_written_in_time_begins_with_what_most_read_and_badges(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.publish(SAMPLE)
    left = iter(range(10_000))
    site.say_stopped(is_late=lambda: next(left) >= 40)
    before = {path for path in SAMPLE if (tmp_path / path).read_bytes() != SAMPLE[path]}
    assert "index.html" in before
    assert {path for path in SPEAKING if path.startswith(("api/v2/", "api/uptally", "badges/"))} <= before
    assert "api/services/dns.json" not in before
    assert {"badges/dns.svg", "index.html"} <= site.stopped_paths()


def test_a_badge_says_so_in_the_language_of_the_page(tmp_path: Path) -> None:
    catalogue = tmp_path / "theme" / "messages" / "de.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text('msgid "not monitored"\nmsgstr "unbeobachtet"\n')
    page = replace(settings(tmp_path / "site"), language="de", theme=Theme(tmp_path / "theme"))
    site = Site.of(page)
    site.publish(SAMPLE)
    site.say_stopped()
    assert b": unbeobachtet</title>" in (page.directory / "badges" / "dns.svg").read_bytes()
    assert json.loads((page.directory / "badges" / "dns.json").read_bytes())["message"] == "unbeobachtet"
    assert site.say_stopped() == 0


def test_a_page_whose_language_cannot_be_had_says_so_in_english(tmp_path: Path) -> None:
    site = Site.of(replace(settings(tmp_path), language="tlh"))
    site.publish(SAMPLE)
    site.say_stopped()
    assert json.loads((tmp_path / "badges" / "dns.json").read_bytes())["message"] == "not monitored"
