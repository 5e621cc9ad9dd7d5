"""`uptally render`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally import __version__
from uptally.cli.config_file import config_option, settings_of, with_pages_tried
from uptally.cli.delivery import delivered
from uptally.clock import SystemClock
from uptally.daemon import process
from uptally.daemon.once import publish_now
from uptally.daemon.parcel import Parcel


@click.command()
@config_option
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Write the pages once, as the ledger now stands, and copy each to where its `publish` says.

    A daemon that runs is not disturbed. Exits with 1 where one could not be copied.
    """
    process.settle()
    settings = with_pages_tried(settings_of(config))
    publish_now(settings, clock=SystemClock(), version=__version__)
    for page in settings.pages:
        click.echo(f"wrote {page.directory / 'index.html'}", err=True)
    copied = [delivered(Parcel.of(page, settings.store.path)) for page in settings.pages]
    if not all(copied):
        ctx.exit(1)
