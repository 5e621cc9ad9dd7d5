import json
from pathlib import Path

from tests.cli.conftest import Invoke
from tests.conformance.cases import VECTORS, changed

MISSED = "a-monthly-02-999-30d-45min"
WRONG = changed(MISSED, "expected.periods.0.target_met", True)


def put(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_public_vectors_pass(uptally: Invoke) -> None:
    result = uptally("conformance", VECTORS)
    assert (result.exit_code, result.stdout) == (0, "conformance: 212 passed, 0 failed\n")


def test_difference_is_told_with_what_the_case_is_about(folder: Path, uptally: Invoke) -> None:
    (put(folder / "cases") / f"{MISSED}.json").write_text(WRONG)
    result = uptally("conformance", "cases")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{MISSED}: periods[0].target_met: expected true, got false",
        "  why: 45 minutes is 108 s over the 99.9% allowance, so the 10% tier applies.",
        "conformance: 0 passed, 1 failed",
    ]


def test_file_that_cannot_be_read_has_failed_and_holds_nothing_up(folder: Path, uptally: Invoke) -> None:
    fine = changed(MISSED, "id", "fine")
    put(folder / "cases", broken="{", other='{"format": "sla-vector/2"}', fine=fine)
    (folder / "cases" / "binary.json").write_bytes(b"\xff\xfe")
    (folder / "cases" / "gone.json").symlink_to("nowhere")
    result = uptally("conformance", "cases")
    assert result.exit_code == 1
    binary, broken, gone, other, summary = result.stdout.splitlines()
    assert binary == "binary: is no UTF-8 text"
    assert broken.startswith("broken: is no JSON: ")
    assert gone == "gone: cannot be read: No such file or directory"
    assert other == "other: is not of the format sla-vector/1"
    assert summary == "conformance: 1 passed, 4 failed"


def test_other_files_are_passed_over(folder: Path, uptally: Invoke) -> None:
    put(folder / "cases", fine=changed(MISSED, "id", "fine"))
    (folder / "cases" / "README.md").write_text("not a case")
    (folder / "cases" / "more.json").mkdir()
    assert uptally("conformance", "cases").stdout == "conformance: 1 passed, 0 failed\n"


def test_folder_without_a_case_is_refused(folder: Path, uptally: Invoke) -> None:
    (put(folder / "cases") / "README.md").write_text("nothing here")
    result = uptally("conformance", "cases")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cases holds no .json file" in result.stderr


def test_folder_that_is_not_there_is_refused(folder: Path, uptally: Invoke) -> None:
    result = uptally("conformance", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_a_program_can_read_it(folder: Path, uptally: Invoke) -> None:
    put(folder / "cases", broken="[]")
    (folder / "cases" / f"{MISSED}.json").write_text(WRONG)
    result = uptally("conformance", "cases", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "schema_version": 1,
        "passed": 0,
        "failed": 2,
        "cases": [
            {
                "id": MISSED,
                "passed": False,
                "why": "45 minutes is 108 s over the 99.9% allowance, so the 10% tier applies.",
                "problem": None,
                "differences": [{"where": "periods[0].target_met", "expected": "true", "got": "false"}],
            },
            {
                "id": "broken",
                "passed": False,
                "why": "",
                "problem": "is not of the format sla-vector/1",
                "differences": [],
            },
        ],
    }
