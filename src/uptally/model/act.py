"""What a person or the config did, on record."""

from __future__ import annotations

from typing import NamedTuple


class Act(NamedTuple):
    """One entry of the append-only, hash-chained table of acts.

    `kind` is such as ``config``; `body` is canonical JSON text (sorted keys, no blanks, no secrets); `digest`
    is SHA-256 in hex over the previous digest and this entry, so that no entry can be changed, dropped or
    slipped in unseen.
    """

    number: int
    at_ms: int
    kind: str
    by: str
    body: str
    digest: str


class NewAct(NamedTuple):
    """An act that is to be recorded: all of it but what the ledger gives.

    `document` is kept beside it, as it is, where there is one; the body must have its digest, since the chain covers
    nothing else.
    """

    kind: str
    by: str
    body: str
    document: bytes = b""
