"""Tokens on record: made, given another secret, revoked, and used. Secrets are not: acts have their digests alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace

from uptally.model.act import Act, NewAct
from uptally.model.token import Scope, Token
from uptally.rules.record.fields import Fields, body_of
from uptally.units.time import DAY_MS

TOKEN, TOKEN_REVOKED, TOKEN_USED = "token", "token-revoked", "token-used"
"""Kinds of acts: a secret was made, of a new name or in place of the one before; a token was revoked; and one was used,
which is on record once a day of UTC."""

TOKEN_KINDS = (TOKEN, TOKEN_REVOKED, TOKEN_USED)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: SHA-256, in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def made(
    name: str, scope: Scope, digest: str, *, expires_ms: int, by: str, older_until_ms: int | None = None
) -> NewAct:
    """Return the act that puts a secret on record; the one before it, if there is one, is good until
    `older_until_ms`."""
    fields = {"name": name, "scope": scope.value, "digest": digest, "expires_ms": expires_ms}
    return NewAct(TOKEN, by, body_of({**fields, "older_until_ms": older_until_ms}))


def revoked(name: str, *, by: str) -> NewAct:
    """Return the act that revokes a token, with all its secrets."""
    return NewAct(TOKEN_REVOKED, by, body_of({"name": name}))


def uses(acts: Iterable[Act], name: str, *, now_ms: int, by: str) -> Sequence[NewAct]:
    """Return the act that says that a token is used; none where one of its day is on record. Raises LedgerCorrupt."""
    used_ms = recorded_tokens(acts)[name].used_ms
    is_known = used_ms is not None and used_ms // DAY_MS >= now_ms // DAY_MS
    return [] if is_known else [NewAct(TOKEN_USED, by, body_of({"name": name}))]


def recorded_tokens(acts: Iterable[Act]) -> dict[str, Token]:
    """Return all tokens that were ever made, by name. Raises LedgerCorrupt."""
    found: dict[str, Token] = {}
    for act in acts:
        if act.kind not in TOKEN_KINDS:
            continue
        fields = Fields(act)
        name = fields.text("name")
        before = found.get(name)
        if act.kind == TOKEN:
            found[name] = _secret(act, fields, name, before)
        elif before is None:
            raise fields.fault(f"names the token {name!r}, which was never made")
        elif act.kind == TOKEN_REVOKED:
            found[name] = replace(before, revoked_ms=act.at_ms)
        else:
            found[name] = replace(before, used_ms=act.at_ms)
        fields.end()
    return found


def bearer(tokens: Iterable[Token], secret: str, scope: Scope, *, now_ms: int) -> Token | None:
    """Return the token of a secret; None where there is none, or it is not good for this, by now.

    How long that takes says nothing of how near a secret is: it is compared with all, in constant time.
    """
    digest, found = digest_of(secret), None
    for token in tokens:
        is_newest = hmac.compare_digest(digest, token.digest) & (now_ms < token.expires_ms)
        is_older = hmac.compare_digest(digest, token.older) & (now_ms < token.older_until_ms)
        if (is_newest | is_older) & (token.scope is scope) & (token.revoked_ms is None):
            found = token
    return found


def _secret(act: Act, fields: Fields, name: str, before: Token | None) -> Token:
    scope = fields.text("scope")
    if scope not in tuple(Scope):
        raise fields.fault(f"has the scope {scope!r}, which this version of uptally does not know")
    until_ms = fields.instant_or_none("older_until_ms")
    token = Token(name, Scope(scope), act.by, act.at_ms, fields.instant("expires_ms"), fields.text("digest"))
    if before is None:
        return token
    if before.revoked_ms is not None:
        raise fields.fault(f"gives another secret to {name!r}, which was revoked")
    return replace(token, older=before.digest, older_until_ms=until_ms or 0, used_ms=before.used_ms)
