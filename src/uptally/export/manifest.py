"""The manifest that is written beside an export: what the file is, down to its last byte, and what it rests on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from uptally.errors import SealError
from uptally.export.formats import made_by
from uptally.export.month import MonthRows
from uptally.export.sealed import opened, sealed
from uptally.model.head import Head
from uptally.signing import Key, PublicKey

FORMAT = "uptally-manifest/1"

SUFFIX = ".manifest.json"
"""What is added to a file's name for its manifest's."""

_KEYS = {
    "format": str,
    "name": str,
    "written_as": str,
    "made_by": dict,
    "size": int,
    "sha256": str,
    "month": str,
    "agreement": str,
    "revision": int,
    "state": str,
    "document": str,
    "head": dict,
}

_NO_HEAD = Head()._asdict()


class Manifest(NamedTuple):
    """What a manifest says of a file: see `manifest.schema.json`. `signed_by` is None where nobody signed it."""

    name: str
    written_as: str
    made_by: Mapping[str, str]
    size: int
    sha256: str
    month: str
    agreement: str
    revision: int
    state: str
    document: str
    head: Head
    signed_by: PublicKey | None


def manifest(name: str, content: bytes, month: MonthRows, *, written_as: str, key: Key | None) -> bytes:
    """Write the manifest of a month's file of such a name and format; the same input, the same bytes."""
    fields = {
        "format": FORMAT,
        "name": name,
        "written_as": written_as,
        "made_by": made_by(written_as),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "month": month.month,
        "agreement": month.agreement,
        "revision": month.revision,
        "state": month.state,
        "document": month.digest,
        "head": month.head._asdict(),
    }
    return sealed(fields, key)


def read_manifest(content: bytes) -> Manifest:
    """Read a manifest. Raises SealError where it is none, or not as it was written."""
    fields, signed_by = opened(content, _KEYS)
    if fields["format"] != FORMAT:
        raise SealError(f"is of the format {fields['format']!r}, and this uptally knows {FORMAT!r}")
    if not all(isinstance(version, str) for version in fields["made_by"].values()):
        raise SealError("has a value of another kind than it should")
    said = {key: value for key, value in fields.items() if key != "format"}
    return Manifest(**{**said, "head": head_of(fields["head"])}, signed_by=signed_by)


def head_of(fields: dict[str, object]) -> Head:
    """Read a head as documents hold it. Raises SealError where it is none."""
    if {key: type(value) for key, value in fields.items()} != {key: type(value) for key, value in _NO_HEAD.items()}:
        raise SealError("has a head that is none")
    return Head(**fields)  # type: ignore[arg-type]  # their kinds were just held against those of an empty one


def hold_against(held: Manifest, name: str, content: bytes) -> None:
    """Raise SealError where a file is not the one that a manifest is of."""
    if held.name != name:
        raise SealError(f"its manifest is that of {held.name!r}: give the file its name back")
    if held.size != len(content):
        raise SealError(f"was changed: it has {len(content)} bytes, and its manifest says {held.size}")
    if held.sha256 != hashlib.sha256(content).hexdigest():
        raise SealError("was changed: its SHA-256 is not the one that its manifest says")
