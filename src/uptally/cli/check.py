"""`uptally check`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_to_run
from uptally.cli.verbs import EXIT_FAILURE
from uptally.errors import ConfigError
from uptally.units.count import counted


@click.command()
@config_option
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Say what is wrong with the configuration, all of it at once, and what weakens its figures.

    Reads nothing but the file and those that it names, and writes nothing. Exits with 1 where something wants mending.
    """
    try:
        settings = settings_to_run(config)
    except ConfigError as error:
        click.echo(str(error))
        click.echo(f"{config} cannot be used: {counted(len(error.problems), 'error')}", err=True)
        ctx.exit(EXIT_FAILURE)
    for finding in settings.findings:
        click.echo(str(finding))
    for note in settings.notes:
        click.echo(f"note: {note}", err=True)
    probed = counted(len(settings.endpoints), "endpoint")
    if settings.findings:
        click.echo(f"{config} works, with {probed}: {counted(len(settings.findings), 'finding')}", err=True)
        ctx.exit(EXIT_FAILURE)
    click.echo(f"{config} is fine: {probed}", err=True)
