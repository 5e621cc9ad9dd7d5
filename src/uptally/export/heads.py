"""The head of the ledger as a document, which the page publishes: whoever keeps one can tell later that nothing before
it was changed."""

from __future__ import annotations

from typing import NamedTuple

from uptally.errors import SealError
from uptally.export.manifest import head_of
from uptally.export.sealed import opened, sealed
from uptally.model.head import Head
from uptally.signing import Key, PublicKey
from uptally.units.time import format_instant

FORMAT = "uptally-head/1"

HEAD_PATH, KEY_PATH = "api/head.json", "seal.pub"
"""Where the document and the public key lie below a page's folder."""

_KEYS = {"format": str, "generated_at": str, "head": dict}


class Published(NamedTuple):
    """A head as it was published: when, which, and signed by whom; None where nobody signed it."""

    generated_at: str
    head: Head
    signed_by: PublicKey | None


def head_files(head: Head, *, now_ms: int, key: Key | None) -> dict[str, bytes]:
    """Return the head as a file of the page, and the public key beside it where there is one."""
    document = sealed({"format": FORMAT, "generated_at": format_instant(now_ms), "head": head._asdict()}, key)
    return {HEAD_PATH: document, **({KEY_PATH: key.public.pem} if key else {})}


def read_head(content: bytes) -> Published:
    """Read such a file. Raises SealError where it is none, or not as it was written."""
    fields, signed_by = opened(content, _KEYS)
    if fields["format"] != FORMAT:
        raise SealError(f"is of the format {fields['format']!r}, and this uptally knows {FORMAT!r}")
    return Published(fields["generated_at"], head_of(fields["head"]), signed_by)
