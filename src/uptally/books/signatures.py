"""Closings that were signed: each by the key that the configuration had then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from uptally.errors import LedgerCorrupt, SealError
from uptally.model.act import Act
from uptally.rules.record.closings import signature_of
from uptally.signing import PublicKey


def verify_signatures(closings: Iterable[Act]) -> Mapping[str, int]:
    """Return how many closings each key signed, by its fingerprint. Raises LedgerCorrupt, naming the first whose
    signature is not that of its key, and SealError where signatures cannot be told."""
    found: Counter[str] = Counter()
    for act in closings:
        signed = signature_of(act)
        if signed is None:
            continue
        try:
            key = PublicKey.of_text(signed.public_key)
        except SealError as error:
            raise LedgerCorrupt(f"act {act.number} ({act.kind}) does not hold: its key {error}") from error
        if not key.verify(signed.signature, signed.covered):
            raise LedgerCorrupt(f"act {act.number} ({act.kind}) does not hold: its signature is not that of its key")
        found[key.fingerprint] += 1
    return found
