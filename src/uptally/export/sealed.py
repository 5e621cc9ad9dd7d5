"""Documents that are sealed: JSON in one form only, of which every changed byte shows, signed where there is a key.

The last two lines but the brace are the digest and the signature; both are over all lines before them, so that
`sha256sum` and `openssl` check what any text editor cuts out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from uptally.errors import SealError
from uptally.signing import Key, PublicKey

Fields = Mapping[str, Any]


class Opened(NamedTuple):
    """What a sealed document says, and whose signature it has; None where nobody signed it."""

    fields: Fields
    signed_by: PublicKey | None


def sealed(fields: Fields, key: Key | None) -> bytes:
    """Write a document, in the order of its fields; the same fields and key give the same bytes."""
    covered = _covered({**fields, "public_key": key.public.text if key else None})
    return _whole(covered, base64.b64encode(key.sign(covered)).decode() if key else None)


def opened(content: bytes, keys: Mapping[str, type]) -> Opened:
    """Read a sealed document that has such keys, in this order, whose values are of these types.

    Raises SealError where it has others, where a byte of it was changed, or where its signature is not its key's.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise SealError("holds no JSON") from error
    if not isinstance(document, dict) or [*document] != [*keys, "public_key", "digest", "signature"]:
        raise SealError("has other keys than it should")
    signature, public, digest = document.pop("signature"), document["public_key"], document.pop("digest")
    if not all(type(document[key]) is kind for key, kind in keys.items()):
        raise SealError("has a value of another kind than it should")
    covered = _covered(document)
    if digest != hashlib.sha256(covered).hexdigest():
        raise SealError("was changed: its digest is another one")
    if _whole(covered, signature) != content:
        raise SealError("was changed: it says the same, but is not written as it was")
    signed_by = _signer(public, signature, covered)
    del document["public_key"]
    return Opened(document, signed_by)


def _signer(public: object, signature: object, covered: bytes) -> PublicKey | None:
    if public is None and signature is None:
        return None
    if not isinstance(public, str) or not isinstance(signature, str):
        raise SealError("was changed: it has a key without a signature, or a signature without a key")
    key = PublicKey.of_text(public)
    try:
        made = base64.b64decode(signature, validate=True)
    except ValueError as error:
        raise SealError("was changed: its signature is none") from error
    if base64.b64encode(made).decode() != signature or key.text != public or not key.verify(made, covered):
        raise SealError("was changed: its signature is not that of its key over what it says")
    return key


def _covered(document: Fields) -> bytes:
    return json.dumps(document, indent=2).removesuffix("\n}").encode("ascii") + b",\n"


def _whole(covered: bytes, signature: object) -> bytes:
    tail = json.dumps({"digest": hashlib.sha256(covered).hexdigest(), "signature": signature}, indent=2)
    return covered + tail.removeprefix("{\n").encode("ascii") + b"\n"
