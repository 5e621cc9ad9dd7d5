"""`uptally restore`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from uptally.cli.backup import told_head
from uptally.cli.config_file import config_option, settings_of
from uptally.clock import SystemClock
from uptally.ledger import restore
from uptally.units.count import counted


@click.command()
@config_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", "is_forced", is_flag=True, help="Also where there is a ledger, which gets another name.")
def command(config: Path, file: Path, is_forced: bool) -> None:
    """Make a ledger of the backup FILE, once every act and block of it was found to hold. The daemon must be stopped.

    What was recorded since the backup is not in it. A ledger that is there stays, unless there is --force.
    """
    path = settings_of(config).store.path
    at = datetime.fromtimestamp(SystemClock().wall_ms() / 1000, UTC)
    aside = path.with_name(f"{path.name}.replaced-{at:%Y%m%dT%H%M%SZ}") if is_forced and path.exists() else None
    copied = restore(file, path, aside=aside)
    click.echo(f"{path}: {counted(copied.size, 'byte')}, {told_head(copied.head)}")
    if aside is not None:
        click.echo(f"the ledger that was there is {aside} now", err=True)
