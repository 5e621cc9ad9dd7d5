from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from uptally.clock import SystemClock
from uptally.ledger import Reader
from uptally.model.token import SECRET, Scope
from uptally.rules.record.tokens import TOKEN_KINDS, bearer, recorded_tokens
from uptally.units.time import DAY_MS


@pytest.fixture(autouse=True)
def ledger(folder: Path) -> Path:
    make_ledger(folder, [])
    return folder / "uptally.db"


def who(ledger: Path, secret: str, *, days: int = 0) -> str | None:
    """Whose secret it is so many days from now."""
    with Reader.open(ledger) as reader:
        reader.verify_acts()
        tokens = recorded_tokens(reader.acts(*TOKEN_KINDS)).values()
    found = bearer(tokens, secret, Scope.EXPORTS, now_ms=SystemClock().wall_ms() + days * DAY_MS)
    return found.name if found else None


def made(uptally: Invoke, *arguments: str) -> str:
    result = uptally("token", *arguments, "--by", "ann")
    assert result.exit_code == 0, result.stderr
    return result.stdout.removesuffix("\n")


def test_secret_is_shown_once_on_stdout_and_kept_nowhere(uptally: Invoke, folder: Path, ledger: Path) -> None:
    result = uptally("token", "new", "--scope", "exports", "--by", "ann")
    secret = result.stdout.removesuffix("\n")
    assert SECRET.fullmatch(secret)
    assert re.fullmatch(
        r"exports, for exports, until \d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? \(Europe/Berlin\): "
        r"it is shown this once, so keep it where secrets are kept\n",
        result.stderr,
    )
    assert (who(ledger, secret, days=364), who(ledger, secret, days=365)) == ("exports", None)
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert secret.encode() not in kept
    assert secret not in uptally("token", "list", "--json").stdout


def test_tokens_are_listed_with_what_becomes_of_them(uptally: Invoke) -> None:
    made(uptally, "new", "--scope", "exports", "--name", "nightly", "--expires", "90d")
    made(uptally, "new", "--scope", "figures")
    made(uptally, "new", "--scope", "figures", "--expires", "2y")
    assert uptally("token", "revoke", "figures", "--by", "bob").stderr == "revoked: figures, by bob\n"
    listed = json.loads(uptally("token", "list", "--json").stdout)
    assert [(each["name"], each["scope"], each["state"]) for each in listed["tokens"]] == [
        ("nightly", "exports", "valid"),
        ("figures", "figures", "revoked"),
        ("figures-2", "figures", "valid"),
    ]
    lengths = [round((each["expires_ms"] - each["made_ms"]) / DAY_MS) for each in listed["tokens"]]
    assert (lengths, {each["used_on"] for each in listed["tokens"]}) == ([90, 365, 730], {None})
    lines = uptally("token", "list").stdout.splitlines()
    assert lines[0].split("  ")[0] == "name"
    assert re.split(r"  +", lines[2])[:3] == ["figures", "figures", "revoked"]


def test_rotated_token_has_two_secrets_until_the_overlap_is_over(uptally: Invoke, ledger: Path) -> None:
    first = made(uptally, "new", "--scope", "exports", "--name", "nightly")
    second = made(uptally, "rotate", "nightly", "--overlap", "7d")
    assert [who(ledger, secret, days=6) for secret in (first, second)] == ["nightly", "nightly"]
    assert [who(ledger, secret, days=8) for secret in (first, second)] == [None, "nightly"]
    third = made(uptally, "rotate", "nightly", "--overlap", "0")
    assert [who(ledger, secret) for secret in (first, second, third)] == [None, None, "nightly"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["new", "--scope", "all"], 2, "'all' is not one of 'exports', 'figures'"),
        (["new", "--scope", "exports", "--expires", "never"], 2, "or years, such as 1y"),
        (["new", "--scope", "exports", "--expires", "11y"], 2, "at most 10y"),
        (["new", "--scope", "exports", "--name", "two words"], 2, "is no id"),
        (["new", "--scope", "exports", "--name", "nightly"], 1, "`uptally token rotate nightly`"),
        (["rotate", "nightli"], 1, "there is no token 'nightli': did you mean 'nightly'?"),
        (["rotate", "gone"], 1, "gone was revoked: `uptally token new` makes another one"),
        (["revoke", "gone"], 1, "gone was revoked"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_goes_on_record(
    uptally: Invoke, ledger: Path, arguments: list[str], code: int, message: str
) -> None:
    made(uptally, "new", "--scope", "exports", "--name", "nightly")
    made(uptally, "new", "--scope", "exports", "--name", "gone")
    uptally("token", "revoke", "gone", "--by", "ann")
    result = uptally("token", *arguments, "--by", "ann")
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    with Reader.open(ledger) as reader:
        assert len(reader.acts(*TOKEN_KINDS)) == 3
