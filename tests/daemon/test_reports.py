"""Reports reach those whom they are for in time, again where that failed, and what came of it is on record."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.cli.conftest import Invoke, folder, uptally
from tests.cli.ledgers import make_ledger
from tests.cli.test_close import AGREED, OCTOBER_MS, seconds
from tests.daemon.processes import Daemon, Target, wait_until
from tests.notify.test_post import Hook, hook
from uptally.cli.config_file import settings_of as settings_of_file
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon.dispatch import month_of_report
from uptally.daemon.reports import AHEAD_MS, Reports, due_copies, newly_owed
from uptally.ledger import Ledger, Reader
from uptally.model.act import Act
from uptally.model.settings import Settings
from uptally.rules.record.reports import REPORT_KINDS, Delivery, RecordedReports, delivered, recorded_reports
from uptally.units.instant import parse_instant
from uptally.units.time import HOUR_MS, MINUTE_MS

__all__ = ["folder", "hook", "uptally"]

UTC = ZoneInfo("UTC")
FILE = """
server: {{enabled: false}}
endpoints: [{{name: Web, url: "http://127.0.0.1:{port}/", interval: 250ms, sla: 99.9%}}]
reports:
  - name: Finance
    due: every day by {by}
    to: [{{name: Books, webhook: "{hook}", key: sesamesesame}}]
"""


def settings_of(folder: Path, hook: str = "https://books.example/", by: str = "10:00", port: int = 9) -> Settings:
    file = folder / "probes.yaml"
    file.write_text(FILE.format(port=port, hook=hook, by=by))
    return load(file, environment={})


def at(text: str) -> int:
    return parse_instant(text, UTC)


def owed_since(settings: Settings, since_ms: int) -> RecordedReports:
    acts = newly_owed(settings, RecordedReports())
    return recorded_reports(Act(1, since_ms, each.kind, each.by, each.body, "") for each in acts)


def in_half_an_hour() -> str:
    return f"{datetime.now(UTC) + timedelta(minutes=30):%H:%M}"


def test_it_is_sent_an_hour_before_it_is_due(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    recorded = owed_since(settings, at("2026-10-05 00:00"))
    due_ms = at("2026-10-05 10:00")
    assert due_copies(settings, recorded, now_ms=due_ms - AHEAD_MS - 1).to_send == ()
    (copy,) = due_copies(settings, recorded, now_ms=due_ms - AHEAD_MS).to_send
    assert (copy.due_ms, copy.to.name) == (due_ms, "Books")


def test_what_was_due_before_it_was_owed_is_not_sent(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    recorded = owed_since(settings, at("2026-10-05 10:01"))
    assert due_copies(settings, recorded, now_ms=at("2026-10-05 12:00")) == ((), ())


def test_what_was_not_delivered_before_the_next_one_is_due_is_too_late(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    recorded = owed_since(settings, at("2026-10-05 00:00"))
    found = due_copies(settings, recorded, now_ms=at("2026-10-06 09:30"))
    assert [copy.due_ms for copy in found.too_late] == [at("2026-10-05 10:00")]
    assert [copy.due_ms for copy in found.to_send] == [at("2026-10-06 10:00")]


def test_what_was_delivered_is_not_sent_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    recorded = owed_since(settings, at("2026-10-05 00:00"))
    (copy,) = due_copies(settings, recorded, now_ms=at("2026-10-05 09:30")).to_send
    delivery = Delivery("2026-10", "provisional", 0, "ab" * 32, 7, at("2026-10-05 09:30"))
    act = delivered(copy.owed, delivery, by="p")
    recorded.delivered.update(recorded_reports([Act(1, 0, act.kind, act.by, act.body, "")]).delivered)
    assert due_copies(settings, recorded, now_ms=at("2026-10-05 23:00")) == ((), ())


def test_another_time_is_owed_from_when_it_is_known(tmp_path: Path) -> None:
    recorded = owed_since(settings_of(tmp_path), at("2026-10-05 00:00"))
    settings = settings_of(tmp_path, by="11:00")
    assert due_copies(settings, recorded, now_ms=at("2026-10-05 10:30")) == ((), ())
    assert len([*newly_owed(settings, recorded)]) == 1


class At(SystemClock):
    """A clock that runs, and shows another time than it is."""

    def __init__(self, now_ms: int) -> None:
        self.ahead_ms = now_ms - SystemClock().wall_ms()

    def wall_ms(self) -> int:
        return super().wall_ms() + self.ahead_ms


@contextmanager
def remembering(settings: Settings, clock: SystemClock) -> Iterator[Ledger]:
    ledger = Ledger.open(settings.store.path, location="local", clock=clock, version="test")
    try:
        yield ledger
    finally:
        ledger.close()


@asynccontextmanager
async def sending(reports: Reports) -> AsyncIterator[None]:
    task = asyncio.create_task(reports.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(is_so: object) -> None:
    assert callable(is_so)
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


def on_record(settings: Settings) -> RecordedReports:
    with Reader.open(settings.store.path) as reader:
        reader.verify_acts()
        return recorded_reports(reader.acts(*REPORT_KINDS))


async def test_one_that_is_not_taken_is_tried_again_and_its_lateness_is_on_record(
    tmp_path: Path, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    clock = At(at("2026-10-05 09:30"))
    settings = settings_of(tmp_path, hook.address)
    hook.status = 503
    with remembering(settings, clock) as ledger:
        reports = Reports(settings, clock=clock, ledger=ledger)
        async with sending(reports):
            await until(lambda: len(hook.got) == 1 and "could not be delivered" in caplog.text)
            assert reports.overdue == 0
            hook.status = 200
            clock.ahead_ms += HOUR_MS
            reports.change(settings)
            await until(lambda: on_record(settings).delivered)
    ((copy, delivery),) = on_record(settings).delivered.items()
    assert (copy.report, copy.to, copy.due_ms) == ("finance", "Books", at("2026-10-05 10:00"))
    assert 30 * MINUTE_MS <= delivery.late_ms(copy.due_ms) < 32 * MINUTE_MS
    assert "late" in caplog.text
    assert "hunter2" not in caplog.text


async def test_a_process_that_is_killed_costs_a_try_and_no_report(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = At(at("2026-10-05 09:30"))
    settings = settings_of(tmp_path, hook.address)
    monkeypatch.setattr("uptally.daemon.reports._MODULE", "uptally.errors")
    with remembering(settings, clock) as ledger:
        reports = Reports(settings, clock=clock, ledger=ledger)
        async with sending(reports):
            await until(lambda: reports._failed)
            monkeypatch.setattr("uptally.daemon.reports._MODULE", "uptally.daemon.messenger")
            reports.change(replace(settings))
            await until(lambda: on_record(settings).delivered)
    assert len(hook.got) == 1


def test_a_daemon_sends_what_is_due_and_says_so(folder: Path, uptally: Invoke, hook: Hook) -> None:
    with Target() as target:
        settings = settings_of(folder, hook.address, by=in_half_an_hour(), port=target.port)
        with Daemon(folder) as daemon:
            wait_until(lambda: bool(hook.got), "the report")
            wait_until(lambda: bool(on_record(settings).delivered), "its record")
            assert daemon.stop() == 0
    [(headers, body)] = hook.got
    assert headers["x-uptally-state"] == "provisional"
    assert [row["service"] for row in csv.DictReader(io.StringIO(body.decode()))] == ["Web"]
    listed = uptally("reports", "list")
    assert listed.exit_code == 0
    assert "Books" in listed.stdout
    assert headers["x-uptally-digest"].removeprefix("sha256=")[:12] in listed.stdout
    assert "hunter2" not in daemon.log.read_text() + listed.output
    assert "sesame" not in daemon.log.read_text() + listed.output
    previewed = uptally("reports", "preview", "Finance")
    assert previewed.exit_code == 0
    assert previewed.stdout.startswith("period,")


def test_a_report_for_one_agreement_keeps_what_was_frozen_under_its_old_name(folder: Path, uptally: Invoke) -> None:
    make_ledger(folder, seconds(OCTOBER_MS, 300))
    config = folder / "probes.yaml"
    config.write_text(AGREED, encoding="utf-8")
    assert uptally("close", "--month", "2026-10", "--by", "ann").exit_code == 0
    report = "reports: [{name: A, agreement: acme, due: every day by 10:00, to: [{webhook: 'https://b.example/'}]}]\n"
    config.write_text(AGREED.replace("name: Acme,", "name: Acme Group, slug: acme,") + report, encoding="utf-8")
    settings = settings_of_file(config)
    told = month_of_report(settings, settings.reports[0], "2026-10", now_ms=SystemClock().wall_ms())
    assert [(row["agreement"], row["service"]) for row in told.rows] == [("Acme", "Website")]
