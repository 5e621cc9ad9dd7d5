"""`uptally key`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver
from uptally.signing import Key, PublicKey, key_of


@click.group()
@config_option
def command(config: Path) -> None:
    """Make the key that signs what is handed over, or show its public part.

    The configuration's `seal: {key: FILE}` names it. It is not in the ledger: keep a copy of it in a safe place.
    """


@command.command("new")
@config_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new(config: Path, file: Path) -> None:
    """Make a key of Ed25519, and write it to FILE, for its owner alone to read; a file that is there is left alone.

    The public key goes to stdout, in PEM form, and its fingerprint to stderr.
    """
    key = Key.new()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already, and stays as it is") from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(key.pem)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        file.unlink()
        raise
    click.echo(f"wrote {file}: name it in the configuration, as `seal: {{key: {file}}}`", err=True)
    _show(key.public)


@command.command("show")
@config_option
def show(config: Path) -> None:
    """Show the public key of the configuration's key, in PEM form on stdout, and its fingerprint on stderr."""
    key = key_of(settings_of(config).seal_key)
    if key is None:
        raise click.ClickException(f"{config} names no key: `uptally key new FILE` makes one, and `seal` names it")
    _show(key.public)


def _show(public: PublicKey) -> None:
    deliver(public.pem, None)
    click.echo(f"fingerprint: {public.fingerprint}", err=True)
