"""`uptally schema`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.output import deliver_json, output_option
from uptally.config import schema


@click.command()
@config_option
@output_option
def command(config: Path, output: Path | None) -> None:
    """Write the configuration's JSON Schema, by which editors complete, explain and check the file.

    It is the same for every configuration, so that none is read.
    """
    deliver_json(schema(), output)
