"""Exclusions on record: by whom, since when, and until when they stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from uptally.model.act import Act, NewAct
from uptally.model.exclusion import Plan, RecordedExclusion, Recurrence
from uptally.rules.record.fields import Fields, body_of

EXCLUSION = "exclusion"
"""The kind of act whose body is a `Plan`."""

EXCLUSION_REVOKED = "exclusion-revoked"
"""The kind of act that takes back an exclusion, which its body names by the number of its act."""

EXCLUSION_KINDS = (EXCLUSION, EXCLUSION_REVOKED)

CONFIG_BY = "config"
"""By whom the plans of the configuration are on record; no person's name may be this."""


def exclude(plan: Plan, *, by: str) -> NewAct:
    """Return the act that puts a plan on record."""
    recurrence = plan.recurrence
    recurs = recurrence and {
        "rule": recurrence.rule,
        "start": recurrence.start,
        "zone": recurrence.zone.key,
        "duration_ms": recurrence.duration_ms,
    }
    fields = {
        "id": plan.id,
        "kind": plan.kind,
        "start_ms": plan.start_ms,
        "end_ms": plan.end_ms,
        "services": plan.services,
        "why": plan.why,
        "recurrence": recurs,
        "declared_ms": plan.declared_ms,
        "evidence": plan.evidence,
        "text": plan.text,
    }
    return NewAct(EXCLUSION, by, body_of(fields))


def revoke(exclusion: RecordedExclusion, *, by: str, why: str) -> NewAct:
    """Return the act that takes an exclusion back: what has begun by then stays excluded."""
    return NewAct(EXCLUSION_REVOKED, by, body_of({"act": exclusion.act, "id": exclusion.plan.id, "why": why}))


def recorded_exclusions(acts: Iterable[Act]) -> tuple[RecordedExclusion, ...]:
    """Return all exclusions on record, revoked ones too, in the order of their acts. Raises LedgerCorrupt.

    One that takes the place of another of its id at the same instant, for the same time and with another reason, is the
    same exclusion under other words: notice of it counts from the first record.
    """
    found: dict[int, RecordedExclusion] = {}
    newest: dict[tuple[str, str], int] = {}
    for act in acts:
        if act.kind == EXCLUSION:
            plan = _plan(Fields(act))
            before = found.get(newest.get((act.by, plan.id), 0))
            recorded_ms = act.at_ms
            if before and before.revoked_ms == act.at_ms and replace(before.plan, why=plan.why, text=plan.text) == plan:
                recorded_ms = found.pop(before.act).recorded_ms
            found[act.number] = RecordedExclusion(plan, act.by, recorded_ms, act=act.number)
            newest[act.by, plan.id] = act.number
        elif act.kind == EXCLUSION_REVOKED:
            fields = Fields(act)
            number = fields.instant("act")
            fields.text("id")
            fields.text("why")
            fields.end()
            held = found.get(number)
            if held is None or held.revoked_ms is not None:
                raise fields.fault(f"revokes act {number}, which is no exclusion that stands")
            found[number] = replace(held, revoked_ms=act.at_ms)
    return tuple(found.values())


def as_planned(acts: Sequence[Act], plans: Sequence[Plan]) -> list[NewAct]:
    """Return what brings the record to what a configuration plans: each plan stands as it is there, and no other.

    What stands already makes no act; what people recorded is left alone. Raises LedgerCorrupt.
    """
    stands = {
        each.plan.id: each for each in recorded_exclusions(acts) if each.by == CONFIG_BY and each.revoked_ms is None
    }
    wanted = {plan.id: exclude(plan, by=CONFIG_BY) for plan in plans}
    held = {key: exclude(each.plan, by=CONFIG_BY) for key, each in stands.items()}
    gone = [
        revoke(each, by=CONFIG_BY, why="changed in the configuration" if key in wanted else "gone from it")
        for key, each in stands.items()
        if wanted.get(key) != held[key]
    ]
    return [*gone, *(act for key, act in wanted.items() if held.get(key) != act)]


def _plan(fields: Fields) -> Plan:
    recurs = fields.inner("recurrence")
    plan = Plan(
        id=fields.text("id"),
        kind=fields.text("kind"),
        start_ms=fields.instant("start_ms"),
        end_ms=fields.instant("end_ms"),
        services=fields.texts("services"),
        why=fields.text("why", ""),
        recurrence=None if recurs is None else _recurrence(recurs),
        declared_ms=fields.instant_or_none("declared_ms"),
        evidence=fields.text("evidence", ""),
        text=fields.text("text", ""),
    )
    fields.end()
    if plan.end_ms <= plan.start_ms:
        raise fields.fault("ends before it starts")
    return plan


def _recurrence(fields: Fields) -> Recurrence:
    name = fields.text("zone")
    try:
        zone = ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise fields.fault(f"names the time zone {name!r}, which this machine does not know") from None
    recurrence = Recurrence(
        rule=fields.text("rule"), start=fields.text("start"), zone=zone, duration_ms=fields.instant("duration_ms")
    )
    fields.end()
    return recurrence
