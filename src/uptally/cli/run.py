"""`uptally run`."""

from __future__ import annotations

import logging
import sys
import time
from functools import partial
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_to_run
from uptally.errors import QuantityError
from uptally.units.time import parse_duration

_log = logging.getLogger(__name__)


def _milliseconds(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else parse_duration(value)
    except QuantityError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@config_option
@click.option("--for", "run_for_ms", callback=_milliseconds, metavar="DURATION", help="Stop by itself after, say, 30s.")
def command(config: Path, run_for_ms: int | None) -> None:
    """Probe, remember and publish until SIGTERM or Ctrl-C; SIGHUP reads the configuration anew.

    Exits with 78 where the configuration is refused, and with 3 where another daemon writes to the ledger.
    """
    settings = settings_to_run(config)
    _log_to_stderr()
    for finding in (*settings.findings, *settings.notes):
        _log.warning("%s", finding)
    # The daemon's rooms take a while to import: a bad configuration is said without it.
    from uptally.daemon.run import run

    run(settings, load=partial(settings_to_run, config), run_for_ms=run_for_ms)


def _log_to_stderr() -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
