import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from uptally.errors import ImportRejected
from uptally.importers.figures import read
from uptally.model.objective import Figure

TODAY = date(2026, 10, 20)
AGREEMENTS = {"Acme Ltd": "acme-ltd", "acme-ltd": "acme-ltd"}
HEADER = "name,period,count,numerator,denominator,agreement\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "figures"


def read_text(file: Path, text: str) -> list[Figure]:
    file.write_bytes(text.encode())
    return read(file, agreements=AGREEMENTS, today=TODAY)


def problems_of(file: Path, text: str) -> list[str]:
    with pytest.raises(ImportRejected) as rejected:
        read_text(file, text)
    assert all(problem.file == str(file) for problem in rejected.value.problems)
    return [f"{each.line}:{each.column} {each.path}: {each.message}" for each in rejected.value.problems]


def test_count_and_ratio_of_csv(file: Path) -> None:
    text = "\ufeff" + HEADER + "leads,2026-10-05,12.50,,,\r\nfirst contact,2026-10-05,,70,100,Acme Ltd\r\n"
    day = date(2026, 10, 5)
    assert read_text(file, text) == [
        Figure("leads", day, day, Fraction(25, 2), None),
        Figure("first contact", day, day, Fraction(70), Fraction(100), "acme-ltd"),
    ]


def test_columns_that_nobody_needs_may_be_missing(file: Path) -> None:
    assert read_text(file, "count,period,name\n0,2026-10-05,leads\n")[0].numerator == 0


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-10-20", date(2026, 10, 20), date(2026, 10, 20)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_period_is_a_day_a_month_a_quarter_or_a_year(file: Path, period: str, first: date, last: date) -> None:
    [figure] = read_text(file, f"name,period,count\nleads,{period},1\n")
    assert (figure.first, figure.last) == (first, last)


@pytest.mark.parametrize("period", ["", "2026-13", "2026-02-30", "2026-Q5", "26-10", "2026-10-5", "05.10.2026", "0000"])
def test_other_periods_are_refused_with_what_to_write(file: Path, period: str) -> None:
    assert problems_of(file, f"name,period,count\nleads,{period},1\n") == [
        f"2:1 period: {period!r} is no period: write 2026-10-31, 2026-10, 2026-Q4 or 2026"
    ]


def test_all_bad_rows_are_told_at_once(file: Path) -> None:
    rows = [
        "leads,2026-10-05,12,,,",
        " leads,2026-10-05,12,,,",
        'leads,2026-10-06,"1,250",,,',
        "leads,2026-10-07,-1,,,",
        "leads,2026-10-21,1,,,",
        "leads,2026-10-08,,,,",
        "leads,2026-10-08,1,1,1,",
        "leads,2026-10-08,,1,,",
        "leads,2026-10-08,,5,0,",
        "leads,2026-10-08,1,,,acme-lt",
        "leads,2026-10-05,13,,,",
        "leads,2026-10-05",
    ]
    number = "is no number: write digits and a point, from 0, as in 1250 or 12.5"
    assert problems_of(file, HEADER + "\n".join(rows)) == [
        "3:1 name: ' leads' is no name: write one line of 1 to 100 characters",
        f"4:1 count: '1,250' {number}",
        f"5:1 count: '-1' {number}",
        "6:1 period: 2026-10-21 lies in the future",
        "7:1 count: write either a count, or a numerator and a denominator",
        "8:1 count: write either a count, or a numerator and a denominator",
        "9:1 count: write either a count, or a numerator and a denominator",
        "10:1 denominator: 0 for a numerator of 5: a ratio of nothing has no numerator",
        "11:1 agreement: 'acme-lt' is no agreement of the config (did you mean 'acme-ltd'?)",
        "12:1 period: line 2 has the same name and period",
        "13:1 : expected 6 cells as in the first line, found 2",
    ]


def test_several_faults_of_a_row_are_all_told(file: Path) -> None:
    assert len(problems_of(file, HEADER + ",x,y,,,z\n")) == 4


def test_nothing_of_nothing_is_a_ratio(file: Path) -> None:
    [figure] = read_text(file, HEADER + "first contact,2026-10-05,,0,0,\n")
    assert figure.denominator == 0


def test_agreements_of_one_day_stand_beside_each_other(file: Path) -> None:
    text = HEADER + "leads,2026-10-05,1,,,\nleads,2026-10-05,2,,,acme-ltd\n"
    assert [figure.agreement for figure in read_text(file, text)] == ["", "acme-ltd"]
    again = text + "leads,2026-10-05,3,,,Acme Ltd\n"
    assert problems_of(file, again) == ["4:1 period: line 3 has the same name and period"]


def test_header_is_looked_at_first(file: Path) -> None:
    assert problems_of(file, "name,periods,number\nx,y,z\n") == [
        "1:1 periods: unknown column (did you mean 'period'?)",
        "1:1 number: unknown column (did you mean 'numerator'?)",
        "1:1 period: this column is missing",
    ]


def test_json_says_the_same_as_csv(file: Path) -> None:
    objects = [
        {"name": "leads", "period": "2026-10-05", "count": 12, "agreement": None},
        {"name": "first contact", "period": "2026-10", "numerator": "70", "denominator": 100},
    ]
    csv = HEADER + "leads,2026-10-05,12,,,\nfirst contact,2026-10,,70,100,\n"
    assert read_text(file, json.dumps(objects)) == read_text(file, csv)


def test_numbers_of_json_are_exact(file: Path) -> None:
    [figure] = read_text(file, '[{"name": "leads", "period": "2026-10", "count": 123456789012345.123456789}]')
    assert figure.numerator == Fraction("123456789012345.123456789")


def test_empty_list_holds_nothing(file: Path) -> None:
    assert read_text(file, " [ ]\n") == []


def test_bad_objects_are_told_with_line_and_column(file: Path) -> None:
    text = """[
  {"name": "leads", "period": "2026-10-05", "count": 1e3},
  {"name": "leads", "period": "2026-10-06", "counts": 1}, 7,
    {"name": "leads", "name": "x", "period": true, "count": NaN},
    {"name": "leads", "period": "2026-10-08", "count": Infinity}
]"""
    assert problems_of(file, text) == [
        "2:3 count: '1e3' is no number: write digits and a point, from 0, as in 1250 or 12.5",
        "3:3 counts: unknown key (did you mean 'count'?)",
        "3:59 : expected an object in braces",
        "4:5 name: this key stands there twice",
        "4:5 period: expected text or a number",
        "5:5 count: 'Infinity' is no number: write digits and a point, from 0, as in 1250 or 12.5",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"figures": []}', "1:1 : expected a list of objects, in brackets"),
        ('[{"name": }]', "1:11 : no JSON from here on: Expecting value"),
        ("[\n {} {}]", "2:5 : expected a comma, or the bracket that ends the list"),
        ("[]\n[]", "2:1 : expected nothing after the list"),
        ("[{},]", "1:5 : no JSON from here on: Expecting value"),
        ("[", "1:2 : no JSON from here on: Expecting value"),
        ("[" * 100_000, "1:2 : is nested too deeply"),
    ],
)
def test_what_is_no_list_of_objects_is_refused_where_it_breaks_off(file: Path, text: str, problem: str) -> None:
    assert problem in problems_of(file, text)


def test_other_encodings_are_refused(file: Path) -> None:
    file.write_bytes("name,period,count\nMünchen,2026-10,1\n".encode("latin-1"))
    with pytest.raises(ImportRejected, match=r":2:1: no UTF-8"):
        read(file, agreements={}, today=TODAY)
