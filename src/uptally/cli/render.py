"""`uptally render`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.daemon import publish_once


@click.command()
@config_option
def command(config: Path) -> None:
    """Write the page once, as the ledger now stands; a daemon that runs is not disturbed."""
    settings = settings_of(config)
    publish_once(settings)
    click.echo(f"wrote {settings.page.directory / 'index.html'}", err=True)
