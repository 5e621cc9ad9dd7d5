from __future__ import annotations

import json
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
    result = uptally("claim", "open", "Acme Ltd", "shop", "2026-10", *RECEIVED)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "on record: acme-ltd claimed for shop in 2026-10, received 2026-11-05 09:30 (Europe/Berlin), by ann\n"
    )
    assert uptally("claim", "open", "acme-ltd", "Shop", "2026-09", *RECEIVED).exit_code == 0
    assert claims(ledger) == {CLAIMED: NOVEMBER_5_MS, CLAIMED._replace(period="2026-09"): NOVEMBER_5_MS}


def test_credits_of_a_custom_period_need_no_claim(uptally: Invoke, folder: Path, ledger: Path) -> None:
    file = folder / "probes.yaml"
    custom = "sla: {target: 99.9%, period: custom, from: 2026-07-01, until: 2026-11-01}"
    file.write_text(file.read_text(encoding="utf-8").replace("Shop], sla: 99.9%", f"Shop], {custom}"), encoding="utf-8")
    result = uptally("claim", "open", *CLAIMED, *RECEIVED)
    assert (result.exit_code, claims(ledger)) == (2, {})
    assert "credits of a custom period need no claim" in result.stderr


def test_claim_on_record_is_only_replaced_by_a_correction(uptally: Invoke, ledger: Path) -> None:
    none = uptally("claim", "open", *CLAIMED, *RECEIVED, "--correct")
    assert (none.exit_code, claims(ledger)) == (1, {})
    assert "there is no such claim on record to correct" in none.stderr
    uptally("claim", "open", *CLAIMED, *RECEIVED)
    again = uptally("claim", "open", *CLAIMED, "--received", "2026-11-06 09:30")
    assert (again.exit_code, claims(ledger)) == (1, {CLAIMED: NOVEMBER_5_MS})
    assert "received 2026-11-05 09:30 (Europe/Berlin): --correct takes its place" in again.stderr
    assert uptally("claim", "open", *CLAIMED, "--received", "2026-11-04 09:30", "--correct").exit_code == 0
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
    result = uptally("claim", "open", *RECEIVED, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert claims(ledger) == {}


STEPS = "acme-ltd", "shop", "2026-10", "--by", "bob"


def step(uptally: Invoke, name: str, *arguments: str) -> tuple[int, str]:
    result = uptally("claim", name, *STEPS, *arguments)
    return result.exit_code, result.stderr


def listed(uptally: Invoke) -> dict[str, object]:
    (found,) = json.loads(uptally("claim", "list", "--json").stdout)["claims"]
    assert isinstance(found, dict)
    return found


def test_claim_is_refused_disputed_granted_and_paid_in_parts(uptally: Invoke, ledger: Path) -> None:
    uptally("claim", "open", *CLAIMED, *RECEIVED)
    assert step(uptally, "refuse", "--why", "it was their own firewall", "--at", "2026-11-06 10:00")[0] == 0
    assert listed(uptally)["state"] == "refused"
    assert step(uptally, "dispute", "--why", "it was not", "--at", "2026-11-07 10:00")[0] == 0
    assert step(uptally, "grant", "--amount", "100.10 EUR", "--at", "2026-11-08 10:00")[0] == 0
    assert step(uptally, "pay", "--amount", "40.05 EUR", "--at", "2026-11-09 10:00")[0] == 0
    assert (listed(uptally)["state"], listed(uptally)["paid_amount"]) == ("granted", "40.05")
    code, told = step(uptally, "pay", "--at", "2026-11-10 10:00")
    assert (code, told) == (
        0,
        "on record: acme-ltd/shop/2026-10 is paid, granted 100.10 and paid 100.10 EUR, "
        "2026-11-10 10:00 (Europe/Berlin), by bob\n",
    )
    assert claims(ledger) == {CLAIMED: NOVEMBER_5_MS}
    assert "paid" in uptally("claim", "list").stdout


@pytest.mark.parametrize(
    ("steps", "last", "told"),
    [
        ([], ("pay",), "is claimed: there is nothing to pay"),
        ([], ("dispute", "--why", "x"), "is claimed: there is nothing to dispute"),
        ([("grant", "--amount", "5.00 EUR")], ("refuse", "--why", "x"), "is granted: there is nothing to refuse"),
        ([("grant", "--amount", "5.00 EUR")], ("pay", "--amount", "5.01 EUR"), "has 5.00 EUR left to pay"),
        ([("grant", "--amount", "5.00 EUR")], ("pay", "--amount", "5.00 USD"), "was granted in EUR, and not in USD"),
        ([("grant", "--amount", "5.00 EUR"), ("pay",)], ("pay",), "is paid: there is nothing to pay"),
        ([("grant", "--amount", "5.00 EUR")], ("pay", "--at", "2026-11-05 10:00"), "since a later time"),
    ],
)
def test_step_that_makes_no_sense_is_refused_and_changes_nothing(
    uptally: Invoke, ledger: Path, steps: list[tuple[str, ...]], last: tuple[str, ...], told: str
) -> None:
    uptally("claim", "open", *CLAIMED, *RECEIVED)
    for each in steps:
        assert step(uptally, *each)[0] == 0
    before = listed(uptally)
    code, said = step(uptally, *last)
    assert (code, told in said) == (1, True), said
    assert listed(uptally) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("grant",), "say how much, with --amount"),
        (("grant", "--amount", "5.001 EUR"), "EUR has 2 places"),
        (("grant", "--amount", "5"), "is no amount with its currency"),
        (("grant", "--amount", "0.00 EUR"), "nothing is no amount"),
        (("refuse",), "say why, with --why"),
        (("refuse", "--why", "x", "--amount", "5.00 EUR"), "--amount means nothing"),
    ],
)
def test_step_without_what_it_takes_is_a_wrong_use(
    uptally: Invoke, ledger: Path, arguments: tuple[str, ...], told: str
) -> None:
    uptally("claim", "open", *CLAIMED, *RECEIVED)
    code, said = step(uptally, *arguments)
    assert (code, told in said) == (2, True), said


def test_grant_in_another_currency_than_the_fee_is_refused(uptally: Invoke, folder: Path) -> None:
    config = folder / "probes.yaml"
    config.write_text(
        config.read_text(encoding="utf-8").replace("sla: 99.9%, customer", "sla: 99.9%, fee: 9.00 EUR, customer"),
        encoding="utf-8",
    )
    uptally("claim", "open", *CLAIMED, *RECEIVED)
    code, said = step(uptally, "grant", "--amount", "5.00 USD")
    assert (code, "is in EUR, and nothing in USD can be of it" in said) == (1, True), said
    code, said = step(uptally, "grant", "--amount", "5.00 EUR")
    assert (code, "granted 5.00 and paid 0.00 EUR" in said) == (0, True), said


def test_step_of_a_claim_that_was_never_received_is_refused(uptally: Invoke, ledger: Path) -> None:
    code, said = step(uptally, "grant", "--amount", "5.00 EUR")
    assert (code, "no claim of acme-ltd/shop/2026-10 is on record" in said) == (1, True)
    assert json.loads(uptally("claim", "list", "--json").stdout)["claims"] == []
