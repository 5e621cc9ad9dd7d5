"""Incidents on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from uptally.model.act import Act, NewAct
from uptally.model.incident import Incident
from uptally.rules.record.fields import Fields, body_of

INCIDENT = "incident"
"""The kind of act that opens an incident."""

INCIDENT_UPDATE = "incident-update"
"""The kind of act that says when something of an incident happened; a later one corrects an earlier one."""

INCIDENT_KINDS = (INCIDENT, INCIDENT_UPDATE)

STEPS = ("reported", "acknowledged", "responded", "restored")
"""What an update may give the instant of."""


def open_incident(incident: Incident) -> NewAct:
    """Return the act that puts an incident on record."""
    fields = {
        "id": incident.id,
        "title": incident.title,
        "services": incident.services,
        "severity": incident.severity,
        "opened_ms": incident.opened_ms,
        "reported_ms": incident.reported_ms,
    }
    return NewAct(INCIDENT, incident.by, body_of(fields))


def update_incident(incident: str, steps: Mapping[str, int], *, by: str, is_automatic: bool = False) -> NewAct:
    """Return the act that says when some of the `STEPS` of an incident were taken.

    `is_automatic` says that no person acknowledged it, which is kept and does not count.
    """
    times = {f"{step}_ms": at_ms for step, at_ms in steps.items()}
    return NewAct(INCIDENT_UPDATE, by, body_of({"id": incident, "automatic": is_automatic, **times}))


def recorded_incidents(acts: Iterable[Act]) -> tuple[Incident, ...]:
    """Return all incidents on record, as they were opened first. Raises LedgerCorrupt."""
    found: dict[str, Incident] = {}
    for act in acts:
        if act.kind == INCIDENT:
            incident = _opened(Fields(act), act.by)
            if incident.id in found:
                raise Fields(act).fault(f"opens {incident.id}, which is open already")
            found[incident.id] = incident
        elif act.kind == INCIDENT_UPDATE:
            fields = Fields(act)
            held = found.get(fields.text("id"))
            if held is None:
                raise fields.fault("belongs to no incident")
            found[held.id] = _updated(held, fields)
    return tuple(found.values())


def _opened(fields: Fields, by: str) -> Incident:
    incident = Incident(
        id=fields.text("id"),
        title=fields.text("title"),
        services=fields.texts("services"),
        severity=fields.text("severity", ""),
        by=by,
        opened_ms=fields.instant("opened_ms"),
        reported_ms=fields.instant_or_none("reported_ms"),
    )
    fields.end()
    return incident


def _updated(incident: Incident, fields: Fields) -> Incident:
    is_automatic = fields.flag("automatic")
    times = {step: fields.instant_or_none(f"{step}_ms") for step in STEPS}
    fields.end()
    acknowledged_ms = None if is_automatic else times["acknowledged"]
    return replace(
        incident,
        reported_ms=_latest(times["reported"], incident.reported_ms),
        acknowledged_ms=_latest(acknowledged_ms, incident.acknowledged_ms),
        responded_ms=_latest(times["responded"], incident.responded_ms),
        restored_ms=_latest(times["restored"], incident.restored_ms),
    )


def _latest(said_ms: int | None, before_ms: int | None) -> int | None:
    return before_ms if said_ms is None else said_ms
