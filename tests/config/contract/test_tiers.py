"""What `check` says of tiers, versions and hours that contracts have although nobody meant it."""

import pytest

from tests.config.conftest import Loaded

BEFORE = """\
monitor: {canaries: [tcp://9.9.9.9:443]}
endpoints: [{name: A, url: "https://a.example/", interval: 250ms, sla: 99%}]
slas:
  a:
"""


def said(loaded: Loaded, terms: str) -> list[str]:
    settings = loaded(BEFORE + "".join(f"    {line}\n" for line in terms.splitlines()))
    return [f"{finding.path}: {finding.message}" for finding in settings.findings]


def of_tiers(loaded: Loaded, *tiers: str, target: str = "99.9%") -> list[str]:
    lines = "\n".join(f"  - {{{tier}}}" for tier in tiers)
    return [each.removeprefix("slas.a.") for each in said(loaded, f"target: {target}\ncredits:\n{lines}")]


@pytest.mark.parametrize(
    "tiers",
    [
        ["below: 99.9%, credit: 10%", "below: 99%, credit: 25%", "below: 95%, credit: 100%"],
        ["below: 99.9%, at_least: 99%, credit: 10%", "below: 99%, credit: 25%"],
        ["below: 100%, credit: 5%", "below: 99.9%, credit: 10%"],
        ["above: 30m, credit: 1d", "above: 4h, credit: 7d"],
        ["above: 10m, at_most: 45m, credit: 5%", "above: 45m, credit: 10%"],
    ],
)
def test_tiers_that_reach_from_the_target_down_are_no_finding(loaded: Loaded, tiers: list[str]) -> None:
    assert of_tiers(loaded, *tiers) == []


@pytest.mark.parametrize(
    ("tiers", "hole"),
    [
        (["at_most: 99.9%, above: 99%, credit: 10%", "below: 99%, credit: 25%"], "at exactly 99%"),
        (["at_least: 99%, at_most: 99.89%, credit: 10%", "below: 99%, credit: 25%"], "above 99.89% to below 99.9%"),
        (["below: 99.9%, at_least: 99%, credit: 10%", "below: 98%, credit: 25%"], "from 98% to below 99%"),
        (["below: 99.9%, at_least: 99%, credit: 10%", "at_most: 98%, credit: 25%"], "above 98% to below 99%"),
        (["below: 99.9%, above: 99%, credit: 10%", "below: 98%, credit: 25%"], "from 98% up to 99%"),
        (["below: 99.9%, at_least: 95%, credit: 10%"], "below 95%"),
        (["below: 99.9%, above: 95%, credit: 10%"], "up to 95%"),
        (["below: 99.5%, credit: 10%"], "from 99.5% to below 99.9%"),
        (["above: 10m, at_most: 45m, credit: 5%", "above: 1h, credit: 10%"], "above 45m up to 1h"),
        (["above: 10m, below: 45m, credit: 5%"], "from 45m on"),
        (["above: 10m, at_most: 45m, credit: 5%"], "above 45m on"),
    ],
)
def test_a_hole_is_named_with_its_ends(loaded: Loaded, tiers: list[str], hole: str) -> None:
    assert of_tiers(loaded, *tiers) == [f"credits[0]: the tiers leave a hole: {hole} nothing is credited"]


def test_tiers_that_cross_each_other_are_named(loaded: Loaded) -> None:
    found = of_tiers(
        loaded,
        "below: 99.9%, at_least: 98%, credit: 10%",
        "below: 99%, at_least: 95%, credit: 25%",
        "below: 95%, credit: 50%",
    )
    assert found == ["credits[1]: overlaps slas.a.credits[0]: where both hold, the larger is given"]


def test_a_tier_that_another_always_outbids_never_applies(loaded: Loaded) -> None:
    found = of_tiers(loaded, "below: 99.9%, credit: 25%", "below: 99%, credit: 10%")
    assert found == ["credits[1]: never applies: slas.a.credits[0] holds wherever it does, and gives as much"]


def test_a_tier_above_the_target_never_applies_if_only_misses_are_credited(loaded: Loaded) -> None:
    tiers = ("below: 99.9%, only_if_missed: true, credit: 10%", "at_least: 99.9%, only_if_missed: true, credit: 5%")
    assert of_tiers(loaded, *tiers) == ["credits[1]: never applies: the target is met wherever it holds"]


def test_days_without_a_promise_are_named(loaded: Loaded) -> None:
    found = said(loaded, "- {target: 99%, from: 2026-10-05}\n- {target: 98%, until: 2026-10-01}")
    assert found == ["slas.a[0].from: nothing is promised from 2026-10-01 to 2026-10-05"]


@pytest.mark.parametrize(
    ("terms", "interval", "verdict"),
    [
        ("{target: 99.9%, period: calendar_quarter}", "45m", "cannot prove 99.9% (7,862.4 s a quarter); 2,620 s or"),
        ("{target: 99.9%, period: rolling 7d}", "4m", "cannot prove 99.9% (604.8 s in 7 days); 201 s or"),
        (
            "{target: 99.9%, period: custom, from: 2026-01-01, until: 2026-01-08}",
            "4m",
            "cannot prove 99.9% (604.8 s in its period); 201 s or",
        ),
        (
            "{target: 99.9%, hours: mon-fri 08:00-18:00}",
            "5m",
            "cannot prove 99.9% (771.4 s a month, in its hours); 257 s",
        ),
        (
            "{windows: [{name: x, target: 95%}, {name: y, target: 99.9%}]}",
            "15m",
            "cannot prove 99.9% (2,592 s a month);",
        ),
        ("[{target: 99%, until: 2026-10-01}, {target: 99.9%, from: 2026-10-01}]", "15m", "cannot prove 99.9% (2,592 s"),
        ("[{target: 99.9%, until: 2026-10-01}, {target: 99%, from: 2026-10-01}]", "15m", "cannot prove 99.9% (2,592 s"),
    ],
)
def test_an_interval_must_prove_each_version_window_and_period(
    loaded: Loaded, terms: str, interval: str, verdict: str
) -> None:
    before = BEFORE.replace("sla: 99%", "sla: a").replace("250ms", interval)
    [finding] = loaded(f"{before.rstrip()} {terms}\n").findings
    assert finding.path == "endpoints[0].interval"
    assert verdict in finding.message
