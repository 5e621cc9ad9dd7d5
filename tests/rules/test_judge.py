"""What a right answer is, and what a reason amounts to."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.endpoint import HttpExpectation, JsonEquals
from uptally.model.observation import Outcome, Reason
from uptally.rules.judge import RIGHT, HttpAnswer, judge_http, judge_latency, judge_reply, outcome_of


def answer(
    status: int = 200,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    body: str = "",
    is_cut: bool = False,
    found: str | None = None,
) -> HttpAnswer:
    def find(expression: str) -> str:
        if found is None:
            raise ValueError("line 1")
        return found

    return HttpAnswer(status, headers, body, is_cut, find)


@pytest.mark.parametrize(
    ("statuses", "status", "is_right"),
    [
        (((200, 299),), 200, True),
        (((200, 299),), 299, True),
        (((200, 299),), 199, False),
        (((200, 299),), 300, False),
        (((200, 200), (404, 404)), 404, True),
        (((200, 200), (404, 404)), 204, False),
    ],
)
def test_a_status_must_lie_in_one_of_the_ranges(
    statuses: tuple[tuple[int, int], ...], status: int, is_right: bool
) -> None:
    verdict = judge_http(HttpExpectation(statuses=statuses), answer(status))
    assert (verdict.reason is Reason.NONE) == is_right
    assert verdict.outcome is (Outcome.UP if is_right else Outcome.DOWN)


def test_the_detail_names_what_was_expected() -> None:
    expect = HttpExpectation(statuses=((200, 200), (400, 404)))
    assert judge_http(expect, answer(500)).detail == "status 500, expected 200, 400-404"


@pytest.mark.parametrize(
    ("headers", "is_right"),
    [
        ((("X-Cache", "HIT"),), True),
        ((("x-cache", " HIT "),), True),
        ((("X-Cache", "MISS"), ("X-Cache", "HIT")), True),
        ((("X-Cache", "hit"),), False),
        ((("X-Other", "HIT"),), False),
        ((), False),
    ],
)
def test_a_header_must_have_the_value_once(headers: tuple[tuple[str, str], ...], is_right: bool) -> None:
    verdict = judge_http(HttpExpectation(headers=(("x-Cache", "HIT"),)), answer(headers=headers))
    assert verdict.reason is (Reason.NONE if is_right else Reason.HEADER_MISMATCH)


def test_a_header_that_came_in_parts_may_be_expected_whole() -> None:
    expect = HttpExpectation(headers=(("Vary", "a, b"),))
    assert judge_http(expect, answer(headers=(("Vary", "a"), ("Vary", "b")))) == RIGHT


def test_the_status_is_told_before_the_body() -> None:
    expect = HttpExpectation(contains=("healthy",), headers=(("X", "1"),))
    assert judge_http(expect, answer(503)).reason is Reason.STATUS


def test_all_texts_must_be_there_and_none_of_the_others() -> None:
    expect = HttpExpectation(contains=("a", "b"), not_contains=("x", "y"))
    assert judge_http(expect, answer(body="a b")).reason is Reason.NONE
    assert judge_http(expect, answer(body="a")).reason is Reason.BODY_MISSING_TEXT
    assert judge_http(expect, answer(body="a b y")).reason is Reason.BODY_FORBIDDEN_TEXT


@pytest.mark.parametrize(
    ("found", "value", "is_right"),
    [
        ("1", "1", True),
        ("1.0", "1", True),
        ("1e2", "100", True),
        ("0.1", "0.10", True),
        ("true", "1", False),
        ("1", "true", False),
        ('"1"', "1", False),
        ("null", "null", True),
        ('{"a":[1.0]}', '{"a":[1]}', True),
        ('{"a":[true]}', '{"a":[1]}', False),
        ("9007199254740993", "9007199254740992", False),
    ],
)
def test_json_values_are_compared_as_json_means_them(found: str, value: str, is_right: bool) -> None:
    verdict = judge_http(HttpExpectation(json=(JsonEquals("path", value),)), answer(found=found))
    assert verdict.reason is (Reason.NONE if is_right else Reason.JSON_MISMATCH)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_json_equals_itself_however_it_is_written(value: object) -> None:
    plain, spaced = json.dumps(value), json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
    assert judge_http(HttpExpectation(json=(JsonEquals("path", plain),)), answer(found=spaced)) == RIGHT


def test_a_cut_body_is_too_large_for_json_rather_than_wrong() -> None:
    expect = HttpExpectation(json=(JsonEquals("path", "1"),))
    assert judge_http(expect, answer(is_cut=True)).reason is Reason.TOO_LARGE
    assert judge_http(expect, answer(is_cut=False)).reason is Reason.JSON_MISMATCH


def test_a_reply_must_contain_the_text() -> None:
    assert judge_reply("220", b"220 mail\r\n") == RIGHT
    assert judge_reply("ü", b"421 busy").reason is Reason.REPLY_MISMATCH


@pytest.mark.parametrize(
    ("duration_us", "limit_ms", "outcome"),
    [
        (500_000, None, Outcome.UP),
        (500_000, 500, Outcome.UP),
        (500_001, 500, Outcome.SLOW),
    ],
)
def test_only_over_the_limit_is_slow(duration_us: int, limit_ms: int | None, outcome: Outcome) -> None:
    assert judge_latency(RIGHT, duration_us=duration_us, limit_ms=limit_ms).outcome is outcome


def test_a_failure_is_not_slow() -> None:
    wrong = judge_http(HttpExpectation(), answer(500))
    assert judge_latency(wrong, duration_us=10_000_000, limit_ms=1) == wrong


def test_each_reason_amounts_to_one_outcome() -> None:
    assert outcome_of(Reason.NONE) is Outcome.UP
    assert outcome_of(Reason.LATENCY_LIMIT) is Outcome.SLOW
    for reason in Reason:
        if reason >= 80 or reason in (Reason.DNS_TIMEOUT, Reason.DNS_UNAVAILABLE):
            assert outcome_of(reason) is Outcome.UNKNOWN
        elif reason >= 10:
            assert outcome_of(reason) is Outcome.DOWN


def test_what_the_target_answered_is_never_our_own_fault() -> None:
    assert all(outcome_of(reason) is Outcome.DOWN for reason in Reason if reason.is_answer)


@pytest.mark.parametrize(
    ("expect", "given", "detail"),
    [
        (
            HttpExpectation(headers=(("X-Cache", "HIT"),)),
            answer(headers=(("x-cache", "MISS"), ("X-Cache", "STALE"))),
            "header X-Cache: 'MISS, STALE', expected 'HIT'",
        ),
        (HttpExpectation(headers=(("X-Cache", "HIT"),)), answer(), "header X-Cache: no such header, expected 'HIT'"),
        (HttpExpectation(contains=("fine",)), answer(body="bad"), "the body does not contain 'fine'"),
        (HttpExpectation(not_contains=("bad",)), answer(body="bad"), "the body contains 'bad'"),
        (HttpExpectation(json=(JsonEquals("a.b", "1"),)), answer(found="2"), "a.b is 2, expected 1"),
        (HttpExpectation(json=(JsonEquals("a.b", "1"),)), answer(), "the body is no JSON: line 1"),
        (
            HttpExpectation(json=(JsonEquals("a.b", "1"),)),
            answer(is_cut=True),
            "the body is longer than what is read of it, and so no whole JSON text",
        ),
    ],
)
def test_the_detail_tells_what_was_found_and_what_was_expected(
    expect: HttpExpectation, given: HttpAnswer, detail: str
) -> None:
    assert judge_http(expect, given).detail == detail


def test_each_json_value_is_looked_for_by_its_expression() -> None:
    values = {"a": "1", "b": "2"}
    asked = HttpAnswer(200, (), "", False, values.__getitem__)
    assert judge_http(HttpExpectation(json=(JsonEquals("a", "1"), JsonEquals("b", "2"))), asked) == RIGHT
    assert judge_http(HttpExpectation(json=(JsonEquals("a", "1"), JsonEquals("b", "1"))), asked).detail == (
        "b is 2, expected 1"
    )


def test_the_detail_of_a_reply_tells_what_it_lacks() -> None:
    assert judge_reply("220", b"421 busy").detail == "the reply does not contain '220'"


def test_a_slow_answer_is_told_with_its_duration_cut_off_and_the_limit() -> None:
    verdict = judge_latency(RIGHT, duration_us=1_000_999, limit_ms=999)
    assert verdict == (Outcome.SLOW, Reason.LATENCY_LIMIT, "took 1000 ms, limit 999 ms")
