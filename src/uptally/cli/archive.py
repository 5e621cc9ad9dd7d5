"""`uptally archive`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.clock import SystemClock
from uptally.errors import ArchiveRefused, QuantityError
from uptally.export.archive import write_archive
from uptally.ledger import Reader
from uptally.ledger.whole import whole
from uptally.model.observation import Observation
from uptally.units.count import counted
from uptally.units.time import DAY_MS, Window, format_instant, month_window


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The calendar month, in the page's time zone.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False, writable=True),
    metavar="DIR",
    help="The folder to write to, which must be there.",
)
def command(config: Path, month: str, output: Path) -> None:
    """Write every observation of a month that is over to DIR/observations-YYYY-MM.parquet, before retention drops it.

    Of each, all but the evidence, which holds text of targets. The file appears only when it is whole; one that is
    there stays as it is. A daemon that runs is not disturbed.
    """
    settings = settings_of(config)
    target = output / f"observations-{month}.parquet"
    try:
        window = month_window(month, settings.page.zone)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--month'") from error
    if window.end_ms > SystemClock().wall_ms():
        raise ArchiveRefused(f"{month} is not over: it ends at {format_instant(window.end_ms)}")
    if os.path.lexists(target):
        raise ArchiveRefused(f"{target} is there: name another folder, since an archive overwrites nothing")
    said = {"month": month, "zone": settings.page.zone.key}
    with (
        Reader.open(settings.store.path) as reader,
        whole(target, is_replacing=False) as unfinished,
        closing(_observations(reader, window)) as observations,
    ):
        count = write_archive(unfinished, observations, said)
        gone = _gone(reader, window)
        if not count:
            kept = "no observation of it is kept, for its time is over" if gone else "nothing was observed in it"
            raise ArchiveRefused(f"{month}: {kept}: there is nothing to archive")
        size, digest = unfinished.stat().st_size, _digest(unfinished)
    click.echo(f"{target}: {counted(count, 'observation')}, {counted(size, 'byte')}, SHA-256 {digest}")
    if gone:
        click.echo(f"{month}: observations of {counted(gone, 'day')} of UTC in it are gone by retention", err=True)


def _observations(reader: Reader, window: Window) -> Generator[Observation, None, None]:
    """Yield all of a window by endpoint, location and begin, with a snapshot for each endpoint and location."""
    locations = sorted(reader.locations())
    for slug in reader.slugs():
        for location in locations:
            yield from reader.observations(slug, location=location, window=window)


def _gone(reader: Reader, window: Window) -> int:
    """Return of how many days of UTC that a window touches observations were dropped."""
    days = (day.day_ms for day in reader.dropped_days())
    return sum(window.start_ms - DAY_MS < day_ms < window.end_ms for day_ms in days)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
