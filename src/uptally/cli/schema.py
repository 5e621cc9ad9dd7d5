"""`uptally schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from uptally.cli.output import deliver, output_option
from uptally.config import schema


@click.command()
@output_option
def command(output: Path | None) -> None:
    """Write the configuration's JSON Schema, by which editors complete, explain and check the file."""
    deliver(f"{json.dumps(schema(), indent=2, ensure_ascii=False)}\n".encode(), output)
