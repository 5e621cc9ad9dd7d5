"""What programs call the things that the page tells of: the same for ever, whatever else changes of them."""

from __future__ import annotations

import uuid
from functools import lru_cache

_NAMESPACE = uuid.UUID("6f5b7c0e-8a55-5a0e-9a5c-3c1d5a0f2d11")
"""Chosen once, and never to be changed: every identity below hangs on it."""

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID_LENGTH = 12


def uuid_of(kind: str, *names: str) -> uuid.UUID:
    """Return the UUID of one of a kind of things, which has one name or several.

    >>> uuid_of("incident", "1", "0") == uuid_of("incident", "1", "0") != uuid_of("incident", "10")
    True
    """
    # A length before each name, so that no two lists of names are one text.
    return uuid.uuid5(_NAMESPACE, "".join(f"{len(each)}:{each}" for each in (kind, *names)))


@lru_cache(maxsize=4096)
def api_id(kind: str, *names: str) -> str:
    """Return the same as an identifier such as the Statuspage API has: twelve small letters and digits.

    >>> len(api_id("component", "website"))
    12
    """
    number = uuid_of(kind, *names).int
    letters = []
    for _ in range(_ID_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return "".join(letters)
