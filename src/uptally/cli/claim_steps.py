"""`uptally claim grant`, `refuse`, `dispute` and `pay`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import by_option, past_instant, record, said, shown
from uptally.clock import SystemClock
from uptally.model.act import Act, NewAct
from uptally.model.agreement import Coverage
from uptally.model.settings import Settings
from uptally.rules.record.claims import (
    CLAIM_KINDS,
    Claimed,
    Course,
    Step,
    Taken,
    after,
    claim_step,
    recorded_courses,
    refusal,
)
from uptally.units.currency import DECIMALS

Find = Callable[[Settings, str, str, str], tuple[Coverage, Claimed]]
"""Returns what is claimed for, by agreement, service and period as they were typed."""

_HELP = {
    Step.GRANT: "Grant a claim, or what was refused or disputed; --amount says how much.",
    Step.REFUSE: "Refuse a claim; --why says why.",
    Step.DISPUTE: "Put on record that the customer disputes what was granted or refused; --why says why.",
    Step.PAY: "Put on record that a credit was paid or booked: all that is left of it, or --amount.",
}
_AMOUNT = re.compile(r"(\d{1,15}(?:\.\d{1,4})?) ?([A-Z]{3})", re.ASCII)


def steps(find: Find) -> Iterator[click.Command]:
    """Yield the commands."""
    for step in Step:
        yield _command(step, find)


def _command(step: Step, find: Find) -> click.Command:
    @click.command(step.value, short_help=_HELP[step].partition(";")[0].rstrip(".") + ".", help=_HELP[step])
    @config_option
    @click.argument("agreement")
    @click.argument("service")
    @click.argument("period")
    @click.option("--amount", metavar="AMOUNT", help="How much, with the currency, as '100.00 EUR'.")
    @click.option("--at", metavar="AT", help="When, as '2026-11-20 09:30'.  [default: now]")
    @click.option("--why", callback=said, help="Why.")
    @by_option
    def take(
        config: Path,
        agreement: str,
        service: str,
        period: str,
        amount: str | None,
        at: str | None,
        why: str | None,
        by: str,
    ) -> None:
        settings = settings_of(config)
        coverage, claimed = find(settings, agreement, service, period)
        at_ms = past_instant(at, settings.page.zone, "--at") if at else SystemClock().wall_ms()
        _refuse_usage(step, amount, why)
        how_much, currency = _amount(amount) if amount else (None, "")
        _refuse_currency(coverage, claimed, currency)
        taken = Taken(step, at_ms, how_much, currency, why or "")
        _record(settings, claimed, taken, by)

    return take


def _refuse_usage(step: Step, amount: str | None, why: str | None) -> None:
    if step in (Step.REFUSE, Step.DISPUTE):
        if amount is not None:
            raise click.UsageError(f"--amount means nothing for {step.value}")
        if why is None:
            raise click.UsageError("say why, with --why")
    elif step is Step.GRANT and amount is None:
        raise click.UsageError("say how much, with --amount")


def _refuse_currency(coverage: Coverage, claimed: Claimed, currency: str) -> None:
    """Raise ClickException for another currency than the fee's, in which credits are added up."""
    fees = {terms.fee.currency for terms in coverage.terms if terms.fee is not None}
    if currency and fees and currency not in fees:
        raise click.ClickException(
            f"{'/'.join(claimed)} is in {' or '.join(sorted(fees))}, and nothing in {currency} can be of it"
        )


def _amount(text: str) -> tuple[Decimal, str]:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or match[2] not in DECIMALS:
        raise click.BadParameter(f"{text!r} is no amount with its currency: 100.00 EUR", param_hint="'--amount'")
    places = DECIMALS[match[2]]
    if len(match[1].partition(".")[2]) > places:
        raise click.BadParameter(f"{match[2]} has {places} places behind the point", param_hint="'--amount'")
    amount = Decimal(match[1]).quantize(Decimal((0, (1,), -places)))
    if not amount:
        raise click.BadParameter("nothing is no amount", param_hint="'--amount'")
    return amount, match[2]


def _record(settings: Settings, claimed: Claimed, taken: Taken, by: str) -> None:
    name, zone = "/".join(claimed), settings.page.zone
    found: list[Course] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        course = recorded_courses(acts).get(claimed)
        if course is None:
            raise click.ClickException(f"no claim of {name} is on record: `uptally claim open` puts it there")
        this = taken
        if taken.step is Step.PAY and taken.amount is None:
            this = taken._replace(amount=course.granted - course.paid, currency=course.currency)
        if why := refusal(course, this):
            raise click.ClickException(f"{name} {why}")
        found.append(after(course, this, by=by))
        yield claim_step(claimed, this, by=by)

    record(settings, CLAIM_KINDS, decide)
    course = found[-1]
    amounts = f", granted {course.granted:f} and paid {course.paid:f} {course.currency}" if course.currency else ""
    when = f"{shown(taken.at_ms, zone)} ({zone.key})"
    click.echo(f"on record: {name} is {course.state.value}{amounts}, {when}, by {by}", err=True)
