import hashlib
import itertools
import sys
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG
from tests.full_disk import files_no_larger_than
from tests.ledger.made import seal_everything
from uptally.clock import SystemClock
from uptally.ledger import Ledger, Reader
from uptally.ledger.chain import drop_blocks
from uptally.ledger.storage import Storage
from uptally.model.observation import Evidence, Kind, Observation, Outcome, Reason
from uptally.units.time import Window, month_of, month_window

BERLIN = ZoneInfo("Europe/Berlin")
OCTOBER = month_window("2026-10", BERLIN)
ASKED = "archive", "--month", "2026-10", "-o", "archive"
FILE = "observations-2026-10.parquet"
TEXT = "text of the target"

_OUTCOMES = (
    (Outcome.UP, Reason.NONE),
    (Outcome.SLOW, Reason.LATENCY_LIMIT),
    (Outcome.DOWN, Reason.TLS_WRONG_HOST),
    (Outcome.UNKNOWN, Reason.OWN_NETWORK),
    (Outcome.MISSED, Reason.TOO_LATE),
)


def some_of(slug: str, location: str, first_ms: int, count: int) -> list[Observation]:
    """Observations of every kind, outcome and length, an instant apart, one of which has evidence."""
    return [
        Observation(
            slug,
            location,
            1_790_000_000_000,
            number,
            tuple(Kind)[number % 3],
            first_ms + number * 997,
            number * 1_000_003,
            *_OUTCOMES[number % 5],
            1_000 + number % 2,
            900,
            Evidence(error=TEXT, body_head=TEXT, address="192.0.2.1") if number == 2 else None,
        )
        for number in range(count)
    ]


@pytest.fixture
def ledger(folder: Path) -> Path:
    """A ledger of three months, two endpoints and two locations, of which October's begin is sealed; and a folder."""
    (folder / "archive").mkdir()
    (folder / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    path = folder / "uptally.db"
    with closing(Ledger.open(path, location="local", clock=SystemClock(), version="test")) as writer:
        for slug, location in itertools.product(("website", "orders"), ("local", "a, 'quoted' \"place\"\n")):
            for each in some_of(slug, location, OCTOBER.start_ms - 50 * 997, 300):
                writer.submit(each)
        writer.flush(30)
        writer._queue.ask(seal_everything, timeout_s=30)
        for each in some_of("orders", "local", OCTOBER.end_ms - 997 * 40, 80):
            writer.submit(each._replace(boot=1_790_000_000_001))
        writer.flush(30)
    return path


def on_record(path: Path) -> list[tuple[object, ...]]:
    """All observations of October, as they must stand in its archive."""
    with Reader.open(path) as reader:
        found = [
            each
            for slug, location in itertools.product(reader.slugs(), reader.locations())
            for each in reader.observations(slug, location=location, window=Window(0, 1 << 60))
            if OCTOBER.start_ms <= each.at_ms < OCTOBER.end_ms
        ]
    found.sort(key=lambda each: (each.endpoint, each.location, each.at_ms, each.boot, each.sequence))
    return [
        (
            *(each.endpoint, each.location, each.at_ms, each.boot, each.sequence, each.kind.name.lower()),
            *(each.outcome.label, each.reason.label or None, each.duration_us, each.interval_ms, each.timeout_ms),
        )
        for each in found
    ]


def archived(file: Path) -> list[tuple[object, ...]]:
    return duckdb.execute(f"SELECT * REPLACE (epoch_ms(began_at) AS began_at) FROM '{file}'").fetchall()


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def test_an_archive_holds_every_observation_of_the_month_in_order_and_nothing_else(
    uptally: Invoke, folder: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uptally.export.archive.BATCH", 97)
    result, file = uptally(*ASKED), folder / "archive" / FILE
    assert result.exit_code == 0, result.stderr
    expected, content = on_record(ledger), file.read_bytes()
    assert archived(file) == expected
    digest = hashlib.sha256(content).hexdigest()
    count, size = f"{len(expected):,} observations", f"{len(content):,} bytes"
    assert result.stdout == f"archive/{FILE}: {count}, {size}, SHA-256 {digest}\n"
    assert (len(expected), file.stat().st_mode & 0o777, names(folder / "archive")) == (1_040, 0o600, [FILE])


def test_columns_of_an_archive_have_types_and_its_metadata_say_the_month(
    uptally: Invoke, folder: Path, ledger: Path
) -> None:
    uptally(*ASKED)
    file = folder / "archive" / FILE
    types = {name: kind for name, kind, *_ in duckdb.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()}
    text, number = "VARCHAR", "BIGINT"
    assert types == {
        **{
            "endpoint": text,
            "location": text,
            "began_at": "TIMESTAMP WITH TIME ZONE",
            "boot": number,
            "sequence": number,
        },
        **{"kind": text, "outcome": text, "reason": text},
        **{"duration_us": number, "interval_ms": number, "timeout_ms": number},
    }
    said = duckdb.execute(f"SELECT key, value FROM parquet_kv_metadata('{file}')").fetchall()
    assert dict(said) == {b"month": b"2026-10", b"zone": b"Europe/Berlin"}


def test_the_same_month_gives_the_same_bytes_and_is_never_written_over(
    uptally: Invoke, folder: Path, ledger: Path
) -> None:
    (folder / "again").mkdir()
    assert uptally(*ASKED).exit_code == uptally(*ASKED[:-1], "again").exit_code == 0
    content = (folder / "archive" / FILE).read_bytes()
    assert (folder / "again" / FILE).read_bytes() == content
    (folder / "archive" / FILE).write_bytes(b"precious")
    refused = uptally(*ASKED)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith(f"Error: archive/{FILE} is there: ")
    assert (folder / "archive" / FILE).read_bytes() == b"precious"


def test_a_month_without_observations_or_that_is_not_over_is_refused_and_leaves_nothing(
    uptally: Invoke, folder: Path, ledger: Path
) -> None:
    empty = uptally("archive", "--month", "2026-08", "-o", "archive")
    assert (empty.exit_code, empty.stdout) == (1, "")
    assert empty.stderr == "Error: 2026-08: nothing was observed in it: there is nothing to archive\n"
    running = uptally("archive", "--month", month_of(SystemClock().wall_ms(), BERLIN), "-o", "archive")
    assert (running.exit_code, "is not over: it ends at " in running.stderr) == (1, True)
    assert uptally("archive", "--month", "2026-13", "-o", "archive").exit_code == 2
    assert names(folder / "archive") == []


def test_an_archive_says_that_some_of_its_month_is_gone(uptally: Invoke, folder: Path, ledger: Path) -> None:
    def drop(storage: Storage) -> None:
        drop_blocks(storage.connection, (1, 1), before_ms=OCTOBER.end_ms, most=9, may_go=lambda _: True)

    with closing(Ledger.open(ledger, location="local", clock=SystemClock(), version="test")) as writer:
        writer._queue.ask(drop, timeout_s=30)
    result = uptally(*ASKED)
    assert (result.exit_code, result.stderr) == (
        0,
        "2026-10: observations of 1 day of UTC in it are gone by retention\n",
    )
    assert archived(folder / "archive" / FILE) == on_record(ledger)


@pytest.mark.parametrize(("batch", "said"), [(97, "File too large"), (5, "IO Error: ")])
def test_a_full_disk_leaves_nothing_of_an_archive(
    uptally: Invoke, folder: Path, ledger: Path, batch: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A larger batch does not fit as text, a smaller one only as Parquet.
    monkeypatch.setattr("uptally.export.archive.BATCH", batch)
    with Reader.open(ledger) as reader:
        reader.slugs()  # What SQLite makes beside the ledger is there from here on.
        with files_no_larger_than(1_000):
            result = uptally(*ASKED)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert said in result.stderr
    assert names(folder / "archive") == []
    assert uptally(*ASKED).exit_code == 0


def test_without_the_package_it_is_said_how_to_install_it(
    uptally: Invoke, folder: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = uptally(*ASKED)
    assert (result.exit_code, "pip install 'uptally[parquet]'" in result.stderr) == (1, True)
    assert names(folder / "archive") == []
