"""`uptally impact`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import by_option, past_instant, record, said, services_of, shown
from uptally.errors import QuantityError
from uptally.model.act import Act, NewAct
from uptally.model.settings import Settings
from uptally.rules.record.impacts import IMPACT, RecordedImpact, record_impact
from uptally.units.ratio import exact_percent, parse_percent


def _share(ctx: click.Context, param: click.Parameter, value: str) -> Fraction:
    try:
        return parse_percent(value)
    except QuantityError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@config_option
@click.argument("service")
@click.option("--from", "start", required=True, metavar="AT", help="Its begin, such as '2026-10-12 14:00'.")
@click.option("--to", "end", required=True, metavar="AT", help="Its end.")
@click.option("--share", required=True, callback=_share, help="Of the users, such as 40%.")
@click.option("--evidence", required=True, callback=said, help="What shows that it is so: a count, a ticket.")
@by_option
def command(config: Path, service: str, start: str, end: str, share: Fraction, evidence: str, by: str) -> None:
    """Put on record what share of a service's users its downtime affected, for terms that count only that share.

    A later record takes the place of an earlier one where they overlap; 100% takes it back. Times are those of the
    page's zone unless they have an offset.
    """
    settings = settings_of(config)
    zone = settings.page.zone
    [slug] = services_of(settings, [service])
    start_ms, end_ms = past_instant(start, zone, "--from"), past_instant(end, zone, "--to")
    if end_ms <= start_ms:
        raise click.BadParameter(f"{end} is not after {start}: the end comes after the begin", param_hint="'--to'")
    impact = RecordedImpact(slug, start_ms, end_ms, share, evidence)

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        yield record_impact(impact, by=by)

    record(settings, [IMPACT], decide)
    click.echo(
        f"on record: downtime of {slug} affected {exact_percent(share)}% of its users, "
        f"{shown(start_ms, zone)} to {shown(end_ms, zone)} ({zone.key}), by {by}",
        err=True,
    )
    if not _is_asked_for(settings, slug):
        click.echo(f"note: no terms for {slug} count in proportion: write `impact: proportional` there", err=True)


def _is_asked_for(settings: Settings, slug: str) -> bool:
    """Tell whether terms for a service count downtime for the share of the users that it affected."""
    endpoints = (terms for each in settings.endpoints if each.slug == slug for terms in each.versions)
    services = (terms for each in settings.services if each.slug == slug for terms in each.terms)
    covered = (each for agreement in settings.agreements for each in agreement.coverage if each.service == slug)
    agreed = (terms for each in covered for terms in each.terms)
    return any(terms.has_impact for held in (endpoints, services, agreed) for terms in held)
