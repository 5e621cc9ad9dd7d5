"""While a file cannot be used, its ledger is found all the same, and what is in force is read off the record."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.config.conftest import ENVIRONMENT, Loaded
from uptally.config import settings_in_force, store_path

WORKING = """
page: {title: Shop, timezone: Europe/Berlin}
monitor: {location: fra1, canaries: ["tcp://9.9.9.9:443"]}
endpoints:
  - {name: Zeta, url: "https://zeta.example.com/?key=s3cr3t", interval: 2s, timeout: 3s, sla: 99.95%, group: Shop}
  - {name: Database, slug: db, url: "tcp://db.example.com:5432", public: false, quorum: 2}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("endpoints: [", "uptally.db"),
        ("", "uptally.db"),
        ("[1, 2]", "uptally.db"),
        ("endpoints: 1\nstore: {path: sub/ledger.db}", "sub/ledger.db"),
        ("intervall: 1\nstore: {path: '${HOST}.db'}", "b.example.db"),
        ("store: {path: '${NOBODY}.db'}", "uptally.db"),
        ("store: {path: [1]}", "uptally.db"),
        ("store: ledger.db", "uptally.db"),
        ("store:", "uptally.db"),
        ("endpoints: [{name: x, headers: {A: '${NOBODY}'}}]\nstore: {path: /var/ledger.db}", "/var/ledger.db"),
    ],
)
def test_the_ledger_of_a_broken_file_is_where_the_file_says_or_else_where_it_would_be(
    tmp_path: Path, text: str, expected: str
) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(text)
    assert store_path(file, environment=ENVIRONMENT) == tmp_path / expected


def test_the_ledger_of_a_file_that_is_away_is_where_it_would_be(tmp_path: Path) -> None:
    assert store_path(tmp_path / "probes.yaml", environment={}) == tmp_path / "uptally.db"


def test_a_record_gives_names_promises_and_calendar_back(loaded: Loaded, tmp_path: Path) -> None:
    settings = loaded(WORKING)
    told = settings_in_force(settings.revision, file="probes.yaml", store=tmp_path / "other.db")
    assert [each.slug for each in told.endpoints] == ["db", "zeta"]
    database, zeta = told.endpoints
    assert (zeta.name, zeta.interval_ms, zeta.timeout_ms) == ("Zeta", 2_000, 3_000)
    assert zeta.terms is not None
    assert (zeta.terms.name, zeta.terms.target) == ("99.95%", Fraction(9_995, 10_000))
    assert database.terms is None
    assert (database.quorum, zeta.quorum) == (2, None)
    assert told.page.zone.key == "Europe/Berlin"
    assert told.monitor.location == "fra1"
    assert told.store.path == tmp_path / "other.db"
    assert told.revision == settings.revision
