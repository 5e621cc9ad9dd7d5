from fractions import Fraction

import pytest

from uptally.errors import LedgerCorrupt
from uptally.model.act import Act
from uptally.model.facts import Impact
from uptally.rules.record.impacts import IMPACT, RecordedImpact, impacts_of, record_impact, recorded_impacts

HALF, FIFTH, ALL = Fraction(1, 2), Fraction(1, 5), Fraction(1)


def shop(start_ms: int, end_ms: int, share: Fraction) -> RecordedImpact:
    return RecordedImpact("shop", start_ms, end_ms, share, "logins")


def act(body: str, number: int = 1) -> Act:
    return Act(number, 0, IMPACT, "ann", body, "")


def test_what_is_recorded_is_read_back() -> None:
    impact = shop(1_000, 2_000, Fraction(125, 1_000))
    made = record_impact(impact, by="ann")
    assert (made.kind, made.by) == (IMPACT, "ann")
    assert '"share":"12.5%"' in made.body
    assert recorded_impacts([act(made.body), Act(2, 0, "claim", "ann", "{}", "")]) == (impact,)


def test_where_two_overlap_the_later_record_counts() -> None:
    recorded = [shop(0, 100, HALF), shop(40, 60, FIFTH), shop(90, 120, ALL)]
    assert impacts_of(recorded, "shop") == (
        Impact(0, 40, HALF),
        Impact(40, 60, FIFTH),
        Impact(60, 90, HALF),
        Impact(90, 120, ALL),
    )


def test_what_concerns_another_service_is_left_out() -> None:
    assert impacts_of([shop(0, 100, HALF)], "mail") == ()


@pytest.mark.parametrize("share", ["", '"share":"140%",', '"share":"x",', '"share":40,'])
def test_a_record_without_a_share_is_refused(share: str) -> None:
    body = f'{{{share}"service":"shop","start_ms":1,"end_ms":2,"evidence":"logins"}}'
    with pytest.raises(LedgerCorrupt, match=r"act 1 \(impact\) (tells no share|has no valid 'share')"):
        recorded_impacts([act(body)])


def test_a_record_that_says_more_is_refused() -> None:
    body = '{"share":"40%","service":"shop","start_ms":1,"end_ms":2,"evidence":"logins","more":1}'
    with pytest.raises(LedgerCorrupt, match="'more'"):
        recorded_impacts([act(body)])
