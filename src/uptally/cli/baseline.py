"""`uptally baseline`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import click

from uptally.books.baseline import Proposal, proposals
from uptally.books.recorded import recorded_of
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.clock import SystemClock
from uptally.ledger import Reader
from uptally.recurrence import occurrences
from uptally.rules.figures import DIGITS_MIN
from uptally.units.count import counted
from uptally.units.ratio import floor_percent

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""


@click.command()
@config_option
@click.option(
    "--months",
    type=click.IntRange(1, 120),
    default=12,
    show_default=True,
    help="So many calendar months are looked at, the last that have ended.",
)
@click.option("--met", type=click.IntRange(1, 120), help="In so many of them; without it, in all that are known.")
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def command(config: Path, months: int, met: int | None, as_json: bool) -> None:
    """Propose what could be promised: the highest target that each service would have met, and how sure that is."""
    if met is not None and met > months:
        raise click.BadParameter(f"of {months} months no {met} can be met", param_hint="'--met'")
    settings, now_ms = settings_of(config), SystemClock().wall_ms()
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        reader.verify_acts()
        found = proposals(
            reader,
            settings,
            months=months,
            met=met,
            now_ms=now_ms,
            recorded=recorded_of(reader.acts()),
            occurrences=occurrences,
        )
    if as_json:
        head = {"schema_version": SCHEMA_VERSION, "generated_at_ms": now_ms, "months": months}
        deliver_json({**head, "services": [_document(each) for each in found]})
        return
    for proposal in found:
        for line in _text(proposal):
            click.echo(line)


def _text(proposal: Proposal) -> Iterator[str]:
    known = counted(len(proposal.months), "month")
    name = f"{proposal.service.name}, {proposal.window}"
    if proposal.target is None or proposal.chance is None:
        yield f"{name}: no proposal, since {known} {'is' if len(proposal.months) == 1 else 'are'} known"
        return
    worst = min(proposal.months, key=lambda month: month[1])
    yield f"{name}: {_percent(proposal.target)}% would have been met in {proposal.met} of {known}"
    chance = floor_percent(proposal.chance, digits=1)
    yield f"  With 95% confidence a month meets it with a chance of at least {chance}%, if months are independent"
    yield "  and alike. It was chosen to fit these months: expect less of others."
    yield f"  The worst month was {worst[0]}, with {_percent(worst[1])}% at the worst."


def _percent(ratio: Fraction) -> str:
    return floor_percent(ratio, digits=DIGITS_MIN)


def _document(proposal: Proposal) -> dict[str, object]:
    return {
        "service": {"name": proposal.service.name, "slug": proposal.service.slug},
        "window": proposal.window,
        "target_percent": None if proposal.target is None else _percent(proposal.target),
        "months_known": len(proposal.months),
        "months_met": proposal.met,
        "chance_percent": None if proposal.chance is None else floor_percent(proposal.chance, digits=1),
        "months": [{"month": label, "worst_percent": _percent(worst)} for label, worst in proposal.months],
    }
