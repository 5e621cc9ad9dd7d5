"""`uptally report`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.books.recorded import recorded_of
from uptally.books.statements import statements_of_month
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.statement_json import document_of
from uptally.cli.statement_text import text_of
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.ledger import Reader
from uptally.recurrence import occurrences
from uptally.units.time import month_window

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The month; of other periods, those that end in it.")
@click.option("--agreement", metavar="NAME", help="Only this one, by its name or slug.")
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def command(config: Path, month: str, agreement: str | None, as_json: bool) -> None:
    """Show what was promised, what was measured, and what is owed, with the sum.

    A month in progress is provisional. Customers' names, fees and amounts appear here: keep it from the public.
    """
    settings = settings_of(config)
    try:
        month_window(month, settings.page.zone)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--month'") from error
    known = [name for each in settings.agreements for name in (each.name, each.slug)]
    if agreement is not None and agreement not in known:
        said = f"there are {', '.join(each.slug for each in settings.agreements)}" if known else "there are none"
        raise click.BadParameter(f"no agreement is called {agreement!r}: {said}", param_hint="'--agreement'")
    now_ms = SystemClock().wall_ms()
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        reader.verify_acts()
        found = statements_of_month(
            reader,
            settings,
            month,
            now_ms=now_ms,
            recorded=recorded_of(reader.acts()),
            occurrences=occurrences,
            agreement=agreement,
        )
    if as_json:
        deliver_json(
            {
                "schema_version": SCHEMA_VERSION,
                "generated_at_ms": now_ms,
                "month": month,
                "statements": document_of(found),
            }
        )
        return
    for index, statement in enumerate(found):
        if index:
            click.echo()
        for line in text_of(statement):
            click.echo(line)
    if not found:
        click.echo(f"nothing is promised for {month}: give an endpoint or a service an 'sla'", err=True)
