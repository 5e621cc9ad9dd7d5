"""Closings of months on record: what was frozen, from what it was made, and by whom.

The document that holds the rows lies beside the act: JSON with sorted keys and without blanks, compressed by zlib. The
act has the digest of both forms, since some bits of a compressed stream change nothing that comes out of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.model.closing import Choice, Closing
from uptally.rules.record.fields import Fields, body_of

CLOSE = "close"
"""The kind of act that puts a revision of a month on record."""


BY_ITSELF = "the daemon"
"""By whom a month is closed that nobody asked to close."""


class RecordedClosing(NamedTuple):
    """A revision on record: the number of its act, when, by whom, and what."""

    number: int
    at_ms: int
    by: str
    closing: Closing


def digest_of(data: bytes) -> str:
    """Return SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def close(closing: Closing, document: Mapping[str, object], *, by: str) -> NewAct:
    """Return the act that puts a revision on record, with its document; the closing's digests of that are not read."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    stored = zlib.compress(text)
    fields = closing._replace(document=digest_of(text), stored=digest_of(stored))._asdict()
    del fields["is_restated"]
    for key in ("basis", "undecided"):
        if not fields[key]:
            del fields[key]
    return NewAct(CLOSE, by, body_of({**fields, "restated": closing.is_restated}), stored)


class Signature(NamedTuple):
    """A signature of an act, over the rest of its body: by which key, as that writes itself on a line."""

    public_key: str
    signature: bytes
    covered: bytes


def signed(act: NewAct, public_key: str, sign: Callable[[bytes], bytes]) -> NewAct:
    """Return an act that closes with a signature over its body, which names the key that it is checked by."""
    fields = {**json.loads(act.body), "public_key": public_key}
    made = base64.b64encode(sign(body_of(fields).encode())).decode()
    return act._replace(body=body_of({**fields, "signature": made}))


def signature_of(act: Act) -> Signature | None:
    """Return the signature of an act that closes; None where nobody signed it. Raises LedgerCorrupt."""
    fields = Fields(act)
    public_key, text = fields.text("public_key", ""), fields.text("signature", "")
    if not public_key and not text:
        return None
    try:
        made = base64.b64decode(text, validate=True)
    except ValueError:
        raise fields.fault("has a signature that is none") from None
    covered = {key: value for key, value in json.loads(act.body).items() if key != "signature"}
    return Signature(public_key, made, body_of(covered).encode())


def recorded_closings(acts: Iterable[Act]) -> dict[str, list[RecordedClosing]]:
    """Return the revisions of each month in their order. Raises LedgerCorrupt."""
    found: dict[str, list[RecordedClosing]] = {}
    for act in acts:
        if act.kind == CLOSE:
            fields = Fields(act)
            closing = _closing(fields)
            revisions = found.setdefault(closing.month, [])
            if closing.revision != len(revisions) + 1:
                raise fields.fault(f"is revision {closing.revision} of {closing.month}, after {len(revisions)}")
            revisions.append(RecordedClosing(act.number, act.at_ms, act.by, closing))
    return found


def settled_months(acts: Iterable[Act]) -> frozenset[str]:
    """Return the months that are closed, with no statement left that a person has to decide about.

    Raises LedgerCorrupt.
    """
    closed = recorded_closings(acts)
    return frozenset(month for month, revisions in closed.items() if not revisions[-1].closing.undecided)


def document_of(recorded: RecordedClosing, stored: bytes) -> dict[str, Any]:
    """Return the document of a revision. Raises LedgerCorrupt where it is not the one that was frozen."""
    closing = recorded.closing
    name = f"the document of {closing.month}@{closing.revision} (act {recorded.number})"
    if not stored:
        raise LedgerCorrupt(f"{name} is missing")
    if digest_of(stored) != closing.stored:
        raise LedgerCorrupt(f"{name} does not hold: its bytes were changed")
    text = zlib.decompress(stored)
    if digest_of(text) != closing.document:
        raise LedgerCorrupt(f"{name} does not hold: it is not the one that its act names")
    document: dict[str, Any] = json.loads(text)
    said = document.get("month"), document.get("revision"), len(document.get("rows", ()))
    if said != (closing.month, closing.revision, closing.rows):
        raise LedgerCorrupt(f"{name} does not hold: it says another month, revision or number of rows than its act")
    return document


def _closing(fields: Fields) -> Closing:
    choice = fields.text("choice", "")
    if choice not in ("", *Choice):
        raise fields.fault(f"decides by {choice!r}, which this version of uptally does not know")
    closing = Closing(
        month=fields.text("month"),
        revision=fields.instant("revision"),
        as_of_ms=fields.instant("as_of_ms"),
        config=fields.text("config"),
        version=fields.text("version"),
        act=fields.instant("act"),
        act_digest=fields.text("act_digest", ""),
        block=fields.instant("block"),
        block_digest=fields.text("block_digest", ""),
        rows=fields.instant("rows"),
        document=fields.text("document"),
        stored=fields.text("stored"),
        reason=fields.text("reason", ""),
        is_restated=fields.flag("restated"),
        decided=fields.text("decided", ""),
        choice=Choice(choice) if choice else None,
        basis=fields.instant_or_none("basis") or 0,
        undecided=fields.instant_or_none("undecided") or 0,
        dated=fields.text("dated", ""),
    )
    for key in ("public_key", "signature"):
        # They speak of this act, and of no closing that is made from it.
        fields.text(key, "")
    fields.end()
    return closing
