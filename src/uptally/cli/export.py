"""`uptally export`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from uptally.books.account import Unstated, account_of_month
from uptally.books.recorded import recorded_of
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver, output_option
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.export.csv import to_csv
from uptally.export.json import to_json
from uptally.export.rows import Row, measured_row, statement_rows
from uptally.ledger import Reader
from uptally.model.period_statement import PeriodStatement
from uptally.recurrence import occurrences
from uptally.units.time import format_instant, month_window


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The calendar month, in the page's time zone.")
@click.option(
    "--format",
    "written_as",
    type=click.Choice(["csv", "json"]),
    default="csv",
    show_default=True,
    help="What the file is written as.",
)
@output_option
def command(config: Path, month: str, written_as: str, output: Path | None) -> None:
    """Write a month's figures: one row per agreement, service and window, with exact milliseconds and what is due.

    Of other periods than months, those that end in it. A month that has ended gives the same bytes each time, until
    something is put on record of it. Customers' names and amounts are in it: keep it from the public.
    """
    settings = settings_of(config)
    zone, now_ms = settings.page.zone, SystemClock().wall_ms()
    try:
        window = month_window(month, zone)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--month'") from error
    if window.start_ms > now_ms:
        raise click.BadParameter(
            f"{month} has not begun: it starts at {format_instant(window.start_ms)}", param_hint="'--month'"
        )
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        reader.verify_acts()
        recorded = recorded_of(reader.acts())
        account = account_of_month(reader, settings, month, now_ms=now_ms, recorded=recorded, occurrences=occurrences)
        rows = [row for each in account for row in _rows(each, zone)]
    deliver(to_csv(rows) if written_as == "csv" else to_json(rows), output)
    if now_ms < window.end_ms:
        click.echo(f"{month} is not over: these figures are those so far", err=True)


def _rows(told: PeriodStatement | Unstated, zone: ZoneInfo) -> Iterable[Row]:
    if isinstance(told, Unstated):
        return [measured_row(*told, zone=zone)]
    return statement_rows(told)
