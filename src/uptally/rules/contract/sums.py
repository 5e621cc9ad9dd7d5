"""The sums of one component in one service window of one period."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from uptally.model.downtime import Requests
from uptally.model.facts import Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.terms import DenominatorKind, OpenPeriod, PartialPeriod, StartsAt, Terms, Unknown
from uptally.rules.contract.downtime import Judged, counted_time
from uptally.rules.contract.exclusions import Candidates, Excluded, excluded_of
from uptally.rules.contract.periods import local_days
from uptally.rules.contract.requests import request_sums
from uptally.units.stretches import (
    FIRST_MS,
    NEVER,
    Stretches,
    clipped,
    difference,
    intersection,
    length_ms,
    union,
)
from uptally.units.time import DAY_MS, Window

_NO_REQUESTS = RequestCounts(RequestCount(0, 0), {})


class Scene(NamedTuple):
    """A period that is judged."""

    terms: Terms
    facts: Facts
    label: str
    period: Window
    found: Candidates

    @property
    def is_part(self) -> bool:
        """Whether only a part of the period, or nothing of it, lies in the contract."""
        contract = self.terms.contract
        return contract is not None and self.period.clipped(contract) != self.period


class WindowTime(NamedTuple):
    """What there is to measure of a service window, before components are looked at.

    `scheduled` may be in the denominator, `judged` is the part of it of which states are read: in the contract, and
    past.
    """

    scheduled: Stretches
    judged: Stretches
    excluded: Excluded


class Sums(NamedTuple):
    """What a component came to, in milliseconds; see `WindowJudgement` for the fields.

    `service_ms` is the real time that was measured: without any there is no availability, whatever the denominator.
    """

    scheduled_ms: Fraction
    agreed_ms: Fraction
    denominator_ms: Fraction
    counted_ms: Fraction
    excluded_ms: Fraction
    ignored_ms: Fraction
    unknown_ms: Fraction
    down_ms: Fraction
    service_ms: Fraction
    counted: Stretches = NEVER

    @property
    def availability(self) -> Fraction | None:
        """One less the share that was down, not below 0; None without service time."""
        if not self.service_ms or not self.denominator_ms:
            return None
        return max(Fraction(0), 1 - self.counted_ms / self.denominator_ms)


def window_time(scene: Scene, time: Stretches) -> WindowTime:
    """Return what there is to measure of a service window's time."""
    terms, as_of_ms = scene.terms, scene.facts.as_of_ms
    in_contract = time if terms.contract is None else clipped(time, terms.contract)
    scheduled = time if terms.partial_period is PartialPeriod.REST_COUNTS_AS_UP else in_contract
    judged = in_contract
    if as_of_ms is not None:
        judged = clipped(judged, (FIRST_MS, as_of_ms))
        if terms.open_period is OpenPeriod.ELAPSED:
            scheduled = clipped(scheduled, (FIRST_MS, as_of_ms))
    return WindowTime(scheduled, judged, excluded_of(scheduled, scene.found))


def sums_of(scene: Scene, window: WindowTime, history: History) -> Sums:
    """Return the sums of a component in a service window."""
    if isinstance(scene.terms.downtime, Requests):
        return _by_requests(scene, scene.terms.downtime, window)
    terms, rule, excluded = scene.terms, scene.terms.downtime, window.excluded.time
    scheduled, judged = window.scheduled, window.judged
    if history.deployed is not None:
        scheduled, judged = intersection(scheduled, history.deployed), intersection(judged, history.deployed)
    agreed = scheduled if terms.exclusions.counts_as_up else difference(scheduled, excluded)
    read = difference(judged, excluded)
    unknown = intersection(history.unknown, read)
    down = union(history.down, history.unknown) if terms.unknown is Unknown.AS_DOWN else history.down
    looked_at = difference(read, unknown) if terms.unknown is Unknown.LEAVE_OUT else read
    counting = intersection(down, scene.facts.reported) if terms.starts_at is StartsAt.REPORT else down
    counted = counted_time(rule, Judged(counting, looked_at, scene.period))
    inside = intersection(down, looked_at)
    service_ms = length_ms(agreed) - (length_ms(unknown) if terms.unknown is Unknown.LEAVE_OUT else 0)
    return Sums(
        scheduled_ms=Fraction(length_ms(scheduled)),
        agreed_ms=Fraction(length_ms(agreed)),
        denominator_ms=_denominator_ms(scene, service_ms),
        counted_ms=weighed_ms(scene.terms, history, counted),
        excluded_ms=Fraction(length_ms(intersection(intersection(history.down, judged), excluded))),
        ignored_ms=Fraction(length_ms(difference(inside, counted))),
        unknown_ms=Fraction(length_ms(unknown)),
        down_ms=Fraction(length_ms(difference(intersection(history.down, read), unknown))),
        service_ms=Fraction(service_ms),
        counted=counted,
    )


def weighed_ms(terms: Terms, history: History, counted: Stretches) -> Fraction:
    """Return what counted time counts for: where it affected only a share of the users, that share of it.

    Downtime by error rates is none that a component recorded, and counts in full.
    """
    whole_ms = Fraction(length_ms(counted))
    if not terms.has_impact or isinstance(terms.downtime, Requests):
        return whole_ms
    return whole_ms - sum((_spared_ms(impact, counted) for impact in history.impacts), Fraction(0))


def _spared_ms(impact: Impact, counted: Stretches) -> Fraction:
    return (1 - impact.share) * length_ms(clipped(counted, (impact.start_ms, impact.end_ms)))


def _denominator_ms(scene: Scene, service_ms: int) -> Fraction:
    denominator = scene.terms.denominator
    if denominator.kind is DenominatorKind.FIXED:
        return Fraction(denominator.fixed_ms)
    if denominator.kind is DenominatorKind.NOMINAL_DAYS:
        return Fraction(len(local_days(scene.period, scene.terms.zone)) * DAY_MS)
    return Fraction(service_ms)


def _by_requests(scene: Scene, rule: Requests, window: WindowTime) -> Sums:
    """Return the sums by error rates: what was measured is the intervals that were kept, of which a share was bad."""
    found = request_sums(
        rule,
        scene.facts.requests or _NO_REQUESTS,
        scene.period,
        scheduled=window.scheduled,
        excluded=window.excluded.time,
        excluded_is_up=scene.terms.exclusions.counts_as_up,
        judged=window.judged,
    )
    nothing, measured_ms = Fraction(0), Fraction(found.measured_ms)
    has_service = found.bad_share is not None
    return Sums(
        scheduled_ms=Fraction(length_ms(window.scheduled)),
        agreed_ms=measured_ms,
        denominator_ms=_denominator_ms(scene, found.measured_ms),
        counted_ms=(found.bad_share or nothing) * measured_ms,
        excluded_ms=nothing,
        ignored_ms=nothing,
        unknown_ms=nothing,
        down_ms=(found.bad_share or nothing) * measured_ms,
        service_ms=measured_ms if has_service else nothing,
        counted=found.down,
    )
