"""Text from a target, made fit for the operator's eyes: no secret in it, nothing that could forge a line of a log."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import quote, unquote_plus

from uptally.model.endpoint import BasicAuth, BearerAuth, HttpCheck, TcpCheck
from uptally.model.secret import Secret

MASK = "***"

_TELLING = 3
"""So few characters of a secret give nothing away, and would be met by chance."""


def secrets_of(check: HttpCheck | TcpCheck) -> tuple[str, ...]:
    """Return every text that must not be shown of a check, in each form in which a target might echo it.

    The longest first.
    """
    found: list[Secret] = [*check.hidden, *(Secret(unquote_plus(secret.reveal())) for secret in check.hidden)]
    forms: set[str] = set()
    match check:
        case HttpCheck():
            found += [value for _, value in check.headers]
            # A target may echo the credentials alone, without the word that says how they authenticate.
            found += [
                Secret(credentials)
                for name, value in check.headers
                if name.lower().endswith("authorization") and (credentials := value.reveal().partition(" ")[2].strip())
            ]
            match check.auth:
                case BasicAuth(username=username, password=password):
                    found.append(password)
                    forms.add(basic_credentials(username, password))
                case BearerAuth(token=token):
                    found.append(token)
            if check.body is not None:
                found.append(check.body)
        case TcpCheck(send=Secret() as send):
            found.append(send)
    for text in {secret.reveal() for secret in found}:
        forms |= {text, text.strip(), quote(text, safe=""), base64.b64encode(text.encode()).decode()}
    return tuple(sorted((form for form in forms if form), key=len, reverse=True))


def basic_credentials(username: str, password: Secret) -> str:
    """Return what follows ``Basic`` in an Authorization header (RFC 7617, in UTF-8)."""
    return base64.b64encode(f"{username}:{password.reveal()}".encode()).decode()


def clean(text: str, secrets: Sequence[str], limit: int) -> str:
    r"""Return the text without the secrets, without anything unprintable, and cut to the limit, in this order.

    A secret that straddles the cut is gone before it; a line break is shown as ``\n``, so that one entry stays one
    line.

    >>> clean("denied: hunter2\r\nroot logged in", ["hunter2"], 40)
    'denied: ***\\r\\nroot logged in'
    """
    for secret in secrets:
        text = text.replace(secret, MASK)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clean_bytes(data: bytes, secrets: Sequence[str], limit: int) -> str:
    """Return the beginning of what a peer sent as clean text.

    A secret of which only the first part was received goes too.
    """
    text = data.decode(errors="replace")
    for secret in secrets:
        text = text.replace(secret, MASK)
    for secret in secrets:
        known = next((size for size in range(len(secret) - 1, _TELLING, -1) if text.endswith(secret[:size])), 0)
        if known:
            text = text[:-known] + MASK
    return clean(text, (), limit)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", errors="surrogatepass").decode("ascii")
