"""Holds the ledger of a world that was lived through against the truth, and against itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

from tests.simulation.truth import Truth
from tests.simulation.world import Lived
from uptally.ledger import Reader
from uptally.ledger.chain import verify_blocks
from uptally.ledger.schema import open_as_it_stands
from uptally.model.observation import Observation, Outcome, Reason
from uptally.model.timeline import Outage, Span, State, Timeline
from uptally.rules.availability import measure
from uptally.rules.runs import ended_ms
from uptally.rules.timeline import outages_of, spans_of
from uptally.units.time import HOUR_MS, Window

ALWAYS = Window(0, 1 << 50)

ROUNDING_MS = 2
"""What cutting off to milliseconds, at either end, may cost."""


class Audit(NamedTuple):
    """What was found: `faults` is empty where all is well."""

    faults: tuple[str, ...]
    told: int
    """How many outages could be told for sure, and are to be found."""
    digest: str
    """Of all that the ledger holds."""


def audit(lived: Lived) -> Audit:
    """Look at everything. Raises LedgerCorrupt where turns, acts or blocks are not what they must be."""
    faults: list[str] = []
    told, content = 0, sha256()
    with closing(open_as_it_stands(lived.ledger_file)) as connection:
        for _ in verify_blocks(connection):
            pass
    with Reader.open(lived.ledger_file) as reader:
        reader.check_turns()
        reader.verify_acts()
        asked = (*lived.plan.endpoints, *lived.plan.canaries)
        held = {each.slug: list(reader.observations(each.slug, location="local", window=ALWAYS)) for each in asked}
        timelines = reader.timelines(location="local", since_ms=0)
        faults += _lost_or_invented(lived, held)
        for slug in sorted(held):
            content.update(repr((slug, held[slug], timelines.get(slug))).encode())
        for endpoint in lived.plan.endpoints:
            timeline, truth = timelines[endpoint.slug], Truth(lived, endpoint)
            assert timeline.last is not None
            spans = spans_of(timeline, ALWAYS, as_of_ms=timeline.last.at_ms)
            found = [
                *_untiled(reader, endpoint.slug, timeline),
                *_falsely_failed(held[endpoint.slug], timeline, truth),
                *_falsely_down(spans, truth),
                *_falsely_unknown(spans, truth),
                *_not_told(outages_of(spans), truth),
            ]
            faults += [f"{endpoint.slug}: {fault}" for fault in found]
            told += sum(1 for _ in truth.tellable())
    return Audit(tuple(faults), told, content.hexdigest())


def _lost_or_invented(lived: Lived, held: dict[str, list[Observation]]) -> Iterator[str]:
    """The ledger holds what was committed, and nothing else."""
    committed = {each._replace(evidence=None) for each in lived.committed}
    found = {each for observations in held.values() for each in observations}
    yield from (f"was committed and is lost: {each}" for each in sorted(committed - found))
    yield from (f"was never committed: {each}" for each in sorted(found - committed))


def _untiled(reader: Reader, slug: str, timeline: Timeline) -> Iterator[str]:
    """The spans of any window tile it, and its sums are theirs."""
    assert timeline.first_ms is not None
    assert timeline.last is not None
    first_ms, last_ms = timeline.first_ms, timeline.last.at_ms
    as_of_ms = last_ms + HOUR_MS
    windows = [Window(first_ms, as_of_ms), Window(first_ms, last_ms)]
    windows += [Window(at_ms, at_ms + HOUR_MS // 2) for at_ms in range(first_ms - 777, last_ms, HOUR_MS // 3)]
    kept = reader.availabilities(windows, location="local", as_of_ms=as_of_ms, slugs=[slug])[slug]
    for window, availability in zip(windows, kept, strict=True):
        spans = spans_of(timeline, window, as_of_ms=as_of_ms)
        known = Window(max(window.start_ms, first_ms), min(window.end_ms, as_of_ms))
        edges = [known.start_ms, *(span.end_ms for span in spans)]
        if edges[-1] != known.end_ms or edges[:-1] != [span.start_ms for span in spans]:
            yield f"spans do not tile {window}: {spans}"
        if any(span.length_ms <= 0 for span in spans) or any(a.state is b.state for a, b in pairwise(spans)):
            yield f"spans of no length, or neighbours of one state, in {window}: {spans}"
        if availability.agreed_service_ms != known.length_ms:
            yield f"up, down and unknown do not fill {window}: {availability}"
        if availability != measure(timeline, window, as_of_ms=as_of_ms):
            yield f"the sums of {window} are not those of its spans: {availability}"


def _falsely_failed(held: Sequence[Observation], timeline: Timeline, truth: Truth) -> Iterator[str]:
    """No attempt failed while the target was well, but for blips, which lost packets make; and for one that would be a
    blip, had the target not really failed by the next attempt, which then bears it out.
    """
    blips = {blip.at_ms for blip in timeline.blips}
    for each, following in pairwise([*held, None]):
        assert each is not None
        ended = ended_ms(each)
        is_borne_out = following is not None and truth.was_down(following.at_ms, ended_ms(following))
        is_blip = each.at_ms in blips or (each.reason.is_silence and is_borne_out)
        if (
            each.outcome is Outcome.DOWN
            and not (is_blip and truth.was_route_lost(each.at_ms, ended))
            and not truth.was_down(each.at_ms, ended)
        ):
            yield f"failed, and was well: {each}"


def _falsely_down(spans: Sequence[Span], truth: Truth) -> Iterator[str]:
    """No span is down without an outage within its bounds."""
    for span, following in pairwise([*spans, None]):
        assert span is not None
        latest_ms = max(span.latest_ms, following.latest_ms if following else span.end_ms)
        if span.state is State.DOWN and not truth.was_down(span.earliest_ms, latest_ms):
            yield f"down, and was well throughout: {span}"


def _falsely_unknown(spans: Sequence[Span], truth: Truth) -> Iterator[str]:
    """Unknown time has a reason, and there was cause for it."""
    for span in spans:
        if span.state is State.UNKNOWN:
            if span.reason is Reason.NONE:
                yield f"unknown for no reason: {span}"
            if not truth.could_be_unknown(span.start_ms, span.end_ms):
                yield f"unknown without a cause: {span}"


def _not_told(outages: Sequence[Outage], truth: Truth) -> Iterator[str]:
    """Each outage that could be told is on record, with bounds that hold the truth."""
    for window, failing in truth.tellable():
        if not any(_holds(outage, window) for outage in outages):
            near = [each for each in outages if abs(each.start_ms - window.start_ms) < HOUR_MS // 12]
            yield f"{failing} during {window} is not on record as that: {near}"


def _holds(outage: Outage, window: Window) -> bool:
    """Tell whether a true outage lies within the bounds of one on record."""
    if outage.start_earliest_ms is None or outage.end_earliest_ms is None or outage.end_latest_ms is None:
        return False
    starts = outage.start_earliest_ms - ROUNDING_MS <= window.start_ms <= outage.start_latest_ms + ROUNDING_MS
    ends = outage.end_earliest_ms - ROUNDING_MS <= window.end_ms <= outage.end_latest_ms + ROUNDING_MS
    return starts and ends
