"""Where data goes: to stdout, or whole to a file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from uptally.files import write_if_changed

output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write instead of stdout."
)
"""Adds `output: Path | None` to a verb's parameters."""


def deliver(content: bytes, output: Path | None) -> None:
    """Write data as it is, line ends included; a file is replaced in one step, or stays as it was. Raises OSError."""
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    write_if_changed(output, content)
