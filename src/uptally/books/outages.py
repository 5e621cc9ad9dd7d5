"""The outages of a service, from those of its components, and which dependency used how much of a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import NamedTuple

from uptally.model.downtime import Requests
from uptally.model.facts import History
from uptally.model.observation import Reason
from uptally.model.period_statement import ServiceOutage, Use
from uptally.model.terms import CompositeMode, Terms
from uptally.model.timeline import Outage, State
from uptally.rules.contract.components import combined
from uptally.rules.contract.downtime import Judged, counted_time
from uptally.rules.contract.sums import weighed_ms
from uptally.rules.history import Sight
from uptally.units.stretches import NEVER, Stretches, clipped, difference, intersection, length_ms, union
from uptally.units.time import Window


class Part(NamedTuple):
    """Components that are down as one: their history together, and what is known of each."""

    history: History
    sights: Mapping[str, Sight]


def parts_of(terms: Terms, sights: Mapping[str, Sight]) -> list[Part]:
    """Return what outages are told of: the service as one, or each component where they are measured alone."""
    composite, mode = terms.composite, terms.composite and terms.composite.mode
    if composite is None or len(sights) == 1 or mode in (CompositeMode.WEIGHTED, CompositeMode.POOLED):
        return [Part(sight.counted, {slug: sight}) for slug, sight in sights.items()]
    together = combined([sight.counted for sight in sights.values()], least=composite.least_down(len(sights)))
    return [Part(together, sights)]


def counted_of(
    terms: Terms, part: Part, period: Window, counted: Mapping[str, Stretches], read: Mapping[str, Stretches]
) -> dict[str, Stretches]:
    """Return what counts of a part's downtime, by service window: what was judged, or where that tells no stretches,
    what the definition makes of the part alone."""
    rule = terms.downtime
    if isinstance(rule, Requests):
        return dict.fromkeys(read, NEVER)
    return {
        name: counted[name] or counted_time(rule, Judged(part.history.down, time, period))
        for name, time in read.items()
    }


def outages_of_part(
    terms: Terms, part: Part, period: Window, counted: Mapping[str, Stretches], *, as_of_ms: int
) -> Iterator[ServiceOutage]:
    """Yield the outages of a part that touch a period, whole and in order, with what counts of each."""
    if not clipped(part.history.down, period):
        return
    known = [outage for sight in part.sights.values() for outage in sight.outages]
    begins = {outage.start_ms: outage for outage in known}
    ends = {outage.end_ms: outage for outage in known}
    for pieces in _joined(part.history):
        start_ms, end_ms = pieces[0][0], pieces[-1][1]
        if end_ms <= period.start_ms or start_ms >= period.end_ms:
            continue
        # Most begin and end where an outage of a component does; other edges are looked for.
        begin = begins.get(start_ms) or next((each for each in known if _may_begin(each, start_ms)), None)
        end = ends.get(end_ms) or next((each for each in known if _may_end(each, end_ms, as_of_ms)), None)
        down_ms = length_ms(pieces)
        yield ServiceOutage(
            start_ms=start_ms,
            end_ms=None if end_ms >= as_of_ms else end_ms,
            down_ms=down_ms,
            unknown_ms=end_ms - start_ms - down_ms,
            start_earliest_ms=begin.start_earliest_ms if begin else None,
            start_latest_ms=begin.start_latest_ms if begin else None,
            end_earliest_ms=end.end_earliest_ms if end else None,
            end_latest_ms=end.end_latest_ms if end else None,
            reason=begin.reason if begin else _reason(part, start_ms),
            components=tuple(slug for slug, sight in part.sights.items() if intersection(sight.counted.down, pieces)),
            counted={
                name: ceil(weighed_ms(terms, part.history, clipped(time, (start_ms, end_ms))))
                for name, time in counted.items()
            },
        )


def _may_begin(outage: Outage, at_ms: int) -> bool:
    """Tell whether an outage of a component began at an instant, wherever its terms set the edges."""
    earliest_ms = outage.start_ms if outage.start_earliest_ms is None else outage.start_earliest_ms
    return earliest_ms <= at_ms <= max(outage.start_ms, outage.start_latest_ms)


def _may_end(outage: Outage, at_ms: int, as_of_ms: int) -> bool:
    if outage.end_ms is None:
        return at_ms >= as_of_ms
    earliest_ms = outage.end_ms if outage.end_earliest_ms is None else outage.end_earliest_ms
    latest_ms = outage.end_ms if outage.end_latest_ms is None else outage.end_latest_ms
    return min(earliest_ms, outage.end_ms) <= at_ms <= max(latest_ms, outage.end_ms)


def _joined(history: History) -> Iterator[Stretches]:
    """Yield the down stretches of each outage: those with nothing but unknown time between them are one."""
    joined: list[tuple[int, int]] = []
    for start_ms, end_ms in history.down:
        if joined and length_ms(clipped(history.unknown, (joined[-1][1], start_ms))) < start_ms - joined[-1][1]:
            yield tuple(joined)
            joined = []
        joined.append((start_ms, end_ms))
    if joined:
        yield tuple(joined)


def _reason(part: Part, at_ms: int) -> Reason:
    """Return why a component was down at an instant: where it was not, its answers were slow."""
    for sight in part.sights.values():
        for start_ms, end_ms, turn in sight.pieces:
            if start_ms <= at_ms < end_ms and turn.state is State.DOWN:
                return turn.reason
    return Reason.LATENCY_LIMIT


def uses_of(counted: Stretches, dependencies: Sequence[tuple[str, str, Stretches]]) -> tuple[Use, ...]:
    """Return what each dependency, by its name and operational agreement, used of the time that counts: that in which
    it was down. The components come first, and only what was down is told."""
    found: list[Use] = []
    shares = [intersection(down, counted) for _, _, down in dependencies]
    for index, (name, agreement, _) in enumerate(dependencies):
        others = union(*shares[:index], *shares[index + 1 :])
        alone_ms = length_ms(difference(shares[index], others))
        shared_ms = length_ms(shares[index]) - alone_ms
        if shares[index]:
            found.append(Use(name, agreement, alone_ms, shared_ms))
    return tuple(found)
