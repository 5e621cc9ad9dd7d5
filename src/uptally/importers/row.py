"""One row of a file of observations, and all that can be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TypeVar

from uptally.errors import Problem
from uptally.model.endpoint import Endpoint
from uptally.model.observation import GOOD, Kind, Observation, Outcome, Reason

_INTEGER = re.compile(r"\d{1,15}", re.ASCII)
_LOCATION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
"""What the config calls a location, too."""

_OWN_FAULTS_MIN = 80
"""Reasons from here on are our own faults, which say nothing of the target."""

_OUTCOMES = {outcome.label: outcome for outcome in Outcome}
_KINDS = {kind.name.lower(): kind for kind in Kind}
_REASONS = {reason.label: reason for reason in Reason if reason is not Reason.NOT_OBSERVED}
_UNSAID_REASONS = {Outcome.DOWN: Reason.REPORTED, Outcome.SLOW: Reason.LATENCY_LIMIT}

_Member = TypeVar("_Member", Outcome, Reason, Kind)


class Row:
    """A row's cells by column, the line on which it starts, and what was found wrong with it so far."""

    __slots__ = ("_cells", "_file", "line", "problems")

    def __init__(self, file: str, line: int, cells: Mapping[str, str]) -> None:
        self._file = file
        self._cells = cells
        self.line = line
        self.problems: list[Problem] = []

    def reject(self, column: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(Problem(self._file, self.line, 1, column, message))

    def observation(self, endpoints: Mapping[str, Sequence[Endpoint]], *, now_ms: int) -> Observation | None:
        """Return what the row says; None where any of it was rejected. `endpoints` are found by slug and by name.

        A value that is rejected is read as one that contradicts nothing, so that the rest of the row is looked at too.
        """
        endpoint = self._endpoint(endpoints)
        location = self._location()
        at_ms = self._integer("at_ms", "milliseconds since 1970 in UTC")
        if at_ms > now_ms:
            self.reject("at_ms", f"{at_ms} lies in the future")
        outcome = self._member("outcome", _OUTCOMES, otherwise=Outcome.UNKNOWN)
        reason = self._reason(outcome)
        kind = self._member("kind", _KINDS, otherwise=Kind.GRID) if self._cells.get("kind") else Kind.GRID
        has_latency = bool(self._cells["latency_us"]) or outcome in GOOD
        latency_us = self._integer("latency_us", "microseconds") if has_latency else 0
        interval_ms = (
            self._integer("interval_ms", "milliseconds", minimum=1) if self._cells.get("interval_ms") else None
        )
        if self.problems or endpoint is None:
            return None
        return Observation(
            endpoint=endpoint.slug,
            location=location,
            boot=0,
            sequence=at_ms * 4 + kind,
            kind=kind,
            at_ms=at_ms,
            duration_us=latency_us,
            outcome=outcome,
            reason=reason,
            interval_ms=interval_ms or endpoint.interval_ms,
            timeout_ms=endpoint.timeout_ms,
        )

    def _endpoint(self, endpoints: Mapping[str, Sequence[Endpoint]]) -> Endpoint | None:
        text = self._cells["endpoint"]
        found = endpoints.get(text, ())
        if len(found) == 1:
            return found[0]
        if found:
            slugs = ", ".join(endpoint.slug for endpoint in found)
            self.reject("endpoint", f"several endpoints are called {text!r}: write its slug, one of {slugs}")
        else:
            self.reject("endpoint", f"{text!r} is no endpoint of the config{_hint(text, endpoints)}")
        return None

    def _location(self) -> str:
        text = self._cells["location"]
        if not _LOCATION.fullmatch(text):
            self.reject("location", f"{text!r} is no location: write a-z, 0-9 and hyphens, as in fra1")
        return text

    def _reason(self, outcome: Outcome) -> Reason:
        reason = self._member("reason", _REASONS, otherwise=Reason.NONE)
        if reason is Reason.NONE:
            return _UNSAID_REASONS.get(outcome, Reason.NONE)
        if outcome is Outcome.UP:
            self.reject("reason", f"'{reason.label}' contradicts the outcome 'up': leave it empty")
        elif outcome is Outcome.SLOW and reason is not Reason.LATENCY_LIMIT:
            self.reject("reason", f"'{reason.label}' contradicts the outcome 'slow': leave it empty")
        elif outcome is Outcome.DOWN and reason is Reason.LATENCY_LIMIT:
            self.reject("reason", f"'{reason.label}' is no reason to be down: its outcome is 'slow'")
        elif outcome is Outcome.DOWN and reason >= _OWN_FAULTS_MIN:
            self.reject("reason", f"'{reason.label}' is the monitor's own fault: its outcome is 'unknown'")
        return reason

    def _integer(self, column: str, unit: str, *, minimum: int = 0) -> int:
        text = self._cells[column]
        if not _INTEGER.fullmatch(text) or int(text) < minimum:
            self.reject(column, f"{text!r} is no number: write {unit} as a whole number from {minimum}")
            return 0
        return int(text)

    def _member(self, column: str, members: Mapping[str, _Member], *, otherwise: _Member) -> _Member:
        text = self._cells[column]
        if text not in members:
            hint = _hint(text, members)
            expected = hint or f": expected one of {', '.join(label for label in members if label)}"
            self.reject(column, f"{text!r} is no {column}{expected}")
            return otherwise
        return members[text]


def _hint(text: str, known: Iterable[str]) -> str:
    near = get_close_matches(text.strip().lower(), [label for label in known if label], n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""
