"""Incidents on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from uptally.model.act import Act, NewAct
from uptally.model.incident import Incident
from uptally.model.notice import Impact, NoticeUpdate, Phase
from uptally.rules.record.fields import Fields, body_of

INCIDENT = "incident"
"""The kind of act that opens an incident."""

INCIDENT_UPDATE = "incident-update"
"""The kind of act that says when something of an incident happened, or tells everyone something of it; of what happened
when, a later one corrects an earlier one."""

INCIDENT_KINDS = (INCIDENT, INCIDENT_UPDATE)

STEPS = ("reported", "acknowledged", "responded", "restored")
"""What an update may give the instant of."""


_Token = TypeVar("_Token", bound=Enum)


@dataclass(frozen=True, slots=True)
class Telling:
    """What an act changes of what everyone is told; what is None or empty stays as it was.

    An update is told where there is a `phase`. `is_public` puts the incident on the page or takes it off again.
    """

    phase: Phase | None = None
    text: str = ""
    impact: Impact | None = None
    title: str = ""
    is_public: bool | None = None

    def fields(self) -> dict[str, object]:
        """Return what an act's body says of it."""
        return {
            "phase": self.phase and self.phase.value,
            "text": self.text,
            "impact": self.impact and self.impact.value,
            "title": self.title,
            "public": self.is_public is True,
            "internal": self.is_public is False,
        }


SILENCE = Telling()


def open_incident(incident: Incident, telling: Telling = SILENCE) -> NewAct:
    """Return the act that puts an incident on record. Its title is the incident's, and not the telling's."""
    fields = {
        **telling.fields(),
        "id": incident.id,
        "title": incident.title,
        "services": incident.services,
        "severity": incident.severity,
        "opened_ms": incident.opened_ms,
        "reported_ms": incident.reported_ms,
    }
    return NewAct(INCIDENT, incident.by, body_of(fields))


def update_incident(
    incident: str, steps: Mapping[str, int], *, by: str, is_automatic: bool = False, telling: Telling = SILENCE
) -> NewAct:
    """Return the act that says when some of the `STEPS` of an incident were taken, and tells everyone something of it.

    `is_automatic` says that no person acknowledged it, which is kept and does not count.
    """
    times = {f"{step}_ms": at_ms for step, at_ms in steps.items()}
    return NewAct(
        INCIDENT_UPDATE, by, body_of({**telling.fields(), "id": incident, "automatic": is_automatic, **times})
    )


def recorded_incidents(acts: Iterable[Act]) -> tuple[Incident, ...]:
    """Return all incidents on record, as they were opened first. Raises LedgerCorrupt."""
    found: dict[str, Incident] = {}
    for act in acts:
        if act.kind == INCIDENT:
            incident = _opened(Fields(act), act)
            if incident.id in found:
                raise Fields(act).fault(f"opens {incident.id}, which is open already")
            found[incident.id] = incident
        elif act.kind == INCIDENT_UPDATE:
            fields = Fields(act)
            held = found.get(fields.text("id"))
            if held is None:
                raise fields.fault("belongs to no incident")
            found[held.id] = _updated(held, fields, act)
    return tuple(found.values())


def _opened(fields: Fields, act: Act) -> Incident:
    incident = Incident(
        id=fields.text("id"),
        title=fields.text("title"),
        services=fields.texts("services"),
        severity=fields.text("severity", ""),
        by=act.by,
        opened_ms=fields.instant("opened_ms"),
        reported_ms=fields.instant_or_none("reported_ms"),
    )
    incident = _told(incident, fields, act)
    fields.end()
    return incident


def _updated(incident: Incident, fields: Fields, act: Act) -> Incident:
    is_automatic = fields.flag("automatic")
    times = {step: fields.instant_or_none(f"{step}_ms") for step in STEPS}
    incident = _told(incident, fields, act)
    fields.end()
    acknowledged_ms = None if is_automatic else times["acknowledged"]
    return replace(
        incident,
        reported_ms=_latest(times["reported"], incident.reported_ms),
        acknowledged_ms=_latest(acknowledged_ms, incident.acknowledged_ms),
        responded_ms=_latest(times["responded"], incident.responded_ms),
        restored_ms=_latest(times["restored"], incident.restored_ms),
    )


def _told(incident: Incident, fields: Fields, act: Act) -> Incident:
    """Return an incident with what an act tells everyone of it."""
    phase, text = _token(fields, "phase", Phase), fields.text("text", "")
    is_public, is_internal = fields.flag("public"), fields.flag("internal")
    if text and phase is None:
        raise fields.fault("has a 'text' without a 'phase'")
    updates = incident.updates if phase is None else (*incident.updates, NoticeUpdate(act.at_ms, phase, text))
    if is_public and not updates:
        raise fields.fault("is public without a 'phase'")
    return replace(
        incident,
        title=fields.text("title", "") or incident.title,
        is_public=is_public or (incident.is_public and not is_internal),
        impact=_token(fields, "impact", Impact) or incident.impact,
        updates=updates,
    )


def _token(fields: Fields, key: str, of: type[_Token]) -> _Token | None:
    """Take one of an enumeration's values, None where there is none."""
    value = fields.text(key, "")
    try:
        return of(value) if value else None
    except ValueError:
        raise fields.fault(f"says {value!r} as {key!r}, which this version of uptally does not know") from None


def _latest(said_ms: int | None, before_ms: int | None) -> int | None:
    return before_ms if said_ms is None else said_ms
