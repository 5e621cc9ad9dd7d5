"""A token by which a program says who asks: its secret is shown once, and only its digest is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "upt_"
"""What every secret begins with, so that programs which look for leaked ones know it."""

SECRET_BYTES = 32
"""256 random bits, which nobody guesses: a plain digest of them gives nothing away, and needs no salt."""

SECRET = re.compile(rf"{PREFIX}[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)

_FINGERPRINT = 12


class Scope(StrEnum):
    """What a token is good for."""

    EXPORTS = "exports"
    FIGURES = "figures"


@dataclass(frozen=True, slots=True)
class Token:
    """A token on record.

    `digest` is SHA-256 of its secret, in hex; `older` that of the secret before it, which is good until
    `older_until_ms`, and empty where there was none. Instants are in milliseconds since the Unix epoch; each is the
    first at which the token is not good any more.
    """

    name: str
    scope: Scope
    by: str
    made_ms: int
    expires_ms: int
    digest: str
    older: str = ""
    older_until_ms: int = 0
    revoked_ms: int | None = None
    used_ms: int | None = None
    """Within the last day of UTC on which it was used."""

    @property
    def fingerprint(self) -> str:
        """What tells secrets apart without giving them away: the first digits of the digest."""
        return self.digest[:_FINGERPRINT]

    def state(self, now_ms: int) -> str:
        """Tell whether it is `valid`, `expired` or `revoked`."""
        if self.revoked_ms is not None:
            return "revoked"
        return "valid" if now_ms < self.expires_ms else "expired"
