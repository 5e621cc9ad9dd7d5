"""`uptally baseline`: what could be promised."""

import json

from tests.cli.conftest import Invoke
from tests.cli.test_report import LAST, report

__all__ = ["report"]


def test_a_target_is_proposed_with_the_confidence_that_the_history_allows(report: Invoke, uptally: Invoke) -> None:
    lines = uptally("baseline", "--months", "2").stdout.splitlines()
    assert lines[0].startswith("Website, always: 99.")
    assert lines[0].endswith("would have been met in 1 of 1 month")
    assert "With 95% confidence a month meets it with a chance of at least 5.0%" in lines[1]
    assert f"The worst month was {LAST}" in lines[3]


def test_a_program_gets_every_month(report: Invoke, uptally: Invoke) -> None:
    website, database = json.loads(uptally("baseline", "--json").stdout)["services"]
    assert (website["service"]["slug"], database["service"]["slug"]) == ("website", "database")
    assert [month["month"] for month in website["months"]] == [LAST]
    assert (website["months_known"], website["months_met"], website["chance_percent"]) == (1, 1, "5.0")


def test_more_months_than_are_looked_at_cannot_be_met(report: Invoke, uptally: Invoke) -> None:
    assert uptally("baseline", "--months", "2", "--met", "3").exit_code == 2
