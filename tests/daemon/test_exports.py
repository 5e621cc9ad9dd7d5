"""Exports that are pulled, over real connections and from a real ledger."""

from __future__ import annotations

import base64
import csv
import hashlib
import itertools
import json
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest

from tests.daemon.processes import free_port
from tests.daemon.test_publish import children_of
from tests.ledger.made import Clock, observed, open_ledger
from uptally.books.closing import Asked, close_month
from uptally.config import load
from uptally.daemon.door import opened
from uptally.daemon.exports import Exports
from uptally.daemon.shelf import KEPT_MAX
from uptally.export.manifest import hold_against, read_manifest
from uptally.ledger import Ledger, Reader
from uptally.model.secret import Secret
from uptally.model.settings import Settings
from uptally.model.token import Scope
from uptally.rules.record.closings import CLOSE
from uptally.rules.record.tokens import TOKEN_KINDS, digest_of, made, recorded_tokens, revoked
from uptally.server import ExportFailed, Health, Metrics
from uptally.server.gate import FAILURES_AT_ONCE
from uptally.signing import Key
from uptally.units.time import DAY_MS, SECOND_MS

SECRET, EXPIRED, REVOKED, POSTING = ("upt_" + digit * 64 for digit in "1234")
BEARER = {"Authorization": f"Bearer {SECRET}"}
AUGUST_MS = 1_787_000_000_000
"""On 17 August 2026; the clock stands on 21 September."""

CONFIG = """\
page: {timezone: Europe/Berlin}
server: {listen: '127.0.0.1:%d'}
seal: {key: seal.key}
endpoints: [{name: Web, url: 'tcp://192.0.2.1:443', sla: 99.9%%, interval: 1s}]
"""

KEY = Key.new()


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with free_port() as port:
        (tmp_path / "probes.yaml").write_text(CONFIG % port)
    key = tmp_path / "seal.key"
    key.touch(mode=0o600)
    key.write_bytes(KEY.pem)
    return load(tmp_path / "probes.yaml", environment={})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    ledger = open_ledger(settings.store.path, clock=Clock())
    for second in range(10):
        ledger.submit(observed(AUGUST_MS + second * SECOND_MS))
    ledger.flush(10)
    now_ms = Clock().now_ms
    for name, scope, secret, expires_ms in (
        ("nightly", Scope.EXPORTS, SECRET, now_ms + 1),
        ("old", Scope.EXPORTS, EXPIRED, now_ms),
        ("lost", Scope.EXPORTS, REVOKED, now_ms + 1),
        ("sales", Scope.FIGURES, POSTING, now_ms + 1),
    ):
        act = made(name, scope, digest_of(secret), expires_ms=expires_ms, by="ann")
        ledger.record(act.kind, act.by, act.body)
    act = revoked("lost", by="ann")
    ledger.record(act.kind, act.by, act.body)
    yield ledger
    ledger.close()


def close_august(settings: Settings, ledger: Ledger) -> str:
    """Close the month and return the digest of its document."""
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        draft = close_month(reader, settings, Asked("2026-08", "ann", "test"), now_ms=Clock().now_ms)
    body: dict[str, Any] = json.loads(ledger.amend([CLOSE], draft.decide)[0].body)
    return str(body["document"])


@pytest.fixture
async def address(settings: Settings, ledger: Ledger) -> AsyncIterator[str]:
    metrics = Metrics(location="local")
    async with opened(lambda: settings, metrics, ledger, Clock(), lambda: Health.OK):
        yield f"http://127.0.0.1:{settings.server.port}"


async def asked(url: str, headers: dict[str, str] = BEARER, method: str = "GET", **more: Any) -> Answer:
    async with aiohttp.ClientSession() as session, session.request(method, url, headers=headers, **more) as response:
        return Answer(response.status, response.headers, await response.read())


async def test_closed_month_is_pulled_once_and_then_costs_nothing(
    address: str, settings: Settings, ledger: Ledger
) -> None:
    close_august(settings, ledger)
    url = f"{address}/exports/2026-08.csv"
    first = await asked(url)
    assert first.status == 200
    assert [row["status"] for row in csv.DictReader(first.body.decode().splitlines())] == ["closed"]
    assert {key: first.headers[key] for key in ("Uptally-State", "Uptally-Revision", "Cache-Control", "Vary")} == {
        "Uptally-State": "closed",
        "Uptally-Revision": "1",
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization",
    }
    assert first.headers["Content-Type"].startswith("text/csv")
    assert first.headers["Content-Disposition"] == 'attachment; filename="uptally-2026-08.csv"'
    digest = base64.b64encode(hashlib.sha256(first.body).digest()).decode()
    assert first.headers["Repr-Digest"] == f"sha-256=:{digest}:"

    tag = first.headers["ETag"]
    again = await asked(url, BEARER | {"If-None-Match": tag})
    assert (again.status, again.headers["ETag"], again.body) == (304, tag, b"")
    head = await asked(url, method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(first.body)), b"")
    revision = await asked(f"{address}/exports/2026-08@1.json")
    assert (revision.status, len(json.loads(revision.body)["rows"])) == (200, 1)
    assert revision.headers["Content-Disposition"] == 'attachment; filename="uptally-2026-08-revision-1.json"'


async def test_tag_of_a_closed_month_is_known_without_making_it(settings: Settings, ledger: Ledger) -> None:
    close_august(settings, ledger)
    tags = []
    for _ in range(2):
        # Whose process does nothing: what is found out is found out without it.
        exports = Exports(lambda: settings, Clock(), module="json.tool")
        tags.append([(await exports.find(name, "csv")).etag for name in ("2026-08", "2026-08@1", "2026-09")])
        exports.close()
    assert tags[0][:2] == tags[1][:2]
    assert len({*tags[0], *tags[1]}) == 4


async def test_configuration_of_any_size_is_gone_through_once_for_all_pulls(settings: Settings, ledger: Ledger) -> None:
    close_august(settings, ledger)
    encoded, told = [], []

    class Revision(str):
        def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
            encoded.append(str(self))
            return super().encode(encoding, errors)

        def __reduce__(self) -> tuple[type[str], tuple[str]]:
            told.append(str(self))
            return str, (str(self),)

    tags = set()
    exports = Exports(lambda: configured, Clock(), module="this")
    for revision in "ab":
        configured = replace(settings, revision=Revision(revision))
        for written_as in ("csv", "json", "csv"):
            found = await exports.find("2026-08", written_as)
            tags.add(found.etag)
            with pytest.raises(ExportFailed):
                await found.make()
    exports.close()
    assert len(tags) == 4
    assert (encoded, told) == (["a", "b"], ["a", "b"])


async def test_tags_of_months_that_are_not_closed_are_kept_of_no_more_than_have_room(
    settings: Settings, ledger: Ledger
) -> None:
    exports = Exports(lambda: settings, Clock())
    months = [f"{year}-{month:02d}" for year in range(2018, 2026) for month in range(1, 13)]
    for month in months:
        await exports.find(month, "csv")
    exports.close()
    assert [month for month, _ in exports._provisional] == months[-KEPT_MAX:]


async def test_month_in_progress_says_that_it_is_provisional(address: str, ledger: Ledger) -> None:
    url = f"{address}/exports/2026-09.csv"
    first = await asked(url)
    assert (first.status, first.headers["Uptally-State"], first.headers["Uptally-Revision"]) == (
        200,
        "provisional",
        "0",
    )
    assert first.headers["Content-Disposition"] == 'attachment; filename="uptally-2026-09-provisional.csv"'
    assert {row["status"] for row in csv.DictReader(first.body.decode().splitlines())} == {"provisional"}
    same = await asked(url, BEARER | {"If-None-Match": first.headers["ETag"]})
    ledger.submit(observed(Clock().now_ms - SECOND_MS))
    ledger.flush(10)
    other = await asked(url, BEARER | {"If-None-Match": first.headers["ETag"]})
    assert (same.status, other.status) == (304, 200)
    assert other.headers["ETag"] != first.headers["ETag"]


async def test_whoever_has_no_good_token_gets_the_same_answer_to_the_byte(address: str) -> None:
    given = [
        {"Authorization": f"Bearer {secret}"} for secret in (EXPIRED, REVOKED, POSTING, "upt_" + "9" * 64, "", "x")
    ]
    answers = [
        await asked(f"{address}/exports/{name}", headers)
        for headers in ({}, {"Authorization": f"Basic {SECRET}"}, *given)
        for name in ("2026-08.csv", "2026-13.pdf")
    ]
    assert {answer.status for answer in answers} == {401}
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="uptally"'}
    assert len({answer.body for answer in answers}) == 1
    assert len({tuple(each for each in answer.headers.items() if each[0] != "Date") for answer in answers}) == 1


async def test_token_in_the_query_is_refused_and_not_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    queries = (f"token={SECRET}", f"ACCESS_TOKEN={SECRET}", f"x={SECRET}", f"x=a{REVOKED}", "key=upt")
    for query, headers in itertools.product(queries, (BEARER, {})):
        answer = await asked(f"{address}/exports/2026-08.csv?{query}", headers)
        assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert SECRET.encode() not in answer.body
    assert (await asked(f"{address}/exports/2026-08.csv")).status == 200
    assert "upt_" not in caplog.text
    assert "nightly pulled uptally-2026-08-provisional.csv" in caplog.text


async def test_many_failures_make_an_address_wait_and_nobody_else(address: str) -> None:
    url = f"{address}/exports/"
    assert {(await asked(url, {})).status for _ in range(FAILURES_AT_ONCE)} == {401}
    refused = await asked(url, {})
    assert (refused.status, refused.headers["Retry-After"]) == (429, "6")
    assert (await asked(f"{address}/exports/2026-08.csv")).status == 200


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("2026-13.csv", "2026-13"),
        ("2026-10.csv", "2026-10 has not begun"),
        ("2026-08@1.csv", "it was never closed"),
        ("2026-08.exe", "there are csv, json, xlsx"),
        ("%C3%BC%22.csv", "month"),
        ("2026-08.xlsx?dialect=excel-de", "xlsx has no dialects"),
        ("2026-08", "/exports/ lists what there is"),
        ("2026-08/csv", "/exports/ lists what there is"),
    ],
)
async def test_what_there_is_not_is_said_with_the_reason(address: str, name: str, detail: str) -> None:
    answer = await asked(f"{address}/exports/{name}")
    found = json.loads(answer.body)
    assert (answer.status, found["status"], answer.headers["Content-Type"]) == (404, 404, "application/problem+json")
    assert detail in found["detail"]


@pytest.mark.parametrize("number", ["0", "01", "2", "+1", "\u0661", "1" * 5_000])
async def test_revision_that_there_is_not_is_said_and_each_has_one_name(
    address: str, settings: Settings, ledger: Ledger, number: str
) -> None:
    close_august(settings, ledger)
    answer = await asked(f"{address}/exports/2026-08@{number}.csv")
    assert answer.status == 404
    assert json.loads(answer.body)["detail"].endswith(f"{number}': it has one")


async def test_dialect_of_csv_is_another_export(address: str) -> None:
    url = f"{address}/exports/2026-08.csv"
    plain, german = await asked(url), await asked(f"{url}?dialect=excel-de")
    assert (plain.status, german.status, b";" in plain.body, b";" in german.body) == (200, 200, False, True)
    assert plain.headers["ETag"] != german.headers["ETag"]
    queries = ("dialect=excel-xx", "dialect=", "dialect=excel&dialect=excel-de", "columns=1")
    assert {(await asked(f"{url}?{query}")).status for query in queries} == {400}


async def test_list_is_found_without_its_slash_by_who_has_a_token(address: str) -> None:
    found = await asked(f"{address}/exports", allow_redirects=False)
    assert (found.status, found.headers["Location"]) == (308, "/exports/")
    assert [(await asked(f"{address}{path}", {})).status for path in ("/exports", "/exports/x/y")] == [401, 401]


@pytest.mark.parametrize(
    "name", ["2026-08.csv", "2026-08@1.json", "2026-08.csv?dialect=excel-de", "2026-09.csv", "2026-08.xlsx"]
)
async def test_manifest_of_what_was_pulled_is_pulled_signed(
    address: str, settings: Settings, ledger: Ledger, name: str
) -> None:
    close_august(settings, ledger)
    path, _, query = name.partition("?")
    pulled = await asked(f"{address}/exports/{name}")
    answer = await asked(f"{address}/exports/{path}.manifest.json?{query}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    held, (file, beside) = read_manifest(answer.body), (saved_as(each) for each in (pulled, answer))
    hold_against(held, file, pulled.body)
    assert (held.signed_by, beside) == (KEY.public, f"{file}.manifest.json")
    assert answer.headers["ETag"] == pulled.headers["ETag"]


def saved_as(answer: Answer) -> str:
    """The name that a program gives to what it pulled."""
    return answer.headers["Content-Disposition"].partition('"')[2].rstrip('"')


async def test_another_key_makes_another_manifest(settings: Settings, ledger: Ledger) -> None:
    close_august(settings, ledger)
    tags = []
    for key in (settings.seal_key, Secret(Key.new().pem.decode()), None):
        exports = Exports(partial(replace, settings, seal_key=key), Clock())
        tags.append((await exports.find("2026-08", "csv")).etag)
        exports.close()
    assert len(set(tags)) == 3


async def test_list_says_what_there_is_with_state_revision_and_digest(
    address: str, settings: Settings, ledger: Ledger
) -> None:
    digest = close_august(settings, ledger)
    pulled = await asked(f"{address}/exports/2026-08.csv")
    answer = await asked(f"{address}/exports/")
    september, august = json.loads(answer.body)["months"]
    assert (september["month"], september["state"], september["digest"]) == ("2026-09", "provisional", None)
    assert (august["month"], august["state"], august["revision"], august["digest"]) == ("2026-08", "closed", 1, digest)
    assert august["made_at"] == "2026-09-21T14:13:20.000Z"
    assert august["formats"]["csv"] == {
        "href": "/exports/2026-08.csv",
        "bytes": len(pulled.body),
        "sha256": hashlib.sha256(pulled.body).hexdigest(),
        "manifest": "/exports/2026-08.csv.manifest.json",
    }
    assert august["revisions"][0]["formats"]["json"]["href"] == "/exports/2026-08@1.json"
    again = await asked(f"{address}/exports/", BEARER | {"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_list_begins_with_the_first_observation_though_it_was_taken_later(address: str, ledger: Ledger) -> None:
    url = f"{address}/exports/"
    before = await asked(url)
    ledger.submit(observed(AUGUST_MS - 60 * DAY_MS))
    ledger.flush(10)
    after = await asked(url, BEARER | {"If-None-Match": before.headers["ETag"]})
    listed = [[each["month"] for each in json.loads(answer.body)["months"]] for answer in (before, after)]
    assert listed == [["2026-09", "2026-08"], ["2026-09", "2026-08", "2026-07", "2026-06"]]


async def test_process_that_ends_without_a_report_is_said_and_costs_nothing_else(
    settings: Settings, ledger: Ledger
) -> None:
    exports = Exports(lambda: settings, Clock(), module="this")
    with pytest.raises(ExportFailed, match="it could not be made"):
        await (await exports.find("2026-08", "csv")).make()
    exports.close()


async def test_export_that_takes_too_long_is_ended_and_leaves_nothing(
    settings: Settings,
    ledger: Ledger,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # No interpreter has begun by then, let alone made an export.
    exports = Exports(lambda: settings, Clock(), limit_s=0.001)
    for _ in range(2):
        found = await exports.find("2026-08", "csv")
        with pytest.raises(ExportFailed, match="it could not be made"):
            await found.make()
    assert not children_of(os.getpid())
    assert not [*tmp_path.glob("uptally-exports-*/*")]
    assert caplog.text.count("the export of 2026-08 as csv could not be made: it took too long") == 2
    exports.close()


async def test_missing_package_is_named_to_who_has_a_token(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xlsxwriter.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    answer = await asked(f"{address}/exports/2026-08.xlsx")
    found = json.loads(answer.body)
    assert (answer.status, answer.headers["Content-Type"]) == (501, "application/problem+json")
    assert "pip install 'uptally[xlsx]'" in found["detail"]


async def test_figures_are_posted_by_who_has_a_token_for_them(address: str, settings: Settings) -> None:
    url, rows = f"{address}/figures", b"name,period,count\nleads,2026-08,120\n"
    assert (await asked(url, BEARER, "POST", data=rows)).status == 401
    wrong = await asked(url, BEARER)
    assert (wrong.status, wrong.headers["Allow"]) == (405, "POST")
    posted = await asked(url, {"Authorization": f"Bearer {POSTING}"}, "POST", data=rows)
    assert (posted.status, json.loads(posted.body)) == (200, {"recorded": 1, "known": 0})
    with Reader.open(settings.store.path) as reader:
        tokens = recorded_tokens(reader.acts(*TOKEN_KINDS))
    assert [name for name, token in tokens.items() if token.used_ms is not None] == ["sales"]
