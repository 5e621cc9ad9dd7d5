"""What happened, in a file of the format ``sla-vector/1``."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from uptally.conformance.part import Part
from uptally.conformance.terms import open_window
from uptally.model.downtime import Requests
from uptally.model.facts import Exclusion, Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.terms import CompositeMode, Terms
from uptally.rules.contract.periods import period_window
from uptally.units.stretches import FIRST_MS, LAST_MS, Stretches, difference, stretches
from uptally.units.time import Window

_STATES = {"up": "up", "down": "down", "unknown": "unknown"}


def periods_of(part: Part, terms: Terms) -> tuple[tuple[str, Window], ...]:
    """Return the periods that are judged, each by its label; a custom one is labelled by its ends."""
    found = []
    for index, value in enumerate(part.items("periods")):
        if isinstance(value, str):
            found.append((value, period_window(terms.period, value, terms.zone)))
        else:
            window = Part.read(value, f"{part.place}.periods[{index}]", _custom)
            found.append((f"{window.start_ms}/{window.end_ms}", window))
    return tuple(found)


def facts_of(part: Part, terms: Terms) -> Facts:
    """Return what the terms are held against."""
    components = part.named("components", lambda each, name: each.one(name, _history))
    _check_components(part, terms, components)
    return Facts(
        # Error rates are of the service, whatever its components: without any, one stands for it.
        components=components or {"service": History()},
        exclusions=part.many("exclusions", _exclusion),
        requests=part.maybe("requests", lambda key: part.one(key, _request_counts)),
        as_of_ms=part.maybe("as_of_ms", part.whole),
        claims=part.maybe("claims", lambda key: part.named(key, Part.whole)) or {},
    )


def _check_components(part: Part, terms: Terms, components: dict[str, History]) -> None:
    composite = terms.composite
    if not components and not isinstance(terms.downtime, Requests):
        raise part.refused("components", "none at all")
    if composite is None and len(components) > 1:
        raise part.refused("components", "several, but terms.composite does not say how they combine")
    if composite is not None and composite.mode is CompositeMode.WEIGHTED and set(composite.weights) != set(components):
        raise part.refused("components", f"{', '.join(components)} are not those that have weights")


def _custom(part: Part) -> Window:
    window = _stretch(part)
    if not window.length_ms:
        raise part.refused("to_ms", "not after from_ms")
    return window


def _stretch(part: Part) -> Window:
    window = Window(part.whole("from_ms"), part.whole("to_ms"))
    if window.end_ms < window.start_ms:
        raise part.refused("to_ms", "before from_ms")
    return window


def _exclusion(part: Part) -> Exclusion:
    identity, kind, (from_ms, to_ms) = part.text("id"), part.text("kind"), _stretch(part)
    return Exclusion(identity, kind, from_ms, to_ms, part.maybe("notified_ms", part.whole))


def _history(part: Part) -> History:
    pieces = sorted(part.many("timeline", _piece))
    for (_, end_ms, *_), (start_ms, *_) in pairwise(pieces):
        if start_ms < end_ms:
            raise part.refused("timeline", f"two intervals hold {start_ms}")
    by_state = {
        state: stretches((start_ms, end_ms) for start_ms, end_ms, is_so, _ in pieces if is_so == state)
        for state in _STATES
    }
    said = stretches((start_ms, end_ms) for start_ms, end_ms, *_ in pieces)
    default = part.choice("default", _STATES)
    rest = difference(((FIRST_MS, LAST_MS),), said)
    by_state[default] = stretches([*by_state[default], *rest])
    return History(
        down=by_state["down"],
        unknown=by_state["unknown"],
        impacts=tuple(
            Impact(start_ms, end_ms, share)
            for start_ms, end_ms, state, share in pieces
            if state == "down" and share < 1
        ),
        deployed=part.maybe("deployed", lambda key: _deployed(part, key)),
    )


def _piece(part: Part) -> tuple[int, int, str, Fraction]:
    start_ms, end_ms = _stretch(part)
    share = part.maybe("impact", part.ratio)
    if share is not None and share > 1:
        raise part.refused("impact", "more than all")
    return start_ms, end_ms, part.choice("state", _STATES), Fraction(1) if share is None else share


def _deployed(part: Part, key: str) -> Stretches:
    is_list = isinstance(part.take(key), list)
    return stretches(part.many(key, open_window) if is_list else [part.one(key, open_window)])


def _request_counts(part: Part) -> RequestCounts:
    listed = part.many("buckets", lambda each: (each.whole("from_ms"), _request_count(each)))
    if len(dict(listed)) < len(listed):
        raise part.refused("buckets", "two begin at the same instant")
    return RequestCounts(part.one("default", _request_count), dict(listed))


def _request_count(part: Part) -> RequestCount:
    count = RequestCount(part.count("total"), part.count("failed"))
    if count.failed > count.total:
        raise part.refused("failed", f"{count.failed} of {count.total} failed")
    return count
