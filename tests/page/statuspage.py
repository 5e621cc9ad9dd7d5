"""The shapes of the Statuspage v2 API, strictly: every key of it, no other, and no token that it does not have."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft7Validator, FormatChecker

INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
MONITORING = {"enum": ["running", "stopped"]}
MAYBE_INSTANT = {"oneOf": [INSTANT, {"type": "null"}]}
ID = {"type": "string", "pattern": "^[0-9a-z]{12}$"}
TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
TRUTH = {"type": "boolean"}


def closed(*optional: str, **properties: Any) -> dict[str, Any]:
    """An object with these keys and no others."""
    required = [key for key in properties if key not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def listed(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


PAGE = closed(id=ID, name=TEXT, url=TEXT, time_zone=TEXT, updated_at=INSTANT)
STATUS = closed(indicator=one_of("none", "minor", "major", "critical", "maintenance"), description=TEXT)
COMPONENT = closed(
    "x_state",
    "components",
    id=ID,
    name=TEXT,
    status=one_of("operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"),
    created_at=INSTANT,
    updated_at=INSTANT,
    position={"type": "integer", "minimum": 1},
    description=MAYBE_TEXT,
    showcase=TRUTH,
    start_date={"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\d$"},
    group_id={"oneOf": [ID, {"type": "null"}]},
    page_id=ID,
    group=TRUTH,
    only_show_if_degraded=TRUTH,
    components=listed(ID),
    x_state={"const": "unknown"},
) | {
    "if": {"properties": {"group": {"const": True}}},
    "then": {"required": ["components"]},
    "else": {"not": {"required": ["components"]}},
}
UPDATE_KEYS = {
    "id": ID,
    "body": TEXT,
    "incident_id": ID,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "display_at": INSTANT,
    "affected_components": {
        "oneOf": [{"type": "null"}, listed(closed(code=ID, name=TEXT, old_status=TEXT, new_status=TEXT))]
    },
    "deliver_notifications": TRUTH,
    "custom_tweet": MAYBE_TEXT,
    "tweet_id": {"type": ["integer", "null"]},
}
INCIDENT_KEYS = {
    "id": ID,
    "name": TEXT,
    "created_at": INSTANT,
    "updated_at": INSTANT,
    "monitoring_at": MAYBE_INSTANT,
    "resolved_at": MAYBE_INSTANT,
    "shortlink": TEXT,
    "started_at": INSTANT,
    "page_id": ID,
    "components": listed(COMPONENT),
    "reminder_intervals": MAYBE_TEXT,
}


def updates(statuses: dict[str, Any]) -> dict[str, Any]:
    return {**listed(closed(**UPDATE_KEYS, status=statuses)), "minItems": 1}


PHASES = one_of("investigating", "identified", "monitoring", "resolved", "postmortem")
MAINTENANCE_PHASES = one_of("scheduled", "in_progress", "verifying", "completed")
INCIDENT = closed(
    **INCIDENT_KEYS,
    status=PHASES,
    impact=one_of("none", "minor", "major", "critical", "maintenance"),
    incident_updates=updates(PHASES),
)
MAINTENANCE = closed(
    **INCIDENT_KEYS,
    status=MAINTENANCE_PHASES,
    impact={"const": "maintenance"},
    incident_updates=updates(MAINTENANCE_PHASES),
    scheduled_for=INSTANT,
    scheduled_until=INSTANT,
)


def document(**bodies: Any) -> dict[str, Any]:
    """The API's own keys, and the three by which a reader knows that the monitor is alive."""
    return closed(page=PAGE, generated_at=INSTANT, valid_until=INSTANT, monitoring=MONITORING, **bodies)


DOCUMENTS = {
    "summary": document(
        components=listed(COMPONENT),
        incidents=listed(INCIDENT),
        scheduled_maintenances=listed(MAINTENANCE),
        status=STATUS,
    ),
    "status": document(status=STATUS),
    "components": document(components=listed(COMPONENT)),
    "incidents": document(incidents=listed(INCIDENT)),
    "incidents/unresolved": document(incidents=listed(INCIDENT)),
    "scheduled-maintenances": document(scheduled_maintenances=listed(MAINTENANCE)),
    "scheduled-maintenances/upcoming": document(scheduled_maintenances=listed(MAINTENANCE)),
    "scheduled-maintenances/active": document(scheduled_maintenances=listed(MAINTENANCE)),
}


def faults(name: str, found: object) -> list[str]:
    """What is wrong with a document of the API, by its name; nothing where it has the API's shape."""
    validator = Draft7Validator(DOCUMENTS[name], format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(found)]
