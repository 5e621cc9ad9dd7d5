"""How soon incidents were acknowledged, responded to and restored, in the time that a service window counts.

An incident belongs to the period in which its clock starts: when it was opened, or reported by the customer where that
was earlier. A step is done when it, or one that comes after it, is on record: who responds has acknowledged, and what
is restored waits for nobody. One that is not done is judged by what has passed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from uptally.model.incident import Incident
from uptally.model.objective import Measured, ObjectiveFacts, Promptness, Step
from uptally.model.terms import Terms
from uptally.rules.contract.calendar import service_time
from uptally.units.said import Said, said
from uptally.units.stretches import length_ms
from uptally.units.time import Window, format_duration

_STEPS = tuple(Step)
_DONE = {
    (Step.ACKNOWLEDGE, True): said("acknowledged"),
    (Step.ACKNOWLEDGE, False): said("not acknowledged yet"),
    (Step.RESPOND, True): said("responded to"),
    (Step.RESPOND, False): said("not responded to yet"),
    (Step.RESTORE, True): said("restored"),
    (Step.RESTORE, False): said("not restored yet"),
}


class _Handled(NamedTuple):
    """An incident, how long it waited, and whether that has ended."""

    id: str
    waited_ms: int
    is_done: bool


def promptness(terms: Terms, measure: Promptness, facts: ObjectiveFacts, period: Window) -> Measured:
    """Return the share of a period's incidents of which a step was done in time; without any incident all were.

    An incident that is looked at before it began is not there yet, and what was done later is not done yet.
    """
    part = period if terms.contract is None else period.clipped(terms.contract)
    waits = [
        _handled(terms, measure, incident, facts.as_of_ms)
        for incident in sorted(facts.incidents, key=lambda each: (_start_ms(each), each.id))
        if _is_due(measure, incident, part, facts.as_of_ms)
    ]
    prompt = sum(each.waited_ms <= measure.within_ms for each in waits)
    counts = {"incidents": len(waits), "in_time": prompt, "pending": sum(not each.is_done for each in waits)}
    if not waits:
        return Measured(Fraction(1), counts, (said("no incident, so none was late"),))
    lines = [_line(each, measure) for each in waits]
    lines.append(said("{prompt} of {incidents} in time", prompt=str(prompt), incidents=str(len(waits))))
    return Measured(Fraction(prompt, len(waits)), counts, tuple(lines))


def _start_ms(incident: Incident) -> int:
    if incident.reported_ms is None:
        return incident.opened_ms
    return min(incident.opened_ms, incident.reported_ms)


def _is_due(measure: Promptness, incident: Incident, part: Window, as_of_ms: int) -> bool:
    start_ms = _start_ms(incident)
    is_meant = not measure.severities or incident.severity in measure.severities
    return is_meant and part.start_ms <= start_ms < min(part.end_ms, as_of_ms)


def _handled(terms: Terms, measure: Promptness, incident: Incident, as_of_ms: int) -> _Handled:
    instants = {
        Step.ACKNOWLEDGE: incident.acknowledged_ms,
        Step.RESPOND: incident.responded_ms,
        Step.RESTORE: incident.restored_ms,
    }
    done = [at_ms for step in _STEPS[_STEPS.index(measure.step) :] if (at_ms := instants[step]) is not None]
    start_ms, end_ms = _start_ms(incident), min(done, default=as_of_ms)
    waited = Window(start_ms, max(start_ms, min(end_ms, as_of_ms)))
    if measure.window is None:
        waited_ms = waited.length_ms
    else:
        waited_ms = length_ms(service_time(terms.windows, waited, terms.zone)[measure.window])
    return _Handled(incident.id, waited_ms, is_done=bool(done) and end_ms <= as_of_ms)


def _line(each: _Handled, measure: Promptness) -> Said:
    values = {
        "id": each.id,
        "done": _DONE[measure.step, each.is_done],
        "waited": format_duration(each.waited_ms),
        "limit": format_duration(measure.within_ms),
        "verdict": said("in time") if each.waited_ms <= measure.within_ms else said("late"),
    }
    if measure.window is None:
        return said("incident {id}: {done} after {waited} of time, at most {limit}: {verdict}", **values)
    return said(
        "incident {id}: {done} after {waited} of {window} time, at most {limit}: {verdict}",
        window=measure.window,
        **values,
    )
