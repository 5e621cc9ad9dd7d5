"""`uptally render`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally import __version__
from uptally.cli.config_file import config_option, settings_of
from uptally.clock import SystemClock
from uptally.daemon.once import publish_now


@click.command()
@config_option
def command(config: Path) -> None:
    """Write the page once, as the ledger now stands; a daemon that runs is not disturbed."""
    settings = settings_of(config)
    publish_now(settings, clock=SystemClock(), version=__version__)
    click.echo(f"wrote {settings.page.directory / 'index.html'}", err=True)
