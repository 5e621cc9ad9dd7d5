"""Where the pages of agreements lie: nobody can guess it, and it stays."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from uptally.daemon.addresses import address_key, agreement_path, made_address_key
from uptally.errors import DaemonError


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    store = tmp_path / "ledger" / "uptally.db"
    store.parent.mkdir()
    assert address_key(store) is None
    key = made_address_key(store)
    assert made_address_key(store) == address_key(store) == key
    (file,) = store.parent.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_addresses_are_other_ones_with_another_key_and_for_another_agreement(tmp_path: Path) -> None:
    paths = {
        agreement_path(slug, made_address_key(tmp_path / store)) for slug in ("acme", "acme-2") for store in ("a", "b")
    }
    assert len(paths) == 4
    assert all(re.fullmatch(r"agreements/acme(-2)?-[0-9a-f]{32}\.html", path) for path in paths)


@pytest.mark.parametrize("text", ["", "00", "no key at all", "zz" * 32])
def test_a_file_that_holds_no_key_is_refused_and_never_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "uptally.db.pages"
    file.write_text(text, encoding="ascii")
    with pytest.raises(DaemonError, match="holds no key"):
        made_address_key(tmp_path / "uptally.db")
    assert file.read_text(encoding="ascii") == text
