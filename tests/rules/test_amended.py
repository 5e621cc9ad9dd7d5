"""Whether what was promised for time that is over was changed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from uptally.rules.amended import Amendment, Versions, amendments


def version(
    terms: str, from_ms: int | None = None, until_ms: int | None = None, components: str = "web"
) -> Mapping[str, object]:
    dates = {"from_ms": from_ms, "until_ms": until_ms}
    told = {key: value for key, value in dates.items() if value is not None}
    return {"terms": {"target": terms}, "components": [components], **told}


GOLD: Versions = [version("99.9")]


@pytest.mark.parametrize(
    ("after", "at_ms"),
    [
        ([version("99.9")], None),
        ([version("99.9", until_ms=100), version("99.5", from_ms=100)], None),
        ([version("99.9", until_ms=99), version("99.5", from_ms=99)], 99),
        ([version("99.9", from_ms=50)], -(10**15)),
        ([version("99.9", until_ms=50)], 50),
        ([version("99.9", components="api")], -(10**15)),
    ],
    ids=["same", "from the month on", "a millisecond too early", "begins later", "ends earlier", "of something else"],
)
def test_other_terms_for_time_that_is_over_are_found(after: Versions, at_ms: int | None) -> None:
    found = list(amendments({"web": GOLD}, {"web": after}, until_ms=100))
    assert found == ([] if at_ms is None else [Amendment("web", at_ms)])


def test_terms_for_time_that_had_none_change_nothing() -> None:
    before = [version("99.9", from_ms=50)]
    after = [version("99.5", until_ms=50), version("99.9", from_ms=50)]
    assert not list(amendments({"web": before}, {"web": after, "api": GOLD}, until_ms=100))


def custom(from_ms: int, until_ms: int) -> Versions:
    return [{**version("99.9", from_ms, until_ms), "period": [from_ms, until_ms]}]


@pytest.mark.parametrize(
    ("before", "after", "at_ms"),
    [
        (custom(0, 150), custom(0, 200), None),
        (custom(0, 200), custom(0, 101), None),
        (custom(50, 200), custom(0, 200), None),
        (custom(0, 100), custom(0, 150), 0),
        (custom(0, 150), custom(0, 100), 0),
        (custom(50, 90), custom(40, 90), 50),
    ],
    ids=["put off", "ends sooner", "begins sooner", "put off when over", "over at once", "begun sooner when over"],
)
def test_a_custom_period_may_be_changed_as_long_as_it_is_not_over(
    before: Versions, after: Versions, at_ms: int | None
) -> None:
    found = list(amendments({"example/web": before}, {"example/web": after}, until_ms=100))
    assert found == ([] if at_ms is None else [Amendment("example/web", at_ms)])


def test_what_is_promised_to_everyone_may_end_but_not_what_a_customer_signed() -> None:
    before = {"web": GOLD, "example/web": GOLD}
    assert [each.key for each in amendments(before, {}, until_ms=100)] == ["example/web"]


def test_agreement_that_begins_after_the_time_that_is_over_may_be_changed() -> None:
    assert not list(amendments({"example/web": [version("99.9", from_ms=100)]}, {}, until_ms=100))
