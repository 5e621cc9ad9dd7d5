from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.ledger import Reader
from uptally.rules.record.claims import CLAIM, Claimed, recorded_claims

NOVEMBER_5_MS = 1_793_867_400_000
"""2026-11-05 09:30 in Berlin."""

AGREEMENTS = """
services:
  - {name: Shop, endpoints: [Website, Orders database]}
agreements:
  - {name: Acme Ltd, covers: [Shop], sla: 99.9%, customer: Acme}
"""
CLAIMED = Claimed("acme-ltd", "shop", "2026-10")
RECEIVED = ["--received", "2026-11-05 09:30", "--by", "ann"]


@pytest.fixture(autouse=True)
def ledger(folder: Path) -> Path:
    make_ledger(folder, [])
    with (folder / "probes.yaml").open("a", encoding="utf-8") as stream:
        stream.write(AGREEMENTS)
    return folder / "uptally.db"


def claims(ledger: Path) -> dict[Claimed, int]:
    with Reader.open(ledger) as reader:
        reader.verify_acts()
        return recorded_claims(reader.acts(CLAIM))


def test_claim_goes_on_record_by_slugs_or_by_names(uptally: Invoke, ledger: Path) -> None:
    result = uptally("claim", "Acme Ltd", "shop", "2026-10", *RECEIVED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "on record: acme-ltd claimed for shop in 2026-10, received 2026-11-05 09:30 (Europe/Berlin), by ann\n"
    )
    assert uptally("claim", "acme-ltd", "Shop", "2026-09", *RECEIVED).exit_code == 0
    assert claims(ledger) == {CLAIMED: NOVEMBER_5_MS, CLAIMED._replace(period="2026-09"): NOVEMBER_5_MS}


def test_credits_of_a_custom_period_need_no_claim(uptally: Invoke, folder: Path, ledger: Path) -> None:
    file = folder / "probes.yaml"
    custom = "sla: {target: 99.9%, period: custom, from: 2026-07-01, until: 2026-11-01}"
    file.write_text(file.read_text(encoding="utf-8").replace("Shop], sla: 99.9%", f"Shop], {custom}"), encoding="utf-8")
    result = uptally("claim", *CLAIMED, *RECEIVED)
    assert (result.exit_code, claims(ledger)) == (2, {})
    assert "credits of a custom period need no claim" in result.stderr


def test_claim_on_record_is_only_replaced_by_a_correction(uptally: Invoke, ledger: Path) -> None:
    none = uptally("claim", *CLAIMED, *RECEIVED, "--correct")
    assert (none.exit_code, claims(ledger)) == (1, {})
    assert "there is no such claim on record to correct" in none.stderr
    uptally("claim", *CLAIMED, *RECEIVED)
    again = uptally("claim", *CLAIMED, "--received", "2026-11-06 09:30")
    assert (again.exit_code, claims(ledger)) == (1, {CLAIMED: NOVEMBER_5_MS})
    assert "received 2026-11-05 09:30 (Europe/Berlin): --correct takes its place" in again.stderr
    assert uptally("claim", *CLAIMED, "--received", "2026-11-04 09:30", "--correct").exit_code == 0
    assert claims(ledger) == {CLAIMED: NOVEMBER_5_MS - 86_400_000}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["acme", "shop", "2026-10"], "'AGREEMENT': there is no agreement 'acme': did you mean"),
        (["acme-ltd", "website", "2026-10"], "'SERVICE': there is no service of acme-ltd 'website'"),
        (["acme-ltd", "shop", "2026-Q4"], "'PERIOD': '2026-Q4' is no period: write year and month, as in 2026-10"),
        (["acme-ltd", "shop", "2026-12"], "'--received': 2026-11-05 09:30 is before 2026-12 began"),
        (["acme-ltd", "shop", "2026-10", "--received", "2099-01-01 00:00"], "2099-01-01 00:00 has not come yet"),
    ],
)
def test_claim_that_cannot_be_is_refused_and_nothing_is_recorded(
    uptally: Invoke, ledger: Path, arguments: list[str], told: str
) -> None:
    result = uptally("claim", *RECEIVED, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert claims(ledger) == {}
