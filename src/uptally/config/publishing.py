"""How the page gets to its readers: what lies beside its files, and where they are copied to."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import PlainValidator, WithJsonSchema

from uptally.config.http import json_text
from uptally.config.marks import Mark, Table
from uptally.config.values import Fault, choice, kind_of, text
from uptally.model.secret import Secret
from uptally.model.settings import Compression

_PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), ("s3fs", "s3")),
    **dict.fromkeys(("gs", "gcs"), ("gcsfs", "gcs")),
    **dict.fromkeys(("sftp", "ssh"), ("paramiko", "sftp")),
}
"""By scheme, the package that is needed beside fsspec, and the extra of ours that brings both."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://", re.ASCII)
_EXPECTED = "expected a folder, or an address such as s3://bucket/status or sftp://user@example.com/var/www/status"


def address(value: object) -> str:
    """Read where the page is copied to. An address holds no password, and its packages are installed."""
    written = text(value, _EXPECTED.removeprefix("expected "))
    if not written.strip() or re.search(r"[\x00-\x1f\x7f]", written):
        raise Fault(_EXPECTED)
    match = _SCHEME.match(written)
    if match is None:
        if "://" in written:
            raise Fault(_EXPECTED)
        return written
    try:
        parts = urlsplit(written)
    except ValueError:
        raise Fault(_EXPECTED) from None
    if parts.password is not None:
        raise Fault("must not hold a password: move it to 'options', where it stays secret")
    if parts.query or parts.fragment or not (parts.netloc or parts.path.strip("/")):
        raise Fault(_EXPECTED)
    scheme = match[1].lower()
    package, extra = _PACKAGES.get(scheme, ("fsspec", "publish"))
    for needed in ("fsspec", package):
        if not _is_installed(needed):
            raise Fault(f"needs the package {needed}: pip install 'uptally[{extra}]'")
    return scheme + written[len(scheme) :]


def options(value: object) -> str:
    """Read what the file system of an address is told, as JSON text."""
    if not isinstance(value, Table):
        raise Fault(f"expected keys and values, not {kind_of(value)}")
    return json_text(value)


def compression(value: object) -> Compression:
    """Read the name of a compressed form. One whose package is not installed is refused, with what installs it."""
    read = Compression(choice([each.value for each in Compression])(value))
    if read is Compression.BROTLI and not _is_installed("brotli"):
        raise Fault("needs the package brotli: pip install 'uptally[brotli]'")
    return read


def table_of(value: object) -> object:
    """Return the table that an address alone stands for; any other value as it is."""
    if not isinstance(value, str):
        return value
    table = Table(Mark(0, 0))
    table["to"] = value
    return table


def _is_installed(package: str) -> bool:
    """Tell whether a package could be imported, without doing so, which takes a while."""
    return find_spec(package) is not None


_NAMES = [each.value for each in Compression]
Compressed = Annotated[
    Compression,
    PlainValidator(compression),
    WithJsonSchema({"anyOf": [{"enum": _NAMES}, {"type": "string", "pattern": r"\$\{.+\}"}]}),
]
Address = Annotated[str, PlainValidator(address), WithJsonSchema({"type": "string", "minLength": 1})]
Options = Annotated[Secret, PlainValidator(lambda value: Secret(options(value))), WithJsonSchema({"type": "object"})]
