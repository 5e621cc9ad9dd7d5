"""`uptally backup`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.ledger import back_up
from uptally.model.closing import LedgerRange
from uptally.units.count import counted


@click.command()
@config_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def command(config: Path, file: Path) -> None:
    """Copy the ledger to FILE while the daemon runs, and check the copy: every act, and every block of observations.

    FILE appears only when all of it is written, synced and found to hold; one that is there stays as it is.
    """
    copied = back_up(settings_of(config).store.path, file)
    click.echo(f"{file}: {counted(copied.size, 'byte')}, {told_head(copied.head)}")


def told_head(head: LedgerRange) -> str:
    """Return how far a ledger goes, in words, with the digests that its chains end with."""
    acts, blocks = counted(head.act, "act"), counted(head.block, "block")
    return f"{acts} to {head.act_digest or 'none'}, {blocks} to {head.block_digest or 'none'}"
