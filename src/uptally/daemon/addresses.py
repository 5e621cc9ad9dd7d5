"""Where the pages of agreements lie: under names that nobody can guess, and that stay the same."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from uptally.errors import DaemonError

KEY_BYTES = 32
DIGITS = 32
"""Of the name, in base 16: 128 bits."""

_NAMED = re.compile(rf"-[0-9a-f]{{{DIGITS}}}\.html")


def address_key(store: Path) -> bytes | None:
    """Return the key of the addresses of a ledger; None where none has been made yet.

    Raises DaemonError for a file that holds none, and OSError for one that cannot be read.
    """
    path = _path(store)
    try:
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise DaemonError(f"{path}: holds no key: restore it, or delete it to have new addresses for all agreements")
    return key


def made_address_key(store: Path) -> bytes:
    """Return the key of the addresses of a ledger, made at random where there is none. Raises as `address_key` does.

    It is synced before it takes its name, and of several processes that make one the first wins: no address is ever
    told that does not stay.
    """
    key = address_key(store)
    if key is not None:
        return key
    path = _path(store)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(f"{secrets.token_hex(KEY_BYTES)}\n")
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    key = address_key(store)
    assert key is not None, "it was made, or there"
    return key


def agreement_path(slug: str, key: bytes) -> str:
    """Return where an agreement's page lies below the page's folder.

    >>> agreement_path("acme", bytes(32))
    'agreements/acme-02b7feada3b3edbdb113141e9017bcc1.html'
    """
    digest = hmac.digest(key, b"uptally-agreement-page/1\n" + slug.encode(), hashlib.sha256)
    return f"agreements/{slug}-{digest.hex()[:DIGITS]}.html"


def without_addresses(text: str) -> str:
    """Return text for a log without what tells where a page of an agreement lies, whatever else is told of the file.

    >>> without_addresses(
    ...     "No space left: 'site/agreements/.acme-02b7feada3b3edbdb113141e9017bcc1.html.0123456789abcdef'"
    ... )
    "No space left: 'site/agreements/.acme-***.html.0123456789abcdef'"
    """
    return _NAMED.sub("-***.html", text)


def _path(store: Path) -> Path:
    return store.with_name(f"{store.name}.pages")
