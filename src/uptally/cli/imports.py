"""`uptally import`: one verb for each thing that comes from elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.import_figures import figures
from uptally.cli.import_observations import observations


@click.group("import")
@config_option
def command(config: Path) -> None:
    """Take what was observed or counted elsewhere."""


command.add_command(observations)
command.add_command(figures)
