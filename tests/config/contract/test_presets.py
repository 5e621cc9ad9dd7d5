"""Published terms, each held against a month that was worked out by hand.

April 2026 in UTC has 30 days, 43,200 minutes. Times are minutes from its begin.
"""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.config.contract.texts import terms_in
from uptally.config.contract.presets import presets
from uptally.model.facts import Exclusion, Facts, History, Impact, RequestCount, RequestCounts
from uptally.model.judgement import PeriodJudgement
from uptally.rules.contract.evaluate import judge
from uptally.rules.contract.periods import period_window
from uptally.units.instant import UTC
from uptally.units.stretches import Stretches, stretches
from uptally.units.time import HOUR_MS, MINUTE_MS, month_window

DOCUMENT = Path(__file__).parents[3] / "docs/configuration.md"
APRIL_MS = month_window("2026-04", UTC).start_ms
MONTH = 43_200
QUARTER = 91 * 1_440


def at(minutes: float) -> int:
    return APRIL_MS + round(minutes * MINUTE_MS)


def down(*outages: tuple[float, float]) -> Stretches:
    """Outages by their begin and length."""
    return stretches((at(begin), at(begin + length)) for begin, length in outages)


def facts(*outages: tuple[float, float], **more: object) -> Facts:
    return Facts({"a": History(down=down(*outages))}, **more)  # type: ignore[arg-type]  # told by name


def requests(minutes: int, *, of: int, failed: int, total: int = 1_000) -> Facts:
    """So many intervals from the month's begin with so many failed requests; all others without any."""
    listed = {at(index * of): RequestCount(total, failed) for index in range(minutes // of)}
    return Facts({"a": History()}, requests=RequestCounts(RequestCount(total, 0), listed))


def judged(preset: str, happened: Facts, *, beside: str = "", label: str = "2026-04") -> PeriodJudgement:
    [terms] = terms_in(f"{{preset: {preset}{beside}}}")
    return judge(terms, happened, [(label, period_window(terms.period, label, terms.zone))]).periods[0]


def availability(judgement: PeriodJudgement) -> Fraction:
    [window] = judgement.windows
    assert window.availability is not None
    return window.availability


@pytest.mark.parametrize("name", presets())
def test_each_loads_and_says_where_and_when_it_was_published(name: str) -> None:
    preset = presets()[name]
    assert preset.source.startswith("https://")
    assert preset.edition
    assert terms_in(f"{{preset: {name}, target: 99.5%}}")[0].target == Fraction(199, 200)
    assert f"`{name}`" in DOCUMENT.read_text(encoding="utf-8")


def test_what_is_said_beside_a_preset_wins_key_by_key() -> None:
    [terms] = terms_in("{preset: aws-ec2-region, credits: [{below: 99%, credit: 5%}], timezone: Europe/Berlin}")
    assert terms.target == Fraction(9999, 10_000)
    assert terms.zone.key == "Europe/Berlin"
    assert [len(terms.windows[0].credit.rules), terms.claim and terms.claim.days] == [1, 59]


@pytest.mark.parametrize(("minutes", "share"), [(4, 0), (5, 10), (433, 30), (2_161, 100)])
def test_aws_ec2_region(minutes: int, share: int) -> None:
    """0.01% of the month are 4.32 minutes, 1% are 432, 5% are 2,160."""
    found = judged("aws-ec2-region", facts((600, minutes)))
    assert availability(found) == 1 - Fraction(minutes, MONTH)
    assert found.share == Fraction(share, 100)


def test_aws_s3_averages_the_error_rates_of_five_minutes() -> None:
    """12 of 8,640 intervals without a good answer: 99.861%; the same with one error in ten: 99.986%."""
    found = judged("aws-s3", requests(60, of=5, failed=1_000))
    assert (availability(found), found.share) == (1 - Fraction(12, 8_640), Fraction(1, 10))
    assert judged("aws-s3", requests(60, of=5, failed=100)).is_met is True


def test_azure_dns_counts_from_sixty_seconds_on() -> None:
    """Of 59 s nothing counts; 60 s are 0.0023% of the month, and 100% was promised."""
    assert judged("azure-dns", facts((600, 59 / 60))).is_met is True
    found = judged("azure-dns", facts((600, 1)))
    assert (found.is_met, found.share) == (False, Fraction(1, 10))


def test_azure_sql_counts_minutes_that_are_down_as_a_whole() -> None:
    """From 10:00:30 for ten minutes, nine minutes of the clock are down throughout."""
    found = judged("azure-sql", facts((600.5, 10)))
    assert (availability(found), found.share) == (1 - Fraction(9, MONTH), Fraction(1, 10))


@pytest.mark.parametrize(("preset", "is_met"), [("atlassian", True), ("gitlab", False)])
def test_five_per_cent_of_errors_are_downtime_to_one_and_not_to_another(preset: str, is_met: bool) -> None:
    """An hour of minutes with exactly 5% of errors: 60 of 43,200 minutes are more than 0.1%, where they count."""
    assert judged(preset, requests(60, of=1, failed=50)).is_met is is_met
    assert judged(preset, requests(60, of=1, failed=51)).is_met is False


@pytest.mark.parametrize(("minutes", "share"), [(131, 0), (132, 10), (1_310, 10), (1_311, 25)])
def test_github_enterprise_pays_by_the_quarter(minutes: int, share: int) -> None:
    """The second quarter has 131,040 minutes: 0.1% are 131.04, 1% are 1,310.4."""
    found = judged("github-enterprise", requests(minutes, of=1, failed=60), label="2026-Q2")
    assert availability(found) == 1 - Fraction(minutes, QUARTER)
    assert found.share == Fraction(share, 100)


def test_github_enterprise_pays_nothing_at_exactly_99_per_cent() -> None:
    """Its text pays above 99.0 and below 99.0. In the first quarter of 2025, 90 days, 1,296 minutes are exactly 1%."""
    begin_ms = month_window("2025-01", UTC).start_ms
    for minutes, share in ((1_296, 0), (1_295, 10), (1_297, 25)):
        listed = {begin_ms + index * MINUTE_MS: RequestCount(100, 100) for index in range(minutes)}
        happened = Facts({"a": History()}, requests=RequestCounts(RequestCount(100, 0), listed))
        found = judged("github-enterprise", happened, label="2025-Q1")
        assert (found.is_met, found.share) == (False, Fraction(share, 100))


def test_google_compute_counts_whole_minutes() -> None:
    """5 min 59 s are five minutes, which are more than 4.32; ten times 59 s are nothing."""
    found = judged("google-compute-multi-zone", facts((600, 359 / 60)))
    assert (availability(found), found.share) == (1 - Fraction(5, MONTH), Fraction(1, 10))
    assert judged("google-compute-multi-zone", facts(*((60 * i, 59 / 60) for i in range(10)))).is_met is True


def test_google_spanner_counts_five_minutes_in_a_row_with_sixty_requests_each() -> None:
    assert judged("google-spanner", requests(4, of=1, failed=60)).is_met is True
    assert judged("google-spanner", requests(5, of=1, failed=59, total=59)).is_met is True
    found = judged("google-spanner", requests(5, of=1, failed=60))
    assert (availability(found), found.share) == (1 - Fraction(5, MONTH), Fraction(1, 10))


def test_digitalocean_droplet_gives_back_the_time_that_was_lost() -> None:
    """36 minutes are a 1,200th of the month; exactly five minutes are not more than five."""
    assert judged("digitalocean-droplet", facts((600, 36), (1_200, 5))).share == Fraction(1, 1_200)


def test_cloudflare_business_weighs_an_outage_by_those_whom_it_touched() -> None:
    """72 minutes are a 600th of the month; where half of the customers were touched, half of it is given."""
    assert judged("cloudflare-business", facts((600, 72))).share == Fraction(1, 600)
    history = History(down=down((600, 72)), impacts=(Impact(at(600), at(672), Fraction(1, 2)),))
    assert judged("cloudflare-business", Facts({"a": history})).share == Fraction(1, 1_200)


@pytest.mark.parametrize(("hours", "is_met"), [(24, True), (23, False)])
def test_linode_leaves_out_maintenance_that_was_announced_a_day_before(hours: int, is_met: bool) -> None:
    planned = Exclusion("m", "maintenance", at(6_000), at(6_060), at(6_000) - hours * HOUR_MS)
    assert judged("linode", facts((6_000, 60), exclusions=(planned,))).is_met is is_met


@pytest.mark.parametrize(("minutes", "month"), [(433, "2026-04"), (43, None), (44, "2026-06")])
def test_fastly_can_be_left_after_one_bad_month_or_three_middling_ones(minutes: int, month: str | None) -> None:
    """7.2 hours are 432 minutes; 43.8 minutes lie between 43 and 44."""
    [terms] = terms_in("{preset: fastly, target: 99%}")
    labels = ["2026-04", "2026-05", "2026-06"]
    starts = [month_window(label, UTC).start_ms for label in labels]
    outages = stretches((start_ms, start_ms + minutes * MINUTE_MS) for start_ms in starts)
    periods = [(label, month_window(label, UTC)) for label in labels]
    found = judge(terms, Facts({"a": History(down=outages)}), periods).termination
    assert found is not None
    assert found.first_period == month


def test_verizon_gives_a_day_for_each_hour_begun_from_the_ticket_on() -> None:
    """Two hours down, of which 90 minutes after the ticket: two hours begun, two days of thirty."""
    found = judged("verizon-internet-dedicated", facts((600, 120), reported=down((630, 90))))
    assert found.share == Fraction(2, 30)


def test_new_jersey_cable_gives_a_day_for_each_day_of_six_hours() -> None:
    """Six hours on the second day and five on the third: one day of thirty."""
    found = judged("new-jersey-cable", facts((1_500, 360), (2_900, 300)), beside=", target: 99%")
    assert found.share == Fraction(1, 30)


def test_ory_divides_by_43_800_minutes() -> None:
    """43 min 48 s are exactly 0.1% of them, although more than that of April."""
    found = judged("ory", facts((600, 43.8)), beside=", target: 99.9%")
    assert (availability(found), found.is_met) == (Fraction(999, 1_000), True)
    assert judged("ory", facts((600, 43.8 + 1 / 60)), beside=", target: 99.9%").is_met is False
