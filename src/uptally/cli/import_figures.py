"""`uptally import figures`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import by_option, near
from uptally.clock import SystemClock
from uptally.importers.figures import read
from uptally.ledger import amend_beside
from uptally.model.objective import Objective, Quotient, Total
from uptally.model.settings import Settings
from uptally.model.terms import Terms
from uptally.rules.record.figures import FIGURE, news
from uptally.units.count import counted
from uptally.units.time import day_of


@click.command(short_help="Take business figures of a CSV or JSON file, all of them or none.")
@config_option
@by_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def figures(config: Path, by: str, file: Path) -> None:
    """Put the business figures of a file on record, all of them or none, beside the daemon or without one.

    \b
    The first line of a CSV file names the columns, in any order:
      name         what objectives call it
      period       2026-10-31, 2026-10, 2026-Q4 or 2026
      count        how many there were, or else
      numerator    of a ratio, with its
      denominator
      agreement    optional: the only agreement that it is for

    A JSON file holds a list of objects with these keys. A figure that is on record already is skipped, so that
    importing a file twice changes nothing; another number for the same name and period corrects it, and what it
    corrects stays on record.
    """
    settings = settings_of(config)
    clock = SystemClock()
    agreements = {each.name: each.slug for each in settings.agreements}
    agreements |= {each.slug: each.slug for each in settings.agreements}
    found = read(file, agreements=agreements, today=day_of(clock.wall_ms(), settings.page.zone))
    recorded = amend_beside(
        settings.store.path, clock=clock, kinds=[FIGURE], decide=lambda acts: news(acts, found, by=by)
    )
    known = len(found) - len(recorded)
    click.echo(f"recorded {counted(len(recorded), 'figure')}; {known:,} stood there already", err=True)
    promised = {*_figures(_objectives(settings))}
    for name in sorted({figure.name for figure in found} - promised):
        click.echo(f"note: no objective of the configuration is about {name!r}{near(name, promised)}", err=True)


def _figures(objectives: Iterable[Objective]) -> Iterator[str]:
    for objective in objectives:
        if isinstance(objective.measure, Total | Quotient):
            yield objective.measure.figure


def _objectives(settings: Settings) -> Iterator[Objective]:
    terms: list[Terms] = []
    for endpoint in settings.endpoints:
        terms += endpoint.versions
    for service in settings.services:
        terms += service.terms
    for agreement in settings.agreements:
        for covered in agreement.coverage:
            terms += covered.terms
    for each in terms:
        yield from each.objectives
