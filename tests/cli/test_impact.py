from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger, observed
from uptally.ledger import Reader
from uptally.model.observation import Outcome, Reason
from uptally.rules.record.impacts import IMPACT, recorded_impacts

NOON_MS = 1_791_453_600_000
"""2026-10-08 12:00 in Berlin."""

TIMES = ["--from", "2026-10-08 12:00", "--to", "2026-10-08 12:01"]
RECORDED = [*TIMES, "--share", "40%", "--evidence", "logins", "--by", "ann"]


@pytest.fixture(autouse=True)
def ledger(folder: Path) -> Path:
    """The website was down for ten seconds after noon, under terms that count in proportion."""
    story = [
        observed("website", NOON_MS + second * 1_000, Outcome.DOWN, Reason.RESET)
        if 5 <= second < 15
        else observed("website", NOON_MS + second * 1_000)
        for second in range(-30, 60)
    ]
    make_ledger(folder, story)
    proportional = CONFIG.replace("sla: 99.9%", "sla: {target: 99.9%, impact: proportional}")
    (folder / "probes.yaml").write_text(proportional, encoding="utf-8")
    return folder / "uptally.db"


def counted(uptally: Invoke) -> tuple[int, int]:
    """What counts in October, and of its one outage."""
    document = json.loads(uptally("report", "--month", "2026-10", "--json").stdout)
    [statement] = document["statements"]
    [outage] = statement["outages"]
    return statement["windows"][0]["counted_ms"], outage["counted_ms"]["always"]


def test_only_the_share_that_was_affected_counts(uptally: Invoke, ledger: Path) -> None:
    assert counted(uptally) == (10_000, 10_000)
    result = uptally("impact", "Website", *RECORDED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "on record: downtime of website affected 40% of its users, "
        "2026-10-08 12:00 to 2026-10-08 12:01 (Europe/Berlin), by ann\n"
    )
    assert counted(uptally) == (4_000, 4_000)
    with Reader.open(ledger) as reader:
        reader.verify_acts()
        assert [each.share for each in recorded_impacts(reader.acts(IMPACT))] == [Fraction(2, 5)]


def test_a_hundred_per_cent_takes_it_back(uptally: Invoke) -> None:
    uptally("impact", "website", *RECORDED)
    uptally("impact", "website", *RECORDED, "--share", "100%")
    assert counted(uptally) == (10_000, 10_000)


def test_terms_that_do_not_count_in_proportion_are_noted(uptally: Invoke, folder: Path) -> None:
    (folder / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    result = uptally("impact", "website", *RECORDED)
    assert result.exit_code == 0
    assert "note: no terms for website count in proportion" in result.stderr
    assert counted(uptally) == (10_000, 10_000)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["web"], "there is no service 'web': did you mean"),
        (["website", "--to", "2026-10-08 12:00"], "'--to': 2026-10-08 12:00 is not after 2026-10-08 12:00"),
        (["website", "--share", "140%"], "'--share'"),
        (["website", "--to", "2099-01-01 00:00"], "2099-01-01 00:00 has not come yet"),
        (["website", "--evidence", " "], "'--evidence'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_recorded(
    uptally: Invoke, ledger: Path, arguments: list[str], told: str
) -> None:
    result = uptally("impact", *RECORDED, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    with Reader.open(ledger) as reader:
        assert recorded_impacts(reader.acts(IMPACT)) == ()
