"""`uptally schema`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.output import deliver_json, output_option
from uptally.config import schema
from uptally.export.schemas import manifest_schema, month_schema
from uptally.page.data import schema as data_schema

_SCHEMAS = {"config": schema, "page": data_schema, "month": month_schema, "manifest": manifest_schema}


@click.command()
@config_option
@click.argument("which", type=click.Choice(list(_SCHEMAS)), default="config")
@output_option
def command(config: Path, which: str, output: Path | None) -> None:
    """Write a JSON Schema: of the configuration, of what the page tells programs, of a month, or of its manifest.

    By that of the configuration (config, unless said otherwise) editors complete, explain and check the file. That of
    the page (page) lies beside the data that it describes as well, as api/uptally.schema.json. A month (month) is what
    `export --format json` writes, and a manifest (manifest) lies beside each export. Each schema is the same for every
    configuration, so that none is read.
    """
    deliver_json(_SCHEMAS[which](), output)
