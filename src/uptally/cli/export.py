"""`uptally export`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from uptally.books.months import rows_of_month
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver, deliver_json, deliver_sealed, output_option
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.export.changes import Change, changes
from uptally.export.csv import DIALECTS
from uptally.export.formats import FORMATS, writer
from uptally.export.manifest import manifest
from uptally.export.month import MonthRows
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.signing import key_of
from uptally.units.count import counted


@click.command()
@config_option
@click.option("--month", metavar="YYYY-MM", help="The calendar month, in the page's time zone.")
@click.option(
    "--diff", nargs=2, metavar="BEFORE AFTER", help="Say instead what differs, as between 2026-10@1 and 2026-10@2."
)
@click.option("--agreement", metavar="NAME", help="Only this one's rows, by its name or slug.")
@click.option("--json", "as_json", is_flag=True, help="Write the differences for a program.")
@click.option(
    "--format",
    "written_as",
    type=click.Choice([*FORMATS]),
    default="csv",
    show_default=True,
    help="What the file is written as.",
)
@click.option(
    "--dialect",
    type=click.Choice([*DIALECTS]),
    help="How CSV is written for a spreadsheet; excel-de has semicolons and decimal commas.",
)
@output_option
def command(
    config: Path,
    month: str | None,
    diff: tuple[str, str] | None,
    agreement: str | None,
    as_json: bool,
    written_as: str,
    dialect: str | None,
    output: Path | None,
) -> None:
    """Write a month's figures: one row per agreement, service and window, with exact milliseconds and what is due.

    Of other periods than months, those that end in it. A month that has ended gives the same bytes each time, until
    something is put on record of it. Beside a file lies a manifest, by which `verify` checks it. Customers' names and
    amounts are in it: keep it from the public.
    """
    if (month is None) == (diff is None):
        raise click.UsageError("say which month, with --month, or which two differ, with --diff")
    if as_json and diff is None:
        raise click.UsageError("--json is for --diff: a month is written as JSON with --format json")
    if dialect is not None and (written_as != "csv" or diff is not None):
        raise click.UsageError("--dialect is for months as CSV")
    settings = settings_of(config)
    if month is None:
        before, after = _months(settings, diff or (), "--diff", agreement)
        _deliver_changes(before, after, diff or (), output, as_json=as_json)
        return
    (found,) = _months(settings, [month], "--month", agreement)
    named = f"{written_as}:{dialect}" if dialect else written_as
    write = writer(named)
    assert write is not None, "the options offer no others"
    content = write(found)
    key = key_of(settings.seal_key)
    deliver_sealed(content, output, lambda name: manifest(name, content, found, written_as=named, key=key))
    if not found.has_data:
        click.echo(f"{month}: no data, for nothing was observed in it", err=True)
    if not found.is_over:
        click.echo(f"{month} is not over: these figures are those so far", err=True)


def _months(settings: Settings, months: Iterable[str], option: str, agreement: str | None) -> list[MonthRows]:
    """Return the rows of months as of one instant, those of one agreement or all. Raises click.BadParameter."""
    now_ms = SystemClock().wall_ms()
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        try:
            found = [rows_of_month(reader, settings, month, now_ms) for month in months]
        except QuantityError as error:
            raise click.BadParameter(str(error), param_hint=f"'{option}'") from error
    return found if agreement is None else _of_agreement(settings, found, agreement)


def _of_agreement(settings: Settings, months: Iterable[MonthRows], name: str) -> list[MonthRows]:
    """Return the rows of one agreement, which the configuration may have no longer. Raises click.BadParameter."""
    slug = next((each.slug for each in settings.agreements if name in (each.slug, each.name)), None)
    found = [month.of(slug or name) for month in months]
    if slug is None and not any(month.rows for month in found):
        known = ", ".join(each.slug for each in settings.agreements)
        said = f"there are {known}" if known else "there are none"
        raise click.BadParameter(f"no agreement is called {name!r}: {said}", param_hint="'--agreement'")
    return found


def _deliver_changes(
    before: MonthRows, after: MonthRows, names: Sequence[str], output: Path | None, *, as_json: bool
) -> None:
    found = list(changes(before.rows, after.rows))
    if as_json:
        told = [each._asdict() for each in found]
        document = {"schema_version": 1, "before": names[0], "after": names[1], "changes": told}
        deliver_json(document, output)
    else:
        deliver("".join(f"{_line(each)}\n" for each in found).encode(), output)
        click.echo(f"{counted(len(found), 'difference')} between {names[0]} and {names[1]}", err=True)


def _line(change: Change) -> str:
    where = f"{change.id} {change.window}".rstrip()
    before, after = ("nothing" if cell is None else cell for cell in (change.before, change.after))
    line = f"{where}: {change.column}: {before} -> {after}"
    match change.difference:
        case int():
            return f"{line} ({change.difference:+} ms)"
        case str():
            sign = "" if change.difference.startswith("-") else "+"
            return f"{line} ({sign}{change.difference} {change.currency})"
    return line
