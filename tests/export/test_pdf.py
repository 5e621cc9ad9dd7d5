import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.export.months import EXPLAINED, MONTH, ROWS, month_of
from tests.hostile import TYPESET
from uptally.errors import ExtraMissing
from uptally.export.letter import TOLD_MAX
from uptally.export.pdf import PART_ROWS, to_pdf
from uptally.export.rows import Row


def text_of(content: bytes) -> str:
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is not installed: apt-get install poppler-utils")
    return subprocess.run(
        [program, "-layout", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()


def test_a_statement_says_the_sum_line_by_line_to_the_millisecond_and_the_cent() -> None:
    lines = [" ".join(line.split()) for line in text_of(to_pdf(month_of(ROWS[0]))).splitlines()]
    for expected in (
        "Promise missed in October 2026",
        "Web measured 99.798% against 99.9% promised.",
        "Customer Acme Ltd",
        "Agreed service time 2,678,400.000 s",
        "Downtime that counts by the terms 5,400.000 s",
        "Availability, cut off 99.798%",
        "Promised 99.9%",
        "Verdict missed",
        "Credit at the counted figure 100.00 EUR",
        "left of it, negative when overdrawn -2,721.600 s",
    ):
        assert expected in lines


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("not_made", "Write to the provider before 1 December 2026, 00:00 UTC. Name the agreement"),
        ("late", "The claim was made too late."),
        ("in_time", "The credit was claimed in time."),
        ("not_required", "No claim has to be made."),
        ("nothing_due", "Nothing is to be claimed."),
    ],
)
def test_the_customer_is_told_what_to_do_and_by_when(claim: str, expected: str) -> None:
    row: Row = ROWS[0] | {"claim": claim, "claim_before": "2026-12-01T00:00:00.000Z"}
    assert expected in " ".join(text_of(to_pdf(month_of(row))).split())


def test_a_credit_that_was_decided_is_the_one_that_is_said() -> None:
    row: Row = ROWS[0] | {
        "period_verdict": "undetermined",
        "credit_amount": "0.00",
        "booked_amount": "0.00",
        "claim": "not_made",
        "claim_before": "2026-12-01T00:00:00.000Z",
    }
    decided = row | {"reason_codes": "undetermined_credit claim_missing"}
    said = " ".join(text_of(to_pdf(month_of(decided))).split())
    assert "The credit is 100.00 EUR, to be claimed before 1 December 2026" in said
    assert "Credit that holds 100.00 EUR" in said
    refused = row | {"credit_amount": "100.00", "claim": "nothing_due", "reason_codes": "undetermined_no_credit"}
    said = " ".join(text_of(to_pdf(month_of(refused))).split())
    assert "The credit is" not in said
    assert "Nothing is to be claimed." in said


def test_a_statement_says_what_was_agreed_whom_to_write_to_and_which_outages_there_were() -> None:
    row: Row = ROWS[0] | {"id": "acme/web/2026-10", "claim": "not_made", "claim_before": "2026-12-01T00:00:00.000Z"}
    told = EXPLAINED.explanations["acme/web/2026-10"]._replace(
        provider="Us Ltd, 4 Harbour Row",
        contacts=("credits@us.example",),
        clauses=(("Credit", "Availability below 99.9%: 10% of the fee", "Availability below 99%: 25% of the fee"),),
    )
    month = replace(month_of(row), explanations={"acme/web/2026-10": told})
    lines = [" ".join(line.split()) for line in text_of(to_pdf(month)).splitlines()]
    for expected in (
        "Provider Us Ltd, 4 Harbour Row; credits@us.example",
        "Write to credits@us.example before 1 December 2026, 00:00 UTC.",
        "Credit Availability below 99.9%: 10% of the fee",
        "Availability below 99%: 25% of the fee",
        "2026-10-05 12:00:00.000 2026-10-05 13:30:00.000 timeout 5,400.000 s",
        "2026-10-07 12:00:00.000 2026-10-07 13:00:00.000 maintenance (move) left out",
    ):
        assert expected in lines


def test_outages_beyond_a_hundred_are_counted() -> None:
    told = EXPLAINED.explanations["acme/web/2026-10"]
    many = told._replace(outages=told.outages * (TOLD_MAX + 7))
    assert "7 more outages are in the workbook." in text_of(
        to_pdf(replace(EXPLAINED, explanations={"acme/web/2026-10": many}))
    )


def test_a_statement_says_how_its_figures_were_come_to() -> None:
    text = text_of(to_pdf(EXPLAINED))
    assert "How it was come to" in text
    assert "5 October" in text
    assert "How it was come to" not in text_of(to_pdf(MONTH))


def test_amounts_have_the_places_of_their_currency() -> None:
    text = text_of(to_pdf(month_of(*(row | {"id": str(index)} for index, row in enumerate(ROWS)))))
    assert "100 JPY" in text
    assert "100.000 BHD" in text


def test_what_was_not_agreed_is_in_no_statement() -> None:
    assert "007" not in text_of(to_pdf(MONTH))


def test_a_correction_says_what_it_adds() -> None:
    assert "-40.00 EUR" in text_of(to_pdf(EXPLAINED))


def test_no_text_is_read_as_markup() -> None:
    text = " ".join(text_of(to_pdf(month_of(*(ROWS[0] | {"service": each} for each in TYPESET)))).split())
    assert [each for each in TYPESET if each not in text] == []


MANY = month_of(*(ROWS[0] | {"agreement": f"No. {n // 2}", "id": str(n)} for n in range(6)))


def test_each_statement_counts_its_own_pages_in_parts_as_in_one() -> None:
    for content in (to_pdf(MANY), to_pdf(MANY, part_rows=3)):
        pages = text_of(content).removesuffix("\f").split("\f")
        assert [page.split()[-1] for page in pages] == ["1/2", "2/2"] * 3
        assert [f"No. {number}" in page for number, page in enumerate(pages[::2])] == [True] * 3


def test_the_same_month_gives_the_same_bytes() -> None:
    for rows in (PART_ROWS, 3):
        assert to_pdf(MANY, part_rows=rows) == to_pdf(MANY, part_rows=rows)


@pytest.mark.parametrize("package", ["typst", "pypdf"])
def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExtraMissing, match=r"pip install 'uptally\[pdf\]'"):
        to_pdf(MONTH)
