"""Checks files that were handed over: exports beside their manifests, and heads that a page published."""

from __future__ import annotations

import json
from pathlib import Path

import click

from uptally.books.handed import Compared, verify_handed, verify_head
from uptally.errors import SealError
from uptally.export.formats import made_by
from uptally.export.heads import FORMAT, read_head
from uptally.export.manifest import SUFFIX, Manifest, hold_against, read_manifest
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
                compared = self._told(verify_handed(self._ledger, held, content), held)
        revision = f"revision {held.revision}, {held.state}" if held.revision else held.state
        of = f", of {held.agreement} alone" if held.agreement else ""
        click.echo(f"{file}: as its manifest says: {held.month}{of}, {revision}; {_named(held.head)}")
        click.echo(f"  {signed}")
        click.echo(f"  {compared}")

    def _told(self, compared: Compared, held: Manifest) -> str:
        """Say what came of comparing. Raises SealError where nobody vouches for bytes that cannot be compared."""
        if compared is Compared.SAME:
            return "in the ledger, with the rows that were frozen"
        if compared is Compared.NOT_CLOSED:
            return "in the ledger, not closed then"
        here = made_by(held.written_as)
        differ = ", ".join(
            f"{name} {held.made_by.get(name, 'of no version')}, and here is {version}"
            for name, version in here.items()
            if held.made_by.get(name) != version
        )
        told = f"its manifest is in the ledger, but its rows were not compared: it was made by {differ}"
        if self._key is None:
            raise SealError(f"{told}; name the key that must have signed it, with --key, or use those versions")
        return f"{told}; the signature vouches for it"

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
