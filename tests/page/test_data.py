"""uptally's own JSON: the figures that the page shows, to the millisecond, in the shape of its published schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.hostile import TEXT
from tests.page.by_hand import outage, standing
from tests.page.sample import CANARY, NOW_MS, endpoint, latencies, settings, standings
from tests.page.test_promises import NOTE, OPEN, RUNNING, notes
from tests.page.told import BOARD, ONGOING
from uptally.model.credit_note import ObjectiveNote
from uptally.model.statement import LastKnown, LatencyWindow
from uptally.model.timeline import State
from uptally.model.verdict import Verdict
from uptally.page import render_endpoint, render_fixed
from uptally.page.answers import Notes
from uptally.page.data import SCHEMA_PATH, schema
from uptally.page.programs import DATA_PATH, render_endpoint_programs, render_programs
from uptally.rules.statement_figures import statement_figures
from uptally.units.time import DAY_MS, Window

DAY = Window(NOW_MS - DAY_MS, NOW_MS)
OBJECTIVE = ObjectiveNote("Answers", Verdict.MET, "<= 200 ms", "180 ms")
COMBINED = notes(RUNNING, replace(NOTE, objectives=(OBJECTIVE,)), OPEN, slug="shop")
SHOWN = [*standings(), standing(of=endpoint("Shop"))]


def overview(**notes_: Any) -> dict[str, Any]:
    found: Notes = notes_
    shown = [*standings(), *(standing(of=endpoint(slug)) for slug in found)]
    written = render_programs(shown, settings=settings(), now_ms=NOW_MS, notes=found, board=BOARD)
    return parsed(written[DATA_PATH])


def of(name: str, **more: Any) -> dict[str, Any]:
    """What the file of one service of the sample tells."""
    [found] = [each for each in standings() if each.endpoint.name == name]
    written = render_endpoint_programs(found, settings=settings(), now_ms=NOW_MS, board=BOARD, **more)
    return parsed(written[f"api/services/{found.endpoint.slug}.json"])


def parsed(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    assert isinstance(found, dict)
    return found


def closed(node: Any) -> Any:
    """The schema as it is for what writes: a key that it does not know is a fault."""
    if isinstance(node, list):
        return [closed(each) for each in node]
    if not isinstance(node, dict):
        return node
    strict = {"additionalProperties": False} if node.get("type") == "object" else {}
    return {key: closed(each) for key, each in node.items()} | strict


def faults(found: object) -> list[str]:
    validator = Draft7Validator(closed(schema()))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)]


def test_what_is_written_has_the_published_shape_and_no_key_more() -> None:
    assert faults(overview(shop=COMBINED)) == []
    assert faults(of("Checkout API", notes=notes(NOTE, slug="checkout-api"))) == []
    assert faults(of("New region")) == []


def test_the_schema_is_valid_and_published_beside_what_it_describes() -> None:
    Draft7Validator.check_schema(schema())
    written = render_fixed(settings=settings(), version="1")
    assert parsed(written[SCHEMA_PATH]) == schema()


def test_every_number_is_whole() -> None:
    def reject(text: str) -> None:
        raise AssertionError(f"{text} is no whole number")

    written = render_programs(SHOWN, settings=settings(), now_ms=NOW_MS, notes={"shop": COMBINED}, board=BOARD)
    json.loads(written[DATA_PATH], parse_float=reject)


def test_a_service_tells_its_state_and_since_when() -> None:
    found = {each["name"]: each for each in overview()["services"]}
    checkout = found["Checkout API"]
    assert (checkout["state"], checkout["reason"], checkout["slow"]) == ("down", "status", False)
    assert checkout["since_ms"] == next(iter(standings())).since_ms
    assert (found["Payouts"]["state"], found["Payouts"]["slow"]) == ("up", True)
    assert (found["New region"]["state"], found["New region"]["last_known"]) == (None, None)


def test_what_is_not_known_is_unknown_beside_what_was_known_last() -> None:
    known = LastKnown(State.DOWN, NOW_MS - 9_000, NOW_MS - 5_000)
    blind = replace(standing(state=State.UNKNOWN), last_known=known)
    stale = replace(standing(state=State.UP), is_stale=True)
    told = [
        parsed(render_endpoint_programs(each, settings=settings(), now_ms=NOW_MS)["api/services/checkout-api.json"])
        for each in (blind, stale)
    ]
    [first], [second] = (each["services"] for each in told)
    assert (first["state"], first["last_known"]["state"]) == ("unknown", "down")
    assert first["last_known"]["seen_ms"] == known.seen_ms
    assert (second["state"], second["since_ms"], second["last_known"]["state"]) == ("unknown", None, "up")


def test_figures_are_those_that_the_page_and_the_commands_show() -> None:
    [found] = [each for each in standings() if each.endpoint.name == "Checkout API"]
    statements = {each["label"]: each for each in of("Checkout API")["services"][0]["statements"]}
    assert set(statements) == {each.label for each in found.statements}
    for each in found.statements:
        assert statements[each.label].items() >= statement_figures(each).items()
    october = statements["2026-10"]
    assert (october["is_over"], october["verdict"], october["target_percent"]) == (True, "met", "99.99")
    page = render_endpoint(
        found, settings=settings(), latencies=latencies(found.endpoint.slug), now_ms=NOW_MS, version="1"
    )
    assert f"{october['availability_percent']}%".encode() in page


def test_the_file_of_one_endpoint_tells_how_fast_it_answered() -> None:
    windows = [LatencyWindow("24h", DAY, 0, None, None), LatencyWindow("7d", DAY, 1_200, 80_123, 1_200_000)]
    told = of("Checkout API", latencies=windows)
    assert faults(told) == []
    day = {"start_ms": DAY.start_ms, "end_ms": DAY.end_ms}
    assert told["services"][0]["latency"] == [
        {"label": "24h", **day, "answers": 0, "p50_us": None, "p95_us": None},
        {"label": "7d", **day, "answers": 1_200, "p50_us": 80_123, "p95_us": 1_200_000},
    ]


def test_an_outage_has_its_bounds() -> None:
    one = outage("2026-11-11 03:12:41", 6_000)
    written = render_endpoint_programs(standing(outages=[one]), settings=settings(), now_ms=NOW_MS)
    [told] = parsed(written["api/services/checkout-api.json"])["services"][0]["outages"]
    assert told == {**one._asdict(), "reason": "response-timeout"}


def test_a_promise_of_more_than_a_bare_target_tells_verdict_credit_and_claim() -> None:
    shop = overview(shop=COMBINED)["services"][-1]
    assert (shop["slug"], shop["state"]) == ("shop", "up")
    running, october, _ = shop["periods"]
    assert (running["is_over"], october["is_over"], october["verdict"]) == (False, True, "missed")
    assert (october["credit_percent"], october["needs_claim"]) == ("10", True)
    assert october["claim_by_ms"] == NOTE.claim_by_ms
    [window] = october["windows"]
    assert (window["target_percent"], window["availability_percent"]) == ("99.95", "99.912")
    assert october["objectives"] == [
        {"name": "Answers", "verdict": "met", "promised": "<= 200 ms", "measured": "180 ms"}
    ]


def test_what_is_told_is_told_to_programs_too() -> None:
    found = overview()
    assert [each["title"] for each in found["incidents"]] == ["Certificate expired", ONGOING.title]
    assert found["incidents"][1]["updates"] == [
        {"at_ms": ONGOING.updated_ms, "phase": "investigating", "text": "We look into it.\n\n- payments fail"}
    ]
    assert len(found["maintenance"]) == len(BOARD.bulletin.maintenance)
    assert len(of("DNS")["incidents"]) == 0
    assert len(of("DNS")["maintenance"]) == len(BOARD.bulletin.maintenance)


def test_nothing_private_has_a_file() -> None:
    [hidden] = [each for each in standings() if not each.endpoint.is_public]
    with pytest.raises(ValueError, match="is not public"):
        render_endpoint_programs(hidden, settings=settings(), now_ms=NOW_MS)
    for each in standings():
        if each.endpoint.is_public:
            written = render_endpoint_programs(each, settings=settings(), now_ms=NOW_MS, board=BOARD)
            assert not [path for path, content in written.items() if CANARY.encode() in content]


def test_no_text_can_open_a_tag() -> None:
    hostile = standing(TEXT, group=TEXT)
    for board in (
        BOARD,
        BOARD._replace(bulletin=replace(BOARD.bulletin, incidents=(replace(ONGOING, title=TEXT),))),
    ):
        written = render_programs([hostile], settings=settings(), now_ms=NOW_MS, board=board)
        assert not [path for path, content in written.items() if b"<script" in content]


def test_the_same_input_gives_the_same_bytes() -> None:
    first, second = (
        render_programs(SHOWN, settings=settings(), now_ms=NOW_MS, notes={"shop": COMBINED}, board=BOARD)
        for _ in range(2)
    )
    assert first == second
