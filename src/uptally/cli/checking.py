"""Checks files that were handed over: exports beside their manifests, and heads that a page published."""

from __future__ import annotations

import json
from pathlib import Path

import click

from uptally.books.handed import verify_handed, verify_head
from uptally.errors import SealError
from uptally.export.heads import FORMAT, read_head
from uptally.export.manifest import SUFFIX, hold_against, read_manifest
from uptally.ledger import Reader
from uptally.model.head import Head
from uptally.signing import PublicKey


class Checks:
    """Checks files one after the other, and says what holds; `ledger` is None where there is none to hold them against,
    and `key` where nobody said whose signature is expected.
    """

    def __init__(self, ledger: Reader | None, key: PublicKey | None) -> None:
        self._ledger, self._key = ledger, key

    def check(self, file: Path) -> None:
        """Check a file. Raises SealError or LedgerError, naming the first thing that does not hold, and OSError."""
        if file.name.endswith(SUFFIX):
            file = file.with_name(file.name.removesuffix(SUFFIX))
        content = file.read_bytes()
        try:
            if _is_head(content):
                self._check_head(content, file)
            else:
                self._check_export(content, file)
        except SealError as error:
            raise SealError(f"{file}: {error}") from error

    def _check_head(self, content: bytes, file: Path) -> None:
        published = read_head(content)
        signed = self._signed(published.signed_by)
        if self._ledger is not None:
            with self._ledger.snapshot():
                verify_head(self._ledger, published.head)
        click.echo(f"{file}: as it was published at {published.generated_at}: {_named(published.head)}")
        click.echo(f"  {signed}")
        click.echo("  in the ledger" if self._ledger else "  not held against a ledger: there is none here")

    def _check_export(self, content: bytes, file: Path) -> None:
        beside = file.with_name(file.name + SUFFIX)
        try:
            written = beside.read_bytes()
        except FileNotFoundError:
            raise SealError(f"there is no {beside.name} beside it, which `uptally export -o` writes") from None
        try:
            held = read_manifest(written)
            signed = self._signed(held.signed_by)
        except SealError as error:
            raise SealError(f"its manifest {error}") from error
        hold_against(held, file.name, content)
        compared = "not held against a ledger: there is none here"
        if self._ledger is not None:
            with self._ledger.snapshot():
                is_frozen = verify_handed(self._ledger, held, content)
            compared = (
                "in the ledger, with the rows that were frozen" if is_frozen else "in the ledger, not closed then"
            )
        revision = f"revision {held.revision}, {held.state}" if held.revision else held.state
        click.echo(f"{file}: as its manifest says: {held.month}, {revision}; {_named(held.head)}")
        click.echo(f"  {signed}")
        click.echo(f"  {compared}")

    def _signed(self, by: PublicKey | None) -> str:
        """Say whose signature it is. Raises SealError where it is not the one that is expected."""
        if by is None and self._key is None:
            return "signed by nobody: who could change the file could change this too"
        if by is None:
            raise SealError("is signed by nobody")
        if self._key is None:
            return f"signed by {by.fingerprint}, by the key that stands in it: is it the one that was published?"
        if by != self._key:
            raise SealError(f"is signed by {by.fingerprint}, not by {self._key.fingerprint}, which --key names")
        return f"signed by {by.fingerprint}, which is the key that --key names"


def _named(head: Head) -> str:
    return f"act {head.act} and block {head.block}"


def _is_head(content: bytes) -> bool:
    try:
        document = json.loads(content)
    except ValueError:
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT
