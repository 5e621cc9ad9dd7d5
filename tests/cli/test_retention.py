from __future__ import annotations

import re
from pathlib import Path

from tests.cli.conftest import Invoke
from tests.cli.ledgers import make_ledger
from tests.cli.test_close import AGREED, OCTOBER_MS, later, seconds
from uptally.units.time import DAY_MS


def told(uptally: Invoke) -> tuple[int, int, list[str]]:
    """How many blocks go, how many are held back, and by what."""
    result = uptally("retention")
    assert result.exit_code == 0, result.stderr
    _, going, held, *months = result.stdout.splitlines()
    counts = (int(re.sub(r"\D", "", line)) for line in (going, held))
    return next(counts), next(counts), [month.strip() for month in months]


def decided(uptally: Invoke, month: str) -> None:
    decision = f"acme/website/{month}=credit"
    result = uptally("close", "--month", month, "--decide", decision, "--reason", "mail", "--by", "ann")
    assert result.exit_code == 0, result.stderr


def test_months_that_hold_observations_back_are_named_until_they_are_closed_and_decided(
    uptally: Invoke, folder: Path
) -> None:
    make_ledger(folder, seconds(OCTOBER_MS - 10 * DAY_MS, 60))
    later(folder / "uptally.db", seconds(OCTOBER_MS + 10 * DAY_MS, 60), seal=True)
    (folder / "probes.yaml").write_text(AGREED + "store: {keep: 1d}\n", encoding="utf-8")
    none, every, months = told(uptally)
    assert (none, every > 1, months) == (0, True, ["2026-09 is not closed", "2026-10 is not closed"])
    uptally("close", "--month", "2026-09", "--by", "ann")
    decided(uptally, "2026-09")
    some, others, months = told(uptally)
    assert (some > 0, some + others, months) == (True, every, ["2026-10 is not closed"])
    uptally("close", "--month", "2026-10", "--by", "ann")
    assert told(uptally) == (some, others, ["2026-10 has statements that are open"])
    decided(uptally, "2026-10")
    assert told(uptally) == (every, 0, [])
    (folder / "probes.yaml").write_text(AGREED + "store: {keep: 3650d}\n", encoding="utf-8")
    assert told(uptally) == (0, 0, [])
