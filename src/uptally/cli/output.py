"""Where data goes: to stdout, or whole to a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click

from uptally.export.manifest import SUFFIX
from uptally.files import holds, replace_files, write_if_changed

output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file to write instead of stdout."
)
"""Adds `output: Path | None` to a verb's parameters."""


def deliver(content: bytes, output: Path | None) -> None:
    """Write data as it is, line ends included; a file is replaced in one step, or stays as it was. Raises OSError.

    A pipe or a device is written to: reading it first might never end, and a file must not take its place. Of a link
    it is the file behind it that is replaced, for the same reason: `/dev/stdout` is one.
    """
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():
        with output.open("wb") as stream:
            stream.write(content)
    else:
        write_if_changed(output.resolve(), content)


def deliver_sealed(content: bytes, output: Path | None, manifest: Callable[[str], bytes]) -> None:
    """Deliver data, and beside a file its manifest, which `manifest` makes for its name. Raises OSError, after which
    both are as they were where there was no room for both.

    A manifest of what was there before goes first: a file without one tells that it is missing, and never lies.
    """
    if output is None or (output.exists() and not output.is_file()):
        deliver(content, output)
        return
    file = output.resolve()
    beside = file.with_name(file.name + SUFFIX)
    both = (file, content), (beside, manifest(file.name))
    replace_files([each for each in both if not holds(*each)])


def deliver_json(document: object, output: Path | None = None) -> None:
    """Deliver what JSON can write, for a program: in UTF-8, whatever the terminal is set to. Raises OSError."""
    deliver(f"{json.dumps(document, indent=2, ensure_ascii=False)}\n".encode(), output)
