import json
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from tests.cli.test_close import AGREED, OCTOBER_MS, seconds
from uptally.cli.config_file import settings_of
from uptally.clock import SystemClock
from uptally.daemon.backoffice import close
from uptally.daemon.month_end import Order
from uptally.ledger import Reader, amend_beside
from uptally.model.act import NewAct
from uptally.rules.record.closings import CLOSE, signature_of
from uptally.signing import Key


@pytest.fixture
def key(folder: Path, uptally: Invoke) -> Key:
    """The key of a configuration, beside a ledger with some minutes of October."""
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    assert uptally("key", "new", "seal.key").exit_code == 0
    (folder / "probes.yaml").write_text(f"{AGREED}seal: {{key: seal.key}}\n", encoding="utf-8")
    return Key.of_pem((folder / "seal.key").read_bytes())


def test_closings_and_decisions_are_signed_and_verify_says_by_whom(folder: Path, uptally: Invoke, key: Key) -> None:
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    decided = ("close", "--month", "2026-10", "--decide", "acme/website/2026-10=credit", "--reason", "mail")
    assert uptally(*decided, "--by", "ann").exit_code == 0
    with Reader.open(folder / "uptally.db") as reader:
        first, second = (signature_of(act) for act in reader.acts(CLOSE))
    assert first is not None
    assert key.public.verify(first.signature, first.covered)
    assert second is None
    result = uptally("verify")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.endswith(f"1 closing signed by {key.public.fingerprint}\n")


def test_month_that_is_closed_by_itself_is_signed_too(folder: Path, uptally: Invoke, key: Key) -> None:
    report = close(Order.of("2026-10", settings_of(folder / "probes.yaml"), "1"), SystemClock())
    assert (report.failure, report.refusal) == ("", "")
    assert f"1 closing signed by {key.public.fingerprint}" in uptally("verify").stdout


def test_closing_that_its_key_never_signed_is_found_though_every_digest_fits(
    folder: Path, uptally: Invoke, key: Key
) -> None:
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    with Reader.open(folder / "uptally.db") as reader:
        (act,) = reader.acts(CLOSE)
        document = reader.document(act.number)
    for each in folder.glob("uptally.db*"):
        each.unlink()
    make_ledger(folder, seconds(OCTOBER_MS, 300))
    forged = json.dumps({**json.loads(act.body), "rows": 1}, sort_keys=True, separators=(",", ":"))
    decide = [NewAct(CLOSE, "eve", forged, document)]
    amend_beside(folder / "uptally.db", clock=SystemClock(), kinds=[CLOSE], decide=lambda acts: decide)
    refused = uptally("verify")
    assert (refused.exit_code, "its signature is not that of its key" in refused.stderr) == (1, True), refused.stderr
