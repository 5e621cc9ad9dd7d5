"""Sends a letter with a file: through apprise, which knows mail and chats, or to a webhook, which gets the file itself.

It blocks for as long as the other side takes: it belongs in a process of its own.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from uptally.model.report import Recipient

TIMEOUT_S = 30
"""How long a webhook may take to say something; then it is tried again later."""

TOLD_MOST = 300
"""Characters of what a library says of a failure that are told."""


class NotSent(Exception):
    """A letter that was not taken; says why, and nothing of the address."""


class Letter(NamedTuple):
    """What is sent: a line and a text for people, a file, and what programs are told of it, by header."""

    title: str
    text: str
    file_name: str
    media_type: str
    file: bytes
    headers: dict[str, str]


def send(letter: Letter, to: Recipient, *, now_ms: int) -> None:
    """Send a letter; done when the other side has taken it. Raises NotSent."""
    if to.is_webhook:
        _call(letter, to, now_ms=now_ms)
    else:
        _notify(letter, to)


def signature(key: bytes, timestamp: str, file: bytes) -> str:
    """Return what a webhook compares: HMAC-SHA256 over the timestamp, a full stop and the file, in hex.

    >>> signature(b"key", "1761955200000", b"a,b")[:16]
    '19b71506c6774879'
    """
    return hmac.new(key, timestamp.encode() + b"." + file, hashlib.sha256).hexdigest()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Files go to nobody but who was named."""

    def redirect_request(self, *args: object) -> None:
        """Return no request, so that the redirect is an error."""


def _call(letter: Letter, to: Recipient, *, now_ms: int) -> None:
    headers = {
        "Content-Type": letter.media_type,
        "Content-Disposition": f'attachment; filename="{letter.file_name}"',
        **letter.headers,
    }
    if to.key is not None:
        stamp = str(now_ms)
        headers["X-Uptally-Timestamp"] = stamp
        headers["X-Uptally-Signature"] = "sha256=" + signature(to.key.reveal().encode(), stamp, letter.file)
    request = urllib.request.Request(to.address.reveal(), data=letter.file, headers=headers, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_S):
            pass
    except urllib.error.HTTPError as error:
        error.close()
        remedy = ": name the address that it leads to" if error.code in (301, 302, 303, 307, 308) else ""
        raise NotSent(f"it answered with status {error.code}{remedy}") from None
    except (OSError, http.client.HTTPException) as error:
        # The reason of a failure to connect is the system's; the text of the others may repeat the address.
        why = error.reason if isinstance(error, urllib.error.URLError) else type(error).__name__
        raise NotSent(f"it could not be reached: {why}"[:TOLD_MOST]) from None


def _notify(letter: Letter, to: Recipient) -> None:
    try:
        import apprise
    except ImportError:
        raise NotSent("needs the package apprise: pip install 'uptally[reports]'") from None
    with _kept(letter) as path:
        attachment = apprise.AppriseAttachment(str(path))
        teller = apprise.Apprise()
        if not teller.add(to.address.reveal()):
            raise NotSent("apprise does not know such an address")
        is_taken = teller.notify(title=letter.title, body=letter.text, attach=attachment)
    if not is_taken:
        raise NotSent("it was not taken")


@contextmanager
def _kept(letter: Letter) -> Iterator[Path]:
    """Keep the file on disk for as long as it is sent, for its owner alone."""
    with tempfile.TemporaryDirectory(prefix="uptally-") as folder:
        path = Path(folder, letter.file_name)
        path.write_bytes(letter.file)
        yield path
