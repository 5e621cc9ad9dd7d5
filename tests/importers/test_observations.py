from dataclasses import replace
from pathlib import Path

import pytest

from uptally.errors import ImportRejected, Problem
from uptally.importers.observations import read
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Kind, Observation, Outcome, Reason

NOW_MS = 1_790_000_000_000
AT_MS = 1_780_000_000_000
HEADER = "endpoint,location,at_ms,outcome,reason,latency_us\n"

DATABASE = Endpoint(
    name="Orders database",
    slug="orders-database",
    check=TcpCheck(host="db.example.com", port=5432),
    interval_ms=2_000,
    timeout_ms=5_000,
)
WEBSITE = replace(DATABASE, name="Website", slug="website", interval_ms=60_000, timeout_ms=10_000)
TWINS = (replace(DATABASE, name="Twin", slug="twin-a"), replace(DATABASE, name="Twin", slug="twin-b"))
ENDPOINTS = (DATABASE, WEBSITE, *TWINS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "observations.csv"


def read_text(file: Path, text: str) -> list[Observation]:
    file.write_bytes(text.encode())
    return [observation for _, observation in read(file, endpoints=ENDPOINTS, now_ms=NOW_MS)]


def problems_of(file: Path, text: str) -> list[str]:
    with pytest.raises(ImportRejected) as rejected:
        read_text(file, text)
    assert all(problem.file == str(file) for problem in rejected.value.problems)
    return [f"{problem.line} {problem.path}: {problem.message}" for problem in rejected.value.problems]


def test_a_row_becomes_an_observation_of_the_config_as_it_is(file: Path) -> None:
    assert read_text(file, HEADER + f"website,fra1,{AT_MS},down,connect-refused,1234\n") == [
        Observation(
            endpoint="website",
            location="fra1",
            boot=0,
            sequence=AT_MS * 4,
            kind=Kind.GRID,
            at_ms=AT_MS,
            duration_us=1_234,
            outcome=Outcome.DOWN,
            reason=Reason.CONNECT_REFUSED,
            interval_ms=60_000,
            timeout_ms=10_000,
        )
    ]


def test_kind_and_interval_of_a_row_win(file: Path) -> None:
    text = f"kind,interval_ms,endpoint,location,at_ms,outcome,reason,latency_us\nrecheck,250,website,x,{AT_MS},up,,7\n"
    [observation] = read_text(file, text)
    assert observation.kind is Kind.RECHECK
    assert observation.interval_ms == 250
    assert observation.sequence == AT_MS * 4 + 1


def test_empty_optional_cells_mean_grid_and_the_configured_interval(file: Path) -> None:
    [observation] = read_text(file, HEADER.strip() + f",kind,interval_ms\nwebsite,x,{AT_MS},up,,7,,\n")
    assert observation.kind is Kind.GRID
    assert observation.interval_ms == WEBSITE.interval_ms


def test_an_endpoint_is_found_by_its_only_name(file: Path) -> None:
    [observation] = read_text(file, HEADER + f"Orders database,x,{AT_MS},up,,7\n")
    assert observation.endpoint == "orders-database"


def test_the_same_file_gives_the_same_identities(file: Path) -> None:
    text = HEADER + f"website,x,{AT_MS},up,,7\nwebsite,x,{AT_MS + 1},up,,7\nwebsite,x,{AT_MS + 2},down,,\n"
    first, second = read_text(file, text), read_text(file, text)
    assert first == second
    assert len({(each.endpoint, each.location, each.boot, each.sequence) for each in first}) == 3


@pytest.mark.parametrize(
    ("outcome", "latency", "reason"),
    [
        ("down", "", Reason.REPORTED),
        ("slow", "9", Reason.LATENCY_LIMIT),
        ("up", "9", Reason.NONE),
        ("unknown", "", Reason.NONE),
        ("missed", "", Reason.NONE),
    ],
)
def test_a_reason_that_is_not_said_follows_from_the_outcome(
    file: Path, outcome: str, latency: str, reason: Reason
) -> None:
    [observation] = read_text(file, HEADER + f"website,x,{AT_MS},{outcome},,{latency}\n")
    assert observation.reason is reason


def test_every_reason_that_an_observation_can_have_is_read_by_its_label(file: Path) -> None:
    reasons = [reason for reason in Reason if reason not in (Reason.NONE, Reason.NOT_OBSERVED, Reason.LATENCY_LIMIT)]
    rows = (f"website,x,{AT_MS + index},unknown,{reason.label},\n" for index, reason in enumerate(reasons))
    assert [observation.reason for observation in read_text(file, HEADER + "".join(rows))] == reasons


@pytest.mark.parametrize("start", ["", "﻿"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends_do_not_matter(file: Path, start: str, end: str) -> None:
    text = start + (HEADER + f"\nwebsite,fra1,{AT_MS},up,,7\n\n").replace("\n", end)
    assert [observation.location for observation in read_text(file, text)] == ["fra1"]


def test_a_header_alone_is_a_file_without_observations(file: Path) -> None:
    assert read_text(file, HEADER) == []


def test_all_bad_rows_are_listed_with_line_and_column_and_none_is_taken(file: Path) -> None:
    text = HEADER + (
        f"websit,x,{AT_MS},up,,7\n"
        f"website,x,{AT_MS},up,,7\n"
        f"website,,soon,upp,conect-refused,-1\n"
        f"website,x,{NOW_MS + 1},down,,\n"
        f"website,x,{AT_MS},up,,8\n"
        f"website,x,{AT_MS}\n"
    )
    found = problems_of(file, text)
    assert [line.partition(":")[0] for line in found] == [
        "2 endpoint",
        "4 location",
        "4 at_ms",
        "4 outcome",
        "4 reason",
        "4 latency_us",
        "5 at_ms",
        "6 at_ms",
        "7 ",
    ]
    assert "did you mean 'website'?" in found[0]
    assert "write milliseconds since 1970 in UTC" in found[2]
    assert "'upp' is no outcome (did you mean 'up'?)" in found[3]
    assert "did you mean 'connect-refused'?" in found[4]
    assert "write microseconds" in found[5]
    assert "lies in the future" in found[6]
    assert "line 3 has the same" in found[7]
    assert "expected 6 cells as in the first line, found 3" in found[8]


def test_a_problem_prints_as_file_line_and_column_name(file: Path) -> None:
    file.write_text(HEADER + f"website,x,{AT_MS},up,,\n")
    with pytest.raises(ImportRejected) as rejected:
        read(file, endpoints=ENDPOINTS, now_ms=NOW_MS)
    assert str(rejected.value) == (
        f"{file}:2:1: latency_us: '' is no number: write microseconds as a whole number from 0"
    )


def test_each_observation_comes_with_its_line(file: Path) -> None:
    file.write_text(HEADER + f"\nwebsite,x,{AT_MS},up,,7\n\nwebsite,x,{AT_MS + 1},up,,7\n")
    assert [line for line, _ in read(file, endpoints=ENDPOINTS, now_ms=NOW_MS)] == [3, 5]


@pytest.mark.parametrize("location", ["", " ", "FRA1", "-a", "zürich", "a" * 64, "a b"])
def test_a_location_is_named_as_in_the_config(file: Path, location: str) -> None:
    [problem] = problems_of(file, HEADER + f"website,{location},{AT_MS},up,,7\n")
    assert problem.startswith("2 location:")


def test_a_name_that_two_endpoints_share_asks_for_the_slug(file: Path) -> None:
    [problem] = problems_of(file, HEADER + f"Twin,x,{AT_MS},up,,7\n")
    assert "write its slug, one of twin-a, twin-b" in problem


def test_a_slug_wins_over_anothers_name(file: Path) -> None:
    file.write_text(HEADER + f"website,x,{AT_MS},up,,7\n")
    impostor = replace(DATABASE, name="website", slug="other")
    [(_, observation)] = read(file, endpoints=(impostor, WEBSITE), now_ms=NOW_MS)
    assert observation.endpoint == "website"


@pytest.mark.parametrize("number", ["1.5", "１２", "1e3", "+5", " 5", "0x1", "1_000", "9" * 16])
def test_a_number_is_ascii_digits_only(file: Path, number: str) -> None:
    [problem] = problems_of(file, HEADER + f"website,x,{number},up,,7\n")
    assert problem.startswith("2 at_ms:")


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        ("up", "status"),
        ("slow", "status"),
        ("down", "own-network"),
        ("down", "latency-limit"),
        ("down", "not-observed"),
    ],
)
def test_a_reason_that_contradicts_the_outcome_is_refused(file: Path, outcome: str, reason: str) -> None:
    [problem] = problems_of(file, HEADER + f"website,x,{AT_MS},{outcome},{reason},7\n")
    assert problem.startswith("2 reason:")


def test_a_bad_outcome_is_one_problem_and_not_three(file: Path) -> None:
    [problem] = problems_of(file, HEADER + f"website,x,{AT_MS},broken,status,\n")
    assert problem == "2 outcome: 'broken' is no outcome: expected one of up, slow, down, unknown, missed"


def test_a_row_that_spans_lines_is_named_by_its_first(file: Path) -> None:
    found = problems_of(file, HEADER + f'website,"a\n\nb",{AT_MS},up,,7\nnone,x,{AT_MS},up,,7\n')
    assert [line.partition(":")[0] for line in found] == ["2 location", "5 endpoint"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1 : no rows: the first line names the columns, endpoint, location, at_ms, outcome, reason, latency_us"]),
        (HEADER.replace(",", ";"), ["1 : columns are separated by commas here"]),
        (HEADER.replace("latency_us", "latency"), ["unknown column (did you mean 'latency_us'?)", "is missing"]),
        (HEADER.replace("reason", "reason,reason"), ["1 reason: this column stands there twice"]),
        (HEADER.replace("\n", ",whatever\n"), ["1 whatever: unknown column (known are endpoint, location,"]),
        (HEADER + 'website,"x\n', ["2 : no CSV from here on"]),
    ],
)
def test_a_bad_table_is_named(file: Path, text: str, expected: list[str]) -> None:
    found = problems_of(file, text)
    assert len(found) == len(expected)
    assert all(part in problem for part, problem in zip(expected, found, strict=True))


def test_bytes_that_are_no_utf_8_are_named_by_their_line(file: Path) -> None:
    file.write_bytes(HEADER.encode() + b"website,Z\xfcrich,1,up,,7\n")
    with pytest.raises(ImportRejected) as rejected:
        read(file, endpoints=ENDPOINTS, now_ms=NOW_MS)
    assert rejected.value.problems == (Problem(str(file), 2, 1, "", "no UTF-8: save the file as UTF-8"),)
