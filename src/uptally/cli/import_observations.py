"""`uptally import observations`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.clock import SystemClock
from uptally.errors import ImportRejected, Problem
from uptally.importers.observations import read
from uptally.ledger import Ledger


@click.command(short_help="Take observations of a CSV file, all of them or none.")
@config_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def observations(config: Path, file: Path) -> None:
    """Take the observations of a CSV file into the ledger, while no daemon runs: all of them or none.

    \b
    Its first line names the columns, in any order:
      endpoint     a slug, or a name that only one endpoint has
      location     where it was observed from
      at_ms        milliseconds since 1970 in UTC
      outcome      up, slow, down, unknown or missed
      reason       such as connect-refused; may be empty
      latency_us   microseconds; may be empty unless up or slow
      kind         optional: grid (the default), recheck or tripwire
      interval_ms  optional: the endpoint's own by default

    An observation that is known already is skipped, so that importing a file twice changes nothing.
    """
    settings = settings_of(config)
    clock = SystemClock()
    rows = read(file, endpoints=settings.endpoints, now_ms=clock.wall_ms())
    location = settings.monitor.location
    ledger = Ledger.open(settings.store.path, location=location, clock=clock, version=_version())
    try:
        imported = ledger.import_observations([observation for _, observation in rows])
    finally:
        ledger.close()
    if imported.conflicts:
        message = "contradicts an observation of the same instant that is on record"
        raise ImportRejected(
            [Problem(str(file), rows[position][0], 1, "outcome", message) for position in imported.conflicts]
        )
    click.echo(f"imported {imported.new:,} observations; {imported.known:,} were known already", err=True)
    if imported.differing:
        click.echo(
            f"note: {imported.differing:,} of those say another reason or latency than what is on record, which stands",
            err=True,
        )
    elsewhere = sorted({observation.location for _, observation in rows} - {location})
    if elsewhere:
        click.echo(
            f"note: what was observed from {', '.join(map(repr, elsewhere))} counts by vote with what other locations "
            "observed of the same endpoint",
            err=True,
        )


def _version() -> str:
    from uptally import __version__

    return __version__
