"""`uptally retention`."""

from __future__ import annotations

from itertools import groupby, takewhile
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.clock import SystemClock
from uptally.ledger import Reader
from uptally.rules.record.closings import CLOSE, recorded_closings, settled_months
from uptally.rules.retention import Backed
from uptally.units.count import counted
from uptally.units.time import format_duration, format_instant


@click.command()
@config_option
def command(config: Path) -> None:
    """Show which observations are kept for longer than `store: {keep}` says: how many the daemon drops by and by, and
    which months hold back the others until they are closed, without a statement that is open.

    Nothing is dropped by this command.
    """
    settings = settings_of(config)
    if settings.store.keep_ms is None:
        click.echo("observations are kept for ever")
        return
    before_ms = SystemClock().wall_ms() - settings.store.keep_ms
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        kept, acts = reader.kept_days(before_ms=before_ms), reader.acts(CLOSE)
    backed, settled, closed = Backed(settings), settled_months(acts), recorded_closings(acts)
    total = sum(each.blocks for each in kept)
    going, missing = 0, set[str]()
    for _, days in groupby(kept, key=lambda each: each.key):
        held = [(each, backed.months(each.day_ms) - settled) for each in days]
        going += sum(each.blocks for each, _ in takewhile(lambda pair: not pair[1], held))
        missing.update(*(months for _, months in held))
    older = f"from before {format_instant(before_ms)}, which is {format_duration(settings.store.keep_ms)} ago"
    click.echo(f"{counted(total, 'block')} of observations {older}")
    click.echo(f"going: {counted(going, 'block')}")
    click.echo(f"held back: {counted(total - going, 'block')}")
    for month in sorted(missing):
        click.echo(f"  {month} {'has statements that are open' if month in closed else 'is not closed'}")
