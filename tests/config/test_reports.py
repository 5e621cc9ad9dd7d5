"""What the section `reports` may say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from uptally.config import load, report_shape
from uptally.errors import ConfigError
from uptally.export.formats import FORMATS
from uptally.model.report import Day, Due, Recipient, Report
from uptally.model.secret import Secret
from uptally.model.terms import Business

ENDPOINTS = """
endpoints: [{name: Web, url: 'https://web.example/', sla: 99.9%}]
agreements: [{name: Acme, covers: [Web], customer: {name: Acme}}]
"""
MAIL = "mailtos://up:hunter2@mail.example?to=finance@mail.example"


def reports(folder: Path, said: str) -> tuple[Report, ...]:
    file = folder / "probes.yaml"
    said = said.replace("DUE", "name: A, due: every day by 10:00")
    file.write_text(f"reports:\n  - {said}\n{ENDPOINTS}")
    return load(file, environment={"MAIL": MAIL, "KEY": "sesame" * 6}).reports


def refused(folder: Path, said: str) -> str:
    with pytest.raises(ConfigError) as caught:
        reports(folder, said)
    return str(caught.value)


def test_an_address_alone_gets_all_as_csv(tmp_path: Path) -> None:
    found = reports(tmp_path, "{name: Finance, due: every day by 10:00, to: ['${MAIL}']}")
    expected = Report(
        "Finance", "finance", Due(Day.EVERY, 0, 600), "csv", (Recipient("1 mailtos", Secret(MAIL)),), agreement=None
    )
    assert found == (expected,)
    assert "hunter2" not in repr(found)


def test_a_webhook_has_a_name_and_a_key(tmp_path: Path) -> None:
    to = "{name: Books, webhook: 'https://books.example/in?a=1', key: '${KEY}'}"
    (found,) = reports(tmp_path, f"{{name: A, agreement: acme, format: json, due: on day 5 by 08:30, to: [{to}]}}")
    assert found.to == (Recipient("Books", Secret("https://books.example/in?a=1"), True, Secret("sesame" * 6)),)
    assert (found.agreement, found.format, found.due) == ("acme", "json", Due(Day.OF_MONTH, 5, 510))
    assert "sesame" not in repr(found)


def test_business_days_have_holidays(tmp_path: Path) -> None:
    said = "{name: A, due: on business day 3 by 10:00, business_days: mon-sat, holidays: [2026-11-02], to: ['${MAIL}']}"
    (found,) = reports(tmp_path, said)
    assert found.due.business == Business(frozenset(range(6)), frozenset({date(2026, 11, 2)}))


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{name: A, to: ['${MAIL}']}", "reports[0].due: the key is missing"),
        ("{name: A, due: daily, to: ['${MAIL}']}", "'daily' says not by when: expected a day and a time"),
        ("{name: A, due: every day by 24:00, to: ['${MAIL}']}", "expected a day and a time such as every day by 10:00"),
        ("{name: A, due: on day 29 by 10:00, to: ['${MAIL}']}", "not every month has such a day: write one from"),
        ("{name: A, due: on business day 0 by 10:00, to: ['${MAIL}']}", "not every month has such a business day"),
        ("{DUE, to: []}", "reports[0].to: names nobody"),
        ("{DUE, to: ['nothing']}", "is no address that apprise knows"),
        ("{DUE, to: ['mailto://']}", "is no address that apprise knows"),
        ("{DUE, to: [{name: B}]}", "needs one of 'notify' and 'webhook'"),
        ("{DUE, to: [{notify: '${MAIL}', key: '${KEY}'}]}", "signs what a webhook"),
        ("{DUE, to: [{webhook: 'http://b.example/'}]}", "would be sent in plain HTTP"),
        ("{DUE, to: [{webhook: 'https://u:p@b.example/'}]}", "must not hold a user"),
        ("{DUE, to: [{webhook: 'ftp://b.example/'}]}", "expected an address such as"),
        ("{DUE, agreement: acne, to: ['${MAIL}']}", "there is no agreement 'acne'"),
        ("{DUE, format: xml, to: ['${MAIL}']}", "expected one of csv, json"),
        ("{DUE, to: [{name: B, notify: '${MAIL}'}, {name: B, notify: '${MAIL}'}]}", "another"),
        ("{DUE, to: ['${MAIL}']}\n  - {name: a, due: every day by 09:00, to: ['${MAIL}']}", "taken"),
        ("{name: 東京, due: every day by 10:00, to: ['${MAIL}']}", "gives no slug"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_with_the_remedy(tmp_path: Path, said: str, message: str) -> None:
    told = refused(tmp_path, said)
    assert message in told
    assert "hunter2" not in told


def test_every_format_of_exports_can_be_sent() -> None:
    assert tuple(FORMATS) == report_shape.FORMATS
