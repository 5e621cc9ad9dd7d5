from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.record.made import on_record
from uptally.errors import LedgerCorrupt
from uptally.model.act import Act, NewAct
from uptally.model.token import Scope, Token
from uptally.rules.record.tokens import bearer, digest_of, made, recorded_tokens, revoked, uses
from uptally.units.time import DAY_MS

FIRST, SECOND = "upt_" + "1" * 64, "upt_" + "2" * 64
MADE = made("nightly", Scope.EXPORTS, digest_of(FIRST), expires_ms=100, by="ann")
ROTATED = made("nightly", Scope.EXPORTS, digest_of(SECOND), expires_ms=200, by="bob", older_until_ms=60)


def who(acts: list[Act], secret: str, now_ms: int, scope: Scope = Scope.EXPORTS) -> str | None:
    found = bearer(recorded_tokens(acts).values(), secret, scope, now_ms=now_ms)
    return found.name if found else None


def test_secret_is_good_until_it_expires_and_for_its_scope_alone() -> None:
    acts = on_record((10, MADE))
    assert [who(acts, FIRST, at_ms) for at_ms in (10, 99, 100)] == ["nightly", "nightly", None]
    assert who(acts, FIRST, 10, Scope.FIGURES) is None
    assert [who(acts, secret, 10) for secret in (SECOND, "", FIRST[:-1], digest_of(FIRST), "\udce4")] == [None] * 5


def test_older_secret_is_good_for_a_while_after_another_took_its_place() -> None:
    acts = on_record((10, MADE), (50, ROTATED))
    assert [who(acts, FIRST, at_ms) for at_ms in (50, 59, 60)] == ["nightly", "nightly", None]
    assert [who(acts, SECOND, at_ms) for at_ms in (50, 199, 200)] == ["nightly", "nightly", None]
    assert recorded_tokens(acts)["nightly"].by == "bob"


def test_none_of_its_secrets_is_good_once_a_token_is_revoked() -> None:
    acts = on_record((10, MADE), (50, ROTATED), (55, revoked("nightly", by="ann")))
    assert [who(acts, secret, 55) for secret in (FIRST, SECOND)] == [None, None]
    assert recorded_tokens(acts)["nightly"].state(55) == "revoked"


def test_use_goes_on_record_once_a_day() -> None:
    acts = on_record((10, MADE))
    assert [act.by for act in uses(acts, "nightly", now_ms=20, by="GET /exports/")] == ["GET /exports/"]
    acts = on_record((10, MADE), (20, uses(acts, "nightly", now_ms=20, by="GET /exports/")))
    assert uses(acts, "nightly", now_ms=DAY_MS - 1, by="GET /exports/") == []
    assert len(uses(acts, "nightly", now_ms=DAY_MS, by="GET /exports/")) == 1
    assert recorded_tokens(acts)["nightly"].used_ms == 20


def test_act_has_no_secret_but_its_digest() -> None:
    assert FIRST not in MADE.body
    assert digest_of(FIRST) in MADE.body
    token = Token("nightly", Scope.EXPORTS, "ann", 10, 100, digest_of(FIRST))
    assert recorded_tokens(on_record((10, MADE))) == {"nightly": token}
    assert (token.fingerprint, token.state(99), token.state(100)) == (digest_of(FIRST)[:12], "valid", "expired")
    assert recorded_tokens(on_record((10, MADE), (50, ROTATED)))["nightly"] == replace(
        token, by="bob", made_ms=50, expires_ms=200, digest=digest_of(SECOND), older=digest_of(FIRST), older_until_ms=60
    )


@pytest.mark.parametrize(
    ("acts", "fault"),
    [
        ([(10, revoked("nightly", by="ann"))], "names the token 'nightly', which was never made"),
        ([(10, MADE), (11, revoked("nightly", by="ann")), (12, ROTATED)], "which was revoked"),
        ([(10, MADE._replace(body=MADE.body.replace("exports", "admin")))], "has the scope 'admin'"),
    ],
)
def test_record_that_cannot_be_understood_gives_nobody_entry(acts: list[tuple[int, NewAct]], fault: str) -> None:
    with pytest.raises(LedgerCorrupt, match=fault):
        recorded_tokens(on_record(*acts))
