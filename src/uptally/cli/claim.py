"""`uptally claim`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from uptally.cli.claim_list import show
from uptally.cli.claim_steps import steps
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import by_option, named, past_instant, record, shown
from uptally.errors import QuantityError
from uptally.model.act import Act, NewAct
from uptally.model.agreement import Coverage
from uptally.model.settings import Settings
from uptally.model.terms import PeriodKind
from uptally.rules.contract.periods import period_window
from uptally.rules.record.claims import CLAIM, Claimed, claim, recorded_claims
from uptally.units.time import Window


@click.group()
@config_option
def command(config: Path) -> None:
    """Put on record what becomes of credits: that a claim was received, and is granted, refused, disputed and paid."""


@command.command("open", short_help="Put on record that a claim was received.")
@config_option
@click.argument("agreement")
@click.argument("service")
@click.argument("period")
@click.option("--received", required=True, metavar="AT", help="When the claim was received, as '2026-11-05 09:30'.")
@click.option("--correct", is_flag=True, help="Take the place of what is on record of this claim.")
@by_option
def open_(config: Path, agreement: str, service: str, period: str, received: str, correct: bool, by: str) -> None:
    """Put on record when a customer's claim was received, by which it is judged.

    PERIOD is the claim's, such as 2026-10. Times are those of the page's zone unless they have an offset.
    """
    settings = settings_of(config)
    zone = settings.page.zone
    coverage, claimed = claimed_of(settings, agreement, service, period)
    window = _window(coverage, period)
    received_ms = past_instant(received, zone, "--received")
    if received_ms < window.start_ms:
        raise click.BadParameter(f"{received} is before {period} began", param_hint="'--received'")

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        before_ms = recorded_claims(acts).get(claimed)
        if before_ms is not None and not correct:
            raise click.ClickException(
                f"this claim is on record, as received {shown(before_ms, zone)} ({zone.key}): --correct takes its place"
            )
        if before_ms is None and correct:
            raise click.ClickException("there is no such claim on record to correct")
        yield claim(claimed, received_ms=received_ms, by=by)

    record(settings, [CLAIM], decide)
    click.echo(
        f"on record: {claimed.agreement} claimed for {claimed.service} in {period}, "
        f"received {shown(received_ms, zone)} ({zone.key}), by {by}",
        err=True,
    )


def claimed_of(settings: Settings, agreement: str, service: str, period: str) -> tuple[Coverage, Claimed]:
    """Return what is claimed for. Raises click.BadParameter with the nearest that there is."""
    agreements = {each.slug: each for each in settings.agreements}
    slug = named(agreement, [(each.slug, each.name) for each in agreements.values()], "agreement", "'AGREEMENT'")
    covered = {each.service: each for each in agreements[slug].coverage}
    names = {each.slug: each.name for each in settings.services}
    found = named(service, [(each, names.get(each, each)) for each in covered], f"service of {slug}", "'SERVICE'")
    return covered[found], Claimed(slug, found, period)


def _window(coverage: Coverage, period: str) -> Window:
    """Return the period that a label names by the terms. Raises click.BadParameter where it names none."""
    refusal = "there are no terms"
    for terms in coverage.terms:
        if terms.period.kind is PeriodKind.CUSTOM:
            refusal = "credits of a custom period need no claim"
            continue
        try:
            return period_window(terms.period, period, terms.zone)
        except QuantityError as error:
            refusal = str(error)
    raise click.BadParameter(refusal, param_hint="'PERIOD'")


for each in steps(claimed_of):
    command.add_command(each)
command.add_command(show)
