"""The page is written by a process of its own, which may die, and which nothing secret reaches."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon.processes import Daemon, Target, wait_until
from uptally.clock import SystemClock
from uptally.config import load
from uptally.daemon.order import Report, Shown, Work
from uptally.daemon.printer import Printer
from uptally.daemon.process import NICENESS
from uptally.daemon.publish import Publisher
from uptally.ledger import Ledger
from uptally.model.settings import Settings
from uptally.units.time import DAY_MS


def settings_at(folder: Path, endpoints: str = "{name: Web, url: 'http://127.0.0.1:1/'}", more: str = "") -> Settings:
    file = folder / "probes.yaml"
    file.write_text(f"server: {{enabled: false}}\npage: {{refresh: 1s}}\nendpoints: [{endpoints}]\n{more}")
    return load(file, environment={"TOKEN": "open-sesame"})


@contextmanager
def publishing(folder: Path, **environment: str) -> Iterator[tuple[Daemon, int]]:
    """Run a daemon in a folder, with these variables; yield it, and its page's process, once there is a page."""
    with Target() as target:
        settings_at(folder, f"{{name: Web, url: 'http://127.0.0.1:{target.port}/', interval: 250ms}}")
        with Daemon(folder, environment=environment) as daemon:
            wait_until((folder / "site" / "index.html").exists, "a page")
            [pid] = children_of(daemon.process.pid)
            yield daemon, pid


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = settings_at(tmp_path)
    Ledger.open(settings.store.path, location="local", clock=SystemClock(), version="test").close()
    return settings


class Ahead(SystemClock):
    """A clock that can be set forward."""

    by_ns = 0

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + self.by_ns


def children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for task in tasks for each in (task / "children").read_text().split()]


def is_there(pid: int) -> bool:
    # One that ended stays as a zombie until whoever inherited it looks.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_its_process_is_told_nothing_that_is_secret_or_private(tmp_path: Path) -> None:
    settings = settings_at(
        tmp_path,
        "{name: Web, url: 'https://example.com/', auth: {bearer: '${TOKEN}'}},"
        "{name: Vault, url: 'tcp://vault.example.com:443', public: false}",
    )
    told = pickle.dumps(Shown(settings).without_secrets())
    assert b"Web" in told
    for secret in (b"open-sesame", b"Vault", b"vault", b"example.com"):
        assert secret not in told


def test_its_process_is_told_nothing_of_customers(tmp_path: Path) -> None:
    settings = settings_at(
        tmp_path,
        "{name: Web, url: 'https://example.com/'}",
        "agreements: [{name: Acme 2026, customer: Acme, covers: [web], sla: 99%, fee: 4711 EUR}]\n",
    )
    assert settings.agreements[0].customer.name == "Acme"
    told = pickle.dumps(Shown(settings).without_secrets())
    for private in (b"Acme", b"acme", b"4711"):
        assert private not in told


async def test_a_pass_is_reported_with_when_the_next_is_due(settings: Settings) -> None:
    printer = Printer(Shown(settings))
    report = await printer.do(Work.REFRESH, frozenset())
    await printer.close()
    assert report.refresh_ms >= settings.page.refresh_ms
    assert not report.failure
    assert "Web" in (settings.page.directory / "index.html").read_text()


async def test_a_pass_that_fails_is_reported_with_the_reason_and_the_next_one_may_succeed(settings: Settings) -> None:
    settings.page.directory.write_text("in the way")
    printer = Printer(Shown(settings))
    first = await printer.do(Work.REFRESH, frozenset())
    settings.page.directory.unlink()
    second = await printer.do(Work.REFRESH, frozenset())
    await printer.close()
    assert "Error" in first.failure
    assert not second.failure


async def test_where_its_process_was_killed_another_one_writes_all_of_the_page(settings: Settings) -> None:
    printer = Printer(Shown(settings))
    await printer.do(Work.REFRESH, frozenset())
    [pid] = children_of(os.getpid())
    os.kill(pid, signal.SIGKILL)
    failed = await printer.do(Work.UPDATE, frozenset())
    assert "-9" in failed.failure
    assert printer.needs_refresh
    (settings.page.directory / "index.html").unlink()
    assert not (await printer.do(Work.REFRESH, frozenset())).failure
    await printer.close()
    assert (settings.page.directory / "index.html").exists()
    assert not children_of(os.getpid())


async def test_a_change_of_state_does_not_wait_for_as_long_as_a_refresh_of_everything_took(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, begun = Ahead(), list[Work]()
    publisher = Publisher(replace(settings, page=replace(settings.page, refresh_ms=DAY_MS)), clock=clock)
    do = publisher._printer.do

    async def noted(work: Work, turned: frozenset[str], sealed: Mapping[str, bytes] | None) -> Report:
        begun.append(work)
        report = await do(work, turned, sealed)
        if work is Work.REFRESH:
            clock.by_ns += 60 * 10**9
            publisher.turn([settings.endpoints[0].slug])
        return report

    monkeypatch.setattr(publisher._printer, "do", noted)
    running = asyncio.create_task(publisher.run())
    try:
        async with asyncio.timeout(20):
            while begun[-1:] != [Work.UPDATE]:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await publisher.stop()


async def test_a_last_pass_follows_one_that_is_under_way_and_shows_what_changed_since(settings: Settings) -> None:
    publisher = Publisher(settings, clock=SystemClock())
    running = asyncio.create_task(publisher.run())
    await asyncio.sleep(0)
    running.cancel()
    publisher.change(replace(settings, page=replace(settings.page, title="Changed at the last moment")))
    await publisher.stop()
    assert not publisher.is_failing
    assert "Changed at the last moment" in (settings.page.directory / "index.html").read_text()


def test_its_process_ends_with_the_daemon_however_that_ends(tmp_path: Path) -> None:
    with publishing(tmp_path) as (daemon, pid):
        daemon.kill()
        wait_until(lambda: not is_there(pid), "the page's process to end")


def test_the_daemon_goes_on_where_the_pages_process_dies_and_has_the_page_written_again(tmp_path: Path) -> None:
    page = tmp_path / "site" / "index.html"
    with publishing(tmp_path) as (daemon, pid):
        os.kill(pid, signal.SIGKILL)
        page.unlink()
        wait_until(page.exists, "a page of another process")
        assert daemon.stop() == 0
    assert "the page could not be written" in (tmp_path / "log").read_text()


def test_its_process_stands_back_for_the_daemon(tmp_path: Path) -> None:
    with publishing(tmp_path) as (daemon, pid):
        nicer = os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, daemon.process.pid)
        # Beyond a session niceness counts for nothing.
        assert (nicer, os.getsid(pid)) == (NICENESS, os.getsid(daemon.process.pid))


def test_its_process_holds_no_variable_that_may_be_a_secret(tmp_path: Path) -> None:
    with publishing(tmp_path, TOKEN="open-sesame") as (daemon, pid):
        assert b"open-sesame" in Path(f"/proc/{daemon.process.pid}/environ").read_bytes()
        assert b"open-sesame" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_what_a_terminal_sends_to_all_processes_ends_the_daemon_with_a_last_page(tmp_path: Path) -> None:
    page = tmp_path / "site" / "index.html"
    with publishing(tmp_path) as (daemon, pid):
        os.kill(pid, signal.SIGINT)
        page.unlink()
        os.kill(daemon.process.pid, signal.SIGINT)
        wait_until(lambda: daemon.process.poll() is not None, "the daemon to end")
    assert page.exists()
    assert "the page could not be written" not in (tmp_path / "log").read_text()
