"""What a right answer is, and what a reason amounts to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from uptally.model.endpoint import HttpExpectation
from uptally.model.observation import Outcome, Reason

_RESOLVER = frozenset({Reason.DNS_TIMEOUT, Reason.DNS_UNAVAILABLE})


class HttpAnswer(NamedTuple):
    """The facts of an HTTP response that an expectation is held against.

    `headers` are as they came, names in any case. `body` may be cut at the prober's cap, which `is_cut` tells. `find`
    evaluates a JMESPath expression on the body and returns what it found as JSON text; it raises ValueError where the
    body is no JSON.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    body: str
    is_cut: bool
    find: Callable[[str], str]


class Verdict(NamedTuple):
    """What an answer amounts to.

    `detail` says to the operator which expectation failed, and is empty where none did.
    """

    outcome: Outcome
    reason: Reason
    detail: str = ""


RIGHT = Verdict(Outcome.UP, Reason.NONE)


def outcome_of(reason: Reason) -> Outcome:
    """Return what a reason amounts to: our own fault or the resolver's is `UNKNOWN`, any other failure `DOWN`.

    >>> outcome_of(Reason.STATUS).label, outcome_of(Reason.LOCAL_LIMIT).label, outcome_of(Reason.NONE).label
    ('down', 'unknown', 'up')
    """
    if reason is Reason.NONE:
        return Outcome.UP
    if reason is Reason.LATENCY_LIMIT:
        return Outcome.SLOW
    if reason >= Reason.OWN_NETWORK or reason in _RESOLVER:
        return Outcome.UNKNOWN
    return Outcome.DOWN


def judge_http(expect: HttpExpectation, answer: HttpAnswer) -> Verdict:
    """Hold an answer against all that is expected of it; the first expectation that fails gives the reason.

    They are looked at from the status inwards: a 503 with an error page is told as a status, not as a missing text.
    """
    for low, high in expect.statuses:
        if low <= answer.status <= high:
            break
    else:
        return _wrong(Reason.STATUS, f"status {answer.status}, expected {_ranges(expect.statuses)}")
    for name, value in expect.headers:
        found = [text.strip() for key, text in answer.headers if key.lower() == name.lower()]
        if value not in found and value != ", ".join(found):
            shown = repr(", ".join(found)) if found else "no such header"
            return _wrong(Reason.HEADER_MISMATCH, f"header {name}: {shown}, expected {value!r}")
    for text in expect.contains:
        if text not in answer.body:
            return _wrong(Reason.BODY_MISSING_TEXT, f"the body does not contain {text!r}")
    for text in expect.not_contains:
        if text in answer.body:
            return _wrong(Reason.BODY_FORBIDDEN_TEXT, f"the body contains {text!r}")
    return _judge_json(expect, answer) if expect.json else RIGHT


def judge_reply(expect: str, received: bytes) -> Verdict:
    """Hold what a TCP peer said before it closed against the text that was expected."""
    if expect.encode() in received:
        return RIGHT
    return _wrong(Reason.REPLY_MISMATCH, f"the reply does not contain {expect!r}")


def judge_latency(verdict: Verdict, *, duration_us: int, limit_ms: int | None) -> Verdict:
    """Make a right answer `SLOW` that took longer than the limit; exactly the limit is in time."""
    if verdict.outcome is not Outcome.UP or limit_ms is None or duration_us <= limit_ms * 1_000:
        return verdict
    return Verdict(Outcome.SLOW, Reason.LATENCY_LIMIT, f"took {duration_us // 1_000} ms, limit {limit_ms} ms")


def _judge_json(expect: HttpExpectation, answer: HttpAnswer) -> Verdict:
    for wanted in expect.json:
        try:
            found = answer.find(wanted.expression)
        except ValueError as error:
            if answer.is_cut:
                return _wrong(Reason.TOO_LARGE, "the body is longer than what is read of it, and so no whole JSON text")
            return _wrong(Reason.JSON_MISMATCH, f"the body is no JSON: {error}")
        if found != wanted.value and _exact(found) != _exact(wanted.value):
            return _wrong(Reason.JSON_MISMATCH, f"{wanted.expression} is {found}, expected {wanted.value}")
    return RIGHT


def _exact(text: str) -> object:
    """Read JSON so that 1.0 equals 1, and neither equals true: Python's own numbers would say otherwise."""
    return json.loads(text, parse_int=_number, parse_float=_number)


def _number(text: str) -> tuple[str, Fraction]:
    return ("number", Fraction(text))


def _wrong(reason: Reason, detail: str) -> Verdict:
    return Verdict(outcome_of(reason), reason, detail)


def _ranges(statuses: Sequence[tuple[int, int]]) -> str:
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in statuses)
