"""The page as Statuspage v2 JSON: its shapes, its tokens, and what it says of what it has no word for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from arez.statuspage import CurrentStatus

from tests.hostile import TEXT
from tests.page.sample import CANARY, NOW_MS, Known, blind, down, endpoint, settings, standings
from tests.page.statuspage import DOCUMENTS, faults
from tests.page.told import BOARD, BULLETIN, CANCELLED, ONGOING, OVER, PLANNED, SERVICES, UNDER_WAY
from uptally.model.notice import Bulletin, Impact
from uptally.model.observation import Outcome
from uptally.model.statement import Standing
from uptally.page.incidents import NO_BOARD, Board
from uptally.page.programs import render_programs
from uptally.units.time import DAY_MS, MINUTE_MS, SECOND_MS, format_instant

URL = "https://status.example.com/"


def api(found: Sequence[Standing], board: Board = NO_BOARD, *, now_ms: int = NOW_MS) -> dict[str, Any]:
    """The documents of the API by their names."""
    written = render_programs(found, settings=replace(settings(), url=URL), now_ms=now_ms, board=board)
    return {name: json.loads(written[f"api/v2/{name}.json"]) for name in DOCUMENTS}


def told(*incidents: Any, maintenance: Any = ()) -> Board:
    return Board(Bulletin(incidents, maintenance), SERVICES)


def services(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["components"]["components"] if not each["group"]}


def groups(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in found["components"]["components"] if each["group"]}


def only(*troubles: Any, last: Outcome | None = None, last_ms: int = NOW_MS - SECOND_MS) -> list[Standing]:
    """One endpoint with some troubles."""
    known = Known()
    known.add(endpoint("DNS"), *troubles, last=last, last_ms=last_ms)
    return known.standings()


def two(first: Any, second: Any = None) -> list[Standing]:
    known = Known()
    known.add(endpoint("A"), *([first] if first else []))
    known.add(endpoint("DNS"), *([second] if second else []))
    return known.standings()


@pytest.mark.parametrize("board", [NO_BOARD, BOARD])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_has_the_shape_of_the_api_and_no_token_of_its_own(name: str, board: Board) -> None:
    assert faults(name, api(standings(), board)[name]) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_page_without_any_service_has_the_shape_too(name: str) -> None:
    assert faults(name, api([])[name]) == []


def test_a_client_of_another_page_reads_this_one() -> None:
    read = CurrentStatus(api(standings(), BOARD)["summary"])
    assert (read.name, read.status, read.impact) == ("Acme Cloud", "Partial System Outage", "Major")
    assert [group.name for group in read.groups] == ["Payments", "Platform", "Tools"]
    checkout = read.component("Checkout API")
    assert checkout is not None
    assert (checkout.status, checkout.group and checkout.group.name) == ("Major Outage", "Payments")
    assert [each.name for each in checkout.incidents] == [ONGOING.title]
    assert checkout.incidents[0].last_update.description.startswith("We look into it.")
    assert [each.status for each in read.maintenances][:2] == ["In Progress", "Scheduled"]


def test_a_service_is_called_the_same_for_ever_and_unlike_any_other() -> None:
    found = services(api(standings()))
    assert found["Checkout API"]["id"] == services(api(standings()[:1]))["Checkout API"]["id"]
    ids = [each["id"] for each in api(standings())["components"]["components"]]
    assert len(set(ids)) == len(ids)


def test_components_are_grouped_as_on_the_page_each_group_before_its_own() -> None:
    found = api(standings())
    assert [each["position"] for each in groups(found).values()] == [1, 2, 3]
    tools = groups(found)["Tools"]
    members = [each for each in services(found).values() if each["group_id"] == tools["id"]]
    assert tools["components"] == [each["id"] for each in members]
    assert [each["name"] for each in members] == ["Dashboard", "Reporting exports", "Email delivery"]


def test_a_group_is_as_bad_as_its_worst_service() -> None:
    found = api(standings())
    assert {name: each["status"] for name, each in groups(found).items()} == {
        "Payments": "major_outage",
        "Platform": "operational",
        "Tools": "operational",
    }


def test_a_component_begins_with_its_first_observation_and_changes_with_its_state() -> None:
    checkout = services(api(standings()))["Checkout API"]
    assert (checkout["created_at"], checkout["start_date"]) == ("2026-07-02T09:30:00.000Z", "2026-07-02")
    assert checkout["updated_at"] == "2026-11-23T14:32:00.000Z"


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (only(), "operational"),
        (only(last=Outcome.SLOW), "degraded_performance"),
        (only(down("2026-11-23 14:00:00", None)), "major_outage"),
    ],
)
def test_a_state_has_its_token(found: list[Standing], status: str) -> None:
    [component] = services(api(found)).values()
    assert component["status"] == status
    assert "x_state" not in component


def test_what_is_not_known_keeps_its_last_status_and_says_so() -> None:
    found = api(only(down("2026-11-23 13:00:00", 3_600), blind("2026-11-23 14:00:00", None)))
    assert (services(found)["DNS"]["status"], services(found)["DNS"]["x_state"]) == ("operational", "unknown")
    assert found["status"]["status"] == {
        "indicator": "minor",
        "description": "The state of 1 of 1 service is not known",
    }
    was_down = Known()
    was_down.add(endpoint("DNS"), down("2026-11-23 13:00:00", 3_600), last_ms=NOW_MS - 10 * MINUTE_MS)
    assert services(api(was_down.standings()))["DNS"]["x_state"] == "unknown"


def test_an_outage_of_which_nothing_is_known_any_more_is_as_bad_as_it_was_but_said_to_be_unknown() -> None:
    seen = down("2026-11-23 14:00:00", None)
    known = Known()
    known.add(endpoint("A"))
    known.add(endpoint("DNS"), seen, last_ms=NOW_MS - 10 * MINUTE_MS)
    assert api(known.standings())["status"]["status"] == {
        "indicator": "major",
        "description": "The state of 1 of 2 services is not known",
    }
    known.add(endpoint("Mail"), seen)
    assert api(known.standings())["status"]["status"]["description"] == "Partial System Outage"


def test_what_was_never_observed_is_not_there_yet() -> None:
    assert "New region" in {each.endpoint.name for each in standings()}
    assert "New region" not in services(api(standings()))


@pytest.mark.parametrize(
    ("found", "indicator", "description"),
    [
        (two(None), "none", "All Systems Operational"),
        (two(down("2026-11-23 14:00:00", None)), "major", "Partial System Outage"),
        (
            two(down("2026-11-23 14:00:00", None), down("2026-11-23 14:00:00", None)),
            "critical",
            "Major System Outage",
        ),
        (only(last=Outcome.SLOW), "minor", "Degraded System Service"),
        ([*two(None)[:1], *only(last=Outcome.SLOW)], "minor", "Partially Degraded Service"),
        ([], "minor", "Nothing has been observed yet"),
    ],
)
def test_all_together_are_told_in_the_words_of_the_api(found: list[Standing], indicator: str, description: str) -> None:
    assert api(found)["status"]["status"] == {"indicator": indicator, "description": description}


def test_maintenance_is_told_but_never_hides_an_outage() -> None:
    board = told(maintenance=(UNDER_WAY,))
    calm = api(two(None), board)
    assert services(calm)["DNS"]["status"] == "under_maintenance"
    assert services(calm)["A"]["status"] == "operational"
    assert calm["status"]["status"] == {"indicator": "maintenance", "description": "Service Under Maintenance"}
    failing = api(two(None, down("2026-11-23 14:30:00", None)), board)
    assert services(failing)["DNS"]["status"] == "major_outage"
    assert failing["status"]["status"]["indicator"] == "major"


def test_an_incident_counts_for_all_where_it_is_worse_than_what_is_measured() -> None:
    assert api(two(None), told(ONGOING))["status"]["status"]["indicator"] == "major"
    assert api(two(None), told(OVER))["status"]["status"]["indicator"] == "none"
    assert api(two(None), told(replace(ONGOING, impact=Impact.NONE)))["status"]["status"]["indicator"] == "none"


def test_incidents_come_newest_first_and_only_those_that_go_on_are_unresolved() -> None:
    found = api(standings(), BOARD)
    assert [each["name"] for each in found["incidents"]["incidents"]] == [ONGOING.title, OVER.title]
    assert [each["name"] for each in found["incidents/unresolved"]["incidents"]] == [ONGOING.title]
    assert found["summary"]["incidents"] == found["incidents/unresolved"]["incidents"]


def test_an_incident_tells_its_times_its_services_and_its_updates_the_newest_first() -> None:
    over = api(standings(), BOARD)["incidents"]["incidents"][1]
    assert (over["started_at"], over["monitoring_at"], over["resolved_at"]) == (
        "2026-10-02T07:44:03.000Z",
        "2026-10-02T07:45:00.000Z",
        "2026-10-02T07:45:35.000Z",
    )
    assert [each["status"] for each in over["incident_updates"]] == ["resolved", "monitoring"]
    assert [each["name"] for each in over["components"]] == ["Checkout API"]
    assert over["shortlink"] == f"{URL}history/2026-10.html#incident-{OVER.id}"


def test_maintenance_is_where_its_phase_belongs_and_what_was_cancelled_is_none_any_more() -> None:
    found = api(standings(), BOARD)
    assert len(found["scheduled-maintenances"]["scheduled_maintenances"]) == len(BULLETIN.maintenance)
    upcoming = found["scheduled-maintenances/upcoming"]["scheduled_maintenances"]
    assert upcoming[0]["scheduled_for"] == format_instant(PLANNED.start_ms)
    [active] = found["scheduled-maintenances/active"]["scheduled_maintenances"]
    assert (active["status"], active["name"]) == ("in_progress", "Maintenance: DNS")
    assert active["shortlink"] == f"{URL}index.html"
    [cancelled] = [
        each
        for each in found["scheduled-maintenances"]["scheduled_maintenances"]
        if each["scheduled_for"] == format_instant(CANCELLED.start_ms)
    ]
    assert cancelled["status"] == "completed"
    assert cancelled["incident_updates"][0]["body"] == "Cancelled: it does not take place."


def test_no_more_than_fifty_are_told_at_once_the_newest() -> None:
    many = [replace(OVER, id=f"i{number:02}", started_ms=OVER.started_ms + number) for number in range(60)]
    found = api(standings(), told(*many))["incidents"]["incidents"]
    assert len(found) == 50
    assert found[0]["id"] == api(standings(), told(many[-1]))["incidents"]["incidents"][0]["id"]


def test_what_matters_now_is_told_however_much_else_there_is() -> None:
    old = replace(ONGOING, id="old", title="Old and going on", started_ms=OVER.started_ms - 1)
    later = [replace(OVER, id=f"i{number:02}", started_ms=OVER.started_ms + number) for number in range(60)]
    daily = [replace(PLANNED, id=f"d{day}", start_ms=PLANNED.start_ms + day * DAY_MS) for day in range(90)]
    ahead = [replace(each, end_ms=each.start_ms + DAY_MS) for each in daily]
    found = api(standings(), told(old, *later, maintenance=(UNDER_WAY, *ahead)))
    assert [each["name"] for each in found["incidents/unresolved"]["incidents"]] == [old.title]
    assert len(found["scheduled-maintenances"]["scheduled_maintenances"]) == 50
    assert len(found["scheduled-maintenances/active"]["scheduled_maintenances"]) == 1
    assert found["summary"]["scheduled_maintenances"][1]["scheduled_for"] == format_instant(PLANNED.start_ms)


def test_an_incident_of_all_services_names_none() -> None:
    everywhere = told(replace(ONGOING, services=()), maintenance=(replace(UNDER_WAY, services=()),))
    found = api(two(None), everywhere)
    assert found["incidents"]["incidents"][0]["components"] == []
    assert [each["status"] for each in services(found).values()] == ["under_maintenance"] * 2


def test_a_text_says_the_same_taken_for_markup_as_taken_for_text() -> None:
    hostile = replace(ONGOING, updates=(replace(ONGOING.updates[0], text=TEXT),))
    body = api(standings(), told(hostile))["incidents"]["incidents"][0]["incident_updates"][0]["body"]
    assert body.startswith("&lt;script>window.ran")
    assert not {"<", "\x00", "\x1b", "\u202e", "\uffff"} & set(body)


def test_nothing_private_is_there() -> None:
    written = render_programs(standings(), settings=settings(), now_ms=NOW_MS, board=BOARD)
    for path, content in written.items():
        assert CANARY.encode() not in content, path
        assert b"Hidden" not in content, path


def test_a_document_says_until_when_it_is_to_be_believed() -> None:
    found = api(standings(), now_ms=NOW_MS)["status"]
    assert found["generated_at"] == format_instant(NOW_MS)
    assert format_instant(NOW_MS) < found["valid_until"] < format_instant(NOW_MS + DAY_MS)


def test_the_page_changed_when_anything_on_it_last_did() -> None:
    assert api(standings())["status"]["page"]["updated_at"] == "2026-11-23T14:32:00.000Z"
    assert api(standings(), BOARD)["status"]["page"]["updated_at"] == format_instant(ONGOING.updated_ms)
