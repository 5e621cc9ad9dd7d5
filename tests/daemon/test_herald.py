import pickle
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, folder, uptally
from tests.cli.ledgers import CONFIG, last_minute, make_ledger
from uptally.cli.config_file import settings_of
from uptally.clock import SystemClock
from uptally.daemon.herald import Herald
from uptally.daemon.order import Shown
from uptally.export.heads import HEAD_PATH, KEY_PATH, read_head
from uptally.ledger import Ledger, Reader
from uptally.signing import Key

__all__ = ["folder", "uptally"]


@pytest.fixture
def sealed(folder: Path, uptally: Invoke) -> Path:
    """A folder with a ledger and a key."""
    make_ledger(folder, last_minute("website"))
    assert uptally("key", "new", "seal.key").exit_code == 0
    (folder / "probes.yaml").write_text(f"{CONFIG}seal: {{key: seal.key}}\n", encoding="utf-8")
    return folder


def private_lines(sealed: Path) -> list[bytes]:
    return (sealed / "seal.key").read_bytes().splitlines()[1:-1]


@pytest.mark.parametrize("written", [("render",), ("run", "--for", "1s")])
def test_page_tells_the_head_signed_and_never_the_key(sealed: Path, uptally: Invoke, written: tuple[str, ...]) -> None:
    assert uptally(*written).exit_code == 0
    site = sealed / "site"
    key = Key.of_pem((sealed / "seal.key").read_bytes())
    assert (site / KEY_PATH).read_bytes() == key.public.pem
    with Reader.open(sealed / "uptally.db") as reader:
        assert read_head((site / HEAD_PATH).read_bytes()).head == reader.head()
    assert 'href="api/head.json"' in (method := (site / "method.html").read_text(encoding="utf-8"))
    assert 'href="seal.pub"' in method
    assert not any(line in file.read_bytes() for file in site.rglob("*.*") for line in private_lines(sealed))
    held = uptally("verify", f"site/{HEAD_PATH}", "--key", f"site/{KEY_PATH}")
    assert (held.exit_code, "in the ledger" in held.stdout) == (0, True), held.stderr


def test_head_that_somebody_kept_shows_what_was_changed_since(sealed: Path, uptally: Invoke) -> None:
    def begin_anew(*bodies: str) -> None:
        for each in sealed.glob("uptally.db*"):
            each.unlink()
        ledger = Ledger.open(sealed / "uptally.db", location="local", clock=SystemClock(), version="test")
        for body in bodies:
            ledger.record("note", "ann", body)
        ledger.close()

    begin_anew('"first"')
    assert uptally("render").exit_code == 0
    kept = sealed / "head.json"
    kept.write_bytes((sealed / "site" / HEAD_PATH).read_bytes())
    assert uptally("verify", "head.json").exit_code == 0
    begin_anew('"forged"', '"second"')
    refused = uptally("verify", "head.json")
    assert (refused.exit_code, "act 1 is not the one" in refused.stderr) == (1, True)


def test_process_that_writes_the_page_is_not_told_the_key(sealed: Path) -> None:
    settings = settings_of(sealed / "probes.yaml")
    told = pickle.dumps(Shown(settings).of_pages())
    assert not any(line in told for line in private_lines(sealed))
    assert "BEGIN PRIVATE KEY" not in repr(settings)


def test_without_a_key_the_head_is_told_and_signed_by_nobody(sealed: Path) -> None:
    (sealed / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    files = Herald(settings_of(sealed / "probes.yaml"), clock=SystemClock()).files()
    assert [*files] == [HEAD_PATH]
    assert read_head(files[HEAD_PATH]).signed_by is None


def test_ledger_that_cannot_be_read_leaves_the_head_of_before(sealed: Path) -> None:
    herald = Herald(settings_of(sealed / "probes.yaml"), clock=SystemClock())
    before = herald.files()
    (sealed / "uptally.db").unlink()
    assert herald.files() == before
