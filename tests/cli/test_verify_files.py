"""`uptally verify FILE`, and what `uptally export -o` writes for it."""

import csv
import hashlib
import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import jsonschema
import pytest

from tests.cli.conftest import Invoke
from tests.cli.ledgers import CONFIG, make_ledger
from tests.cli.test_close import AGREED, OCTOBER_MS, later, seconds
from uptally.cli.checking import Checks
from uptally.errors import SealError
from uptally.export.formats import FORMATS
from uptally.export.sealed import sealed
from uptally.signing import Key

FILE = "2026-10.csv"
BESIDE = f"{FILE}.manifest.json"


@pytest.fixture
def closed(folder: Path, uptally: Invoke) -> Path:
    """A folder with a ledger whose October is closed, a key, and the signed export."""
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    assert uptally("key", "new", "seal.key").exit_code == 0
    (folder / "probes.yaml").write_text(f"{CONFIG}seal: {{key: seal.key}}\n", encoding="utf-8")
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    assert uptally("export", "--month", "2026-10", "-o", FILE).exit_code == 0
    return folder


def refused(uptally: Invoke, *arguments: str) -> str:
    result = uptally("verify", *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1), result.output
    return result.stderr


def test_export_holds_by_its_manifest_and_by_the_ledger(closed: Path, uptally: Invoke) -> None:
    result = uptally("verify", FILE)
    public = Key.of_pem((closed / "seal.key").read_bytes()).public
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"{FILE}: as its manifest says: 2026-10, revision 1, closed; act 1 and block 0",
        f"  signed by {public.fingerprint}, by the key that stands in it: is it the one that was published?",
        "  in the ledger, with the rows that were frozen",
    ]


def test_export_holds_offline_without_ledger_and_configuration(
    closed: Path, uptally: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = closed / "elsewhere"
    elsewhere.mkdir()
    for name in (FILE, BESIDE):
        shutil.copy(closed / name, elsewhere / name)
    (elsewhere / "seal.pub").write_bytes(Key.of_pem((closed / "seal.key").read_bytes()).public.pem)
    (elsewhere / "other.pub").write_bytes(Key.new().public.pem)
    monkeypatch.chdir(elsewhere)
    result = uptally("verify", BESIDE, "--key", "seal.pub")
    assert result.exit_code == 0, result.stderr
    assert "which is the key that --key names\n  not held against a ledger" in result.stdout
    assert "not by" in refused(uptally, FILE, "--key", "other.pub")
    assert "holds no public key" in refused(uptally, FILE, "--key", FILE)


def test_closed_month_has_the_same_manifest_whatever_comes_later(closed: Path, uptally: Invoke) -> None:
    before = (closed / BESIDE).read_bytes()
    later(closed / "uptally.db", seconds(OCTOBER_MS + 300_000, 60, down=range(30, 40)), seal=True)
    (closed / FILE).unlink()
    assert uptally("export", "--month", "2026-10", "-o", FILE).exit_code == 0
    assert (closed / BESIDE).read_bytes() == before
    assert uptally("close", "--month", "2026-10", "--restate", "--reason", "late", "--by", "ann").exit_code == 0
    for month in ("2026-10", "2026-10@1", "2026-10@2", "2026-11"):
        assert uptally("export", "--month", month, "--format", "json", "-o", "again.json").exit_code == 0
        result = uptally("verify", "again.json", FILE)
        assert result.exit_code == 0, (month, result.stderr)


def test_month_that_is_not_closed_is_held_against_the_chain_alone(closed: Path, uptally: Invoke) -> None:
    assert uptally("export", "--month", "2026-11", "-o", "november.csv").exit_code == 0
    assert "provisional" in (result := uptally("verify", "november.csv").stdout)
    assert "in the ledger, not closed then" in result


def test_file_of_another_ledger_is_told_from_one_of_this(closed: Path, uptally: Invoke) -> None:
    for each in closed.glob("uptally.db*"):
        each.unlink()
    make_ledger(closed, seconds(OCTOBER_MS, 300))
    (closed / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    assert uptally("close", "--month", "2026-10", "--by", "eve").exit_code == 0
    assert "is not of this ledger" in refused(uptally, FILE)


def resealed(closed: Path, content: bytes, name: str = FILE, *, is_signed: bool = True, **said: object) -> None:
    """Give the export another content, and a manifest that the key signed, or nobody, and that says otherwise too."""
    beside = closed / f"{name}.manifest.json"
    document = json.loads(beside.read_bytes())
    for key in ("public_key", "digest", "signature"):
        del document[key]
    document |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (closed / name).write_bytes(content)
    signer = Key.of_pem((closed / "seal.key").read_bytes()) if is_signed else None
    beside.write_bytes(sealed({name: said.get(name, value) for name, value in document.items()}, signer))


def test_file_of_a_version_that_knew_fewer_columns_has_the_rows_that_were_frozen(closed: Path, uptally: Invoke) -> None:
    told = list(csv.reader((closed / FILE).read_text(encoding="utf-8").splitlines()))
    fewer = "".join(f"{','.join(row[:-2])}\r\n" for row in told)
    resealed(closed, fewer.encode())
    assert "with the rows that were frozen" in uptally("verify", FILE).stdout
    resealed(closed, fewer.replace("20000", "10000").encode())
    assert "has other rows" in refused(uptally, FILE)
    resealed(closed, fewer.rsplit("\r\n", 2)[0].encode())
    assert "has other rows" in refused(uptally, FILE)
    assert uptally("export", "--month", "2026-10", "--format", "json", "-o", "a.json").exit_code == 0
    document = json.loads((closed / "a.json").read_bytes())
    for row in document["rows"]:
        row.popitem()
    resealed(closed, json.dumps(document).encode(), "a.json")
    assert uptally("verify", "a.json").exit_code == 0
    resealed(closed, json.dumps({key: document[key] for key in ("schema_version", "rows")}).encode(), "a.json")
    assert uptally("verify", "a.json").exit_code == 0
    resealed(closed, json.dumps(document | {"revision": 2}).encode(), "a.json")
    assert "has other rows" in refused(uptally, "a.json")
    document["rows"][0]["service"] = "x"
    resealed(closed, json.dumps(document).encode(), "a.json")
    assert "has other rows" in refused(uptally, "a.json")


def test_workbook_of_another_version_of_its_library_is_not_called_forged_but_needs_a_signature(
    closed: Path, uptally: Invoke
) -> None:
    (closed / "seal.pub").write_bytes(Key.of_pem((closed / "seal.key").read_bytes()).public.pem)
    for written_as in ("xlsx", "pdf"):
        name = f"a.{written_as}"
        assert uptally("export", "--month", "2026-10", "--format", written_as, "-o", name).exit_code == 0
        made = json.loads((closed / f"{name}.manifest.json").read_bytes())["made_by"]
        others = {package: f"{version}.9" for package, version in made.items()}
        content = (closed / name).read_bytes() + b"\0"
        resealed(closed, content, name, made_by=others)
        result = uptally("verify", name, "--key", "seal.pub")
        assert result.exit_code == 0, result.stderr
        for package, version in made.items():
            assert f"{package} {version}.9, and here is {version}" in result.stdout
        assert "the signature vouches for it" in result.stdout
        assert "rows were not compared" in refused(uptally, name)
        resealed(closed, content, name, is_signed=False, made_by=others)
        assert "rows were not compared" in refused(uptally, name)
        resealed(closed, content, name, is_signed=False, made_by=others, document="0" * 64)
        assert "has other rows" in refused(uptally, name)
        resealed(closed, content, name)
        assert "has other rows" in refused(uptally, name, "--key", "seal.pub")


def test_parquet_of_another_version_of_its_library_is_read_and_its_rows_are_compared(
    closed: Path, uptally: Invoke
) -> None:
    assert uptally("export", "--month", "2026-10", "--format", "parquet", "-o", "a.parquet").exit_code == 0
    with duckdb.connect(":memory:") as connection:
        for change, holds in (("*", True), ("* REPLACE (up_ms + 1 AS up_ms)", False)):
            other = closed / f"{holds}.parquet"
            rows = f"SELECT {change} FROM '{closed / 'a.parquet'}'"
            connection.execute(f"COPY ({rows}) TO '{other}' (FORMAT parquet, COMPRESSION snappy)")
            resealed(closed, other.read_bytes(), "a.parquet", made_by={"uptally": "0.0.1", "duckdb": "1.0.0"})
            assert uptally("verify", "a.parquet").exit_code == (0 if holds else 1)
    resealed(closed, b"PAR1", "a.parquet")
    assert "has other rows" in refused(uptally, "a.parquet")


@pytest.mark.parametrize("written_as", ["csv", "json", "xlsx", "parquet", "pdf"])
def test_export_of_one_agreement_says_so_in_its_manifest_and_holds(
    folder: Path, uptally: Invoke, written_as: str
) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300, down=range(100, 120)))
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    name = f"acme.{written_as}"
    options = ("--month", "2026-10", "--format", written_as, "-o", name, "--agreement", "Acme")
    assert uptally("export", *options).exit_code == 0
    assert json.loads((folder / f"{name}.manifest.json").read_bytes())["agreement"] == "acme"
    assert f"{name}: as its manifest says: 2026-10, of acme alone, revision 1" in uptally("verify", name).stdout
    beside = folder / f"{name}.manifest.json"
    document = json.loads(beside.read_bytes())
    said = {key: value for key, value in document.items() if key not in ("public_key", "digest", "signature")}
    beside.write_bytes(sealed(said | {"agreement": "other"}, None))
    assert "has other rows" in refused(uptally, name)


def test_agreement_that_there_is_not_is_refused(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300))
    (folder / "probes.yaml").write_text(AGREED, encoding="utf-8")
    told = list(csv.DictReader(uptally("export", "--month", "2026-10", "--agreement", "acme").stdout.splitlines()))
    assert {row["agreement"] for row in told} == {"Acme"}
    result = uptally("export", "--month", "2026-10", "--agreement", "acm")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no agreement is called 'acm': there are acme" in result.stderr


def test_rows_that_were_not_frozen_are_found_though_the_key_signed_them(closed: Path, uptally: Invoke) -> None:
    resealed(closed, (closed / FILE).read_bytes().replace(b"20000", b"10000"))
    assert "has other rows than those that were frozen of 2026-10, revision 1" in refused(uptally, FILE)


def test_what_is_missing_is_said(closed: Path, uptally: Invoke) -> None:
    (closed / "other.csv").write_bytes((closed / FILE).read_bytes())
    assert "there is no other.csv.manifest.json beside it" in refused(uptally, "other.csv")
    shutil.copy(closed / BESIDE, closed / "other.csv.manifest.json")
    assert "its manifest is that of '2026-10.csv'" in refused(uptally, "other.csv")
    assert "nothing.csv: No such file" in refused(uptally, "nothing.csv")
    assert uptally("verify", FILE, "--rebuild").exit_code == 2


def test_without_a_key_nobody_signed(closed: Path, uptally: Invoke) -> None:
    (closed / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    assert uptally("export", "--month", "2026-10", "-o", FILE).exit_code == 0
    assert "signed by nobody" in uptally("verify", FILE).stdout
    (closed / "seal.pub").write_bytes(Key.of_pem((closed / "seal.key").read_bytes()).public.pem)
    assert "is signed by nobody" in refused(uptally, FILE, "--key", "seal.pub")


def test_pipe_gets_no_manifest(closed: Path, uptally: Invoke) -> None:
    assert uptally("export", "--month", "2026-10", "-o", "/dev/null").exit_code == 0
    assert not Path("/dev/null.manifest.json").exists()


@pytest.mark.parametrize(
    ("written_as", "bits"),
    [
        pytest.param("csv", [0, 5], id="CSV, two bits of each byte"),
        *(pytest.param(each, range(8), id=each, marks=pytest.mark.soak) for each in FORMATS),
    ],
)
def test_every_flipped_byte_of_an_export_and_of_its_manifest_is_found(
    closed: Path, uptally: Invoke, written_as: str, bits: Sequence[int]
) -> None:
    checks, file = Checks(None, None), closed / f"flipped.{written_as}"
    assert uptally("export", "--month", "2026-10", "--format", written_as, "-o", file.name).exit_code == 0
    for flipped in (file, file.with_name(f"{file.name}.manifest.json")):
        held = flipped.read_bytes()
        for place, bit in itertools.product(range(len(held)), bits):
            flipped.write_bytes(held[:place] + bytes([held[place] ^ 1 << bit]) + held[place + 1 :])
            with pytest.raises(SealError, match=r"changed|manifest"):
                checks.check(file)
        flipped.write_bytes(held)
    checks.check(file)


@pytest.mark.parametrize(
    ("written", "instead"),
    [(b"  ", b" "), (b"\n", b"\r\n"), (b": ", b":"), (b"}", b"} "), (b"2026-10.csv", b"2026\\u002d10.csv")],
)
def test_manifest_that_says_the_same_in_other_bytes_is_found(
    closed: Path, uptally: Invoke, written: bytes, instead: bytes
) -> None:
    held = (closed / BESIDE).read_bytes()
    (closed / BESIDE).write_bytes(held.replace(written, instead, 1))
    assert json.loads((closed / BESIDE).read_bytes()) == json.loads(held)
    assert "it says the same, but is not written as it was" in refused(uptally, FILE)


def test_manifest_is_what_its_schema_says(closed: Path, uptally: Invoke) -> None:
    schema = json.loads(uptally("schema", "manifest").stdout)
    signed = json.loads((closed / BESIDE).read_bytes())
    jsonschema.Draft7Validator(schema).validate(signed)
    assert [*schema["properties"]] == [*signed]
    (closed / "probes.yaml").write_text(CONFIG, encoding="utf-8")
    assert uptally("export", "--month", "2026-11", "-o", "november.csv").exit_code == 0
    jsonschema.Draft7Validator(schema).validate(json.loads((closed / "november.csv.manifest.json").read_bytes()))


def test_manifest_is_checked_by_hand_as_the_document_says(
    closed: Path, uptally: Invoke, require_server: Callable[[str], Path]
) -> None:
    for name in ("openssl", "sed", "sha256sum", "base64"):
        require_server(name)
    document = (Path(__file__).parents[2] / "docs/programs.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\$ (.*)$", document.partition("## By hand")[2].partition("## Badges")[0], re.MULTILINE)
    (closed / "seal.pub").write_bytes(uptally("key", "show").stdout_bytes)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)], cwd=closed, capture_output=True, text=True, check=True
    )
    of_file, of_text, verdict = done.stdout.splitlines()
    said = json.loads((closed / BESIDE).read_bytes())
    assert (of_file.split()[0], of_text.split()[0]) == (said["sha256"], said["digest"])
    assert verdict == "Signature Verified Successfully"
