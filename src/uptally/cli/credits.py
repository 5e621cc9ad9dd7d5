"""`uptally credits`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.books.credits import AMOUNTS, CREDIT_COLUMNS, credits_of_year, totals
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver, deliver_json, output_option
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.export.csv import DIALECTS, to_csv
from uptally.export.xlsx import to_sheet
from uptally.ledger import Reader

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""


@click.command()
@config_option
@click.option("--year", required=True, metavar="YYYY", help="The calendar year, in the page's time zone.")
@click.option(
    "--totals", "by", type=click.Choice(["customer", "service", "currency"]), help="Sums by these, for each currency."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of CSV.")
@click.option("--xlsx", "as_xlsx", is_flag=True, help="Write a workbook instead of CSV.")
@click.option("--dialect", type=click.Choice([*DIALECTS]), default="rfc4180", help="How CSV is written.")
@output_option
def command(
    config: Path, year: str, by: str | None, as_json: bool, as_xlsx: bool, dialect: str, output: Path | None
) -> None:
    """Write the credits of a year, one row for each statement: what is due, and how much of it may be claimed until
    when, or was claimed, granted, refused, disputed and paid.

    Customers' names and amounts are in it: keep it from the public.
    """
    if as_json and as_xlsx:
        raise click.UsageError("--json and --xlsx are two forms: say one")
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        try:
            rows = credits_of_year(reader, settings, year, now_ms=SystemClock().wall_ms())
        except QuantityError as error:
            raise click.BadParameter(str(error), param_hint="'--year'") from error
    columns: tuple[str, ...] = (*CREDIT_COLUMNS, *AMOUNTS)
    if by is not None:
        rows = totals(rows, by)
        columns = (*dict.fromkeys((by, "currency")), *AMOUNTS)
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "year": year, "rows": rows}, output)
    elif as_xlsx:
        deliver(to_sheet(f"Credits of {year}", "Credits", columns, rows), output)
    else:
        deliver(to_csv(rows, DIALECTS[dialect], columns=columns), output)
