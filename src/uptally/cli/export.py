"""`uptally export`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.books.months import rows_of_month
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_sealed, output_option
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.export.formats import FORMATS
from uptally.export.manifest import manifest
from uptally.ledger import Reader
from uptally.signing import Key


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The calendar month, in the page's time zone.")
@click.option(
    "--format",
    "written_as",
    type=click.Choice([*FORMATS]),
    default="csv",
    show_default=True,
    help="What the file is written as.",
)
@output_option
def command(config: Path, month: str, written_as: str, output: Path | None) -> None:
    """Write a month's figures: one row per agreement, service and window, with exact milliseconds and what is due.

    Of other periods than months, those that end in it. A month that has ended gives the same bytes each time, until
    something is put on record of it. Beside a file lies a manifest, by which `verify` checks it. Customers' names and
    amounts are in it: keep it from the public.
    """
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        try:
            found = rows_of_month(reader, settings, month, SystemClock().wall_ms())
        except QuantityError as error:
            raise click.BadParameter(str(error), param_hint="'--month'") from error
    content = FORMATS[written_as].write(found)
    key = Key.of_pem(settings.seal_key.reveal().encode()) if settings.seal_key else None
    deliver_sealed(content, output, lambda name: manifest(name, content, found, written_as=written_as, key=key))
    if not found.is_over:
        click.echo(f"{month} is not over: these figures are those so far", err=True)
