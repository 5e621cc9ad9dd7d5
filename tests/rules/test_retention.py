from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from uptally.config import load
from uptally.rules.retention import Backed

CONFIG = """\
page: {{timezone: Europe/Berlin}}
server: {{enabled: false}}
endpoints: [{{name: Website, url: "http://127.0.0.1:1/"}}]
agreements:
  - {{name: Acme, customer: {{name: Acme Ltd}}, provider: {{name: Us}}, covers: [{{service: website, sla: gold}}]}}
slas:
  gold: {{target: 99%, {terms}}}
"""


def backed(tmp_path: Path, terms: str, day: str) -> set[str]:
    (tmp_path / "probes.yaml").write_text(CONFIG.format(terms=terms), encoding="utf-8")
    settings = load(tmp_path / "probes.yaml", environment={})
    day_ms = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000
    return set(Backed(settings).months(day_ms))


@pytest.mark.parametrize(
    ("terms", "day", "months"),
    [
        ("period: calendar_month", "2026-10-15", {"2026-10"}),
        # The last hour of the day of UTC belongs to November in Berlin.
        ("period: calendar_month", "2026-10-31", {"2026-10", "2026-11"}),
        ("period: calendar_quarter", "2026-10-15", {"2026-10", "2026-12"}),
        ("period: calendar_year", "2026-02-01", {"2026-02", "2026-12"}),
        ("period: billing_cycle 20", "2026-10-21", {"2026-10", "2026-11"}),
        ("period: billing_cycle 20", "2026-10-10", {"2026-10"}),
        ("period: rolling 30d", "2026-10-10", {"2026-10", "2026-11"}),
        ("period: rolling 90d", "2026-10-10", {"2026-10", "2026-11", "2026-12", "2027-01"}),
    ],
)
def test_day_backs_each_month_whose_export_tells_of_a_period_that_holds_it(
    tmp_path: Path, terms: str, day: str, months: set[str]
) -> None:
    assert backed(tmp_path, terms, day) == months
