"""The page is copied elsewhere by a process of its own, which never holds up the page, and may fail as it likes."""

from __future__ import annotations

import asyncio
import os
import pickle
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke, folder, uptally
from tests.daemon.processes import Daemon, Target, wait_until
from tests.daemon.test_publish import children_of, is_there, settings_at
from uptally.config import load
from uptally.daemon import courier
from uptally.daemon.courier import Courier
from uptally.daemon.delivery import Delivery
from uptally.daemon.order import Shown
from uptally.daemon.parcel import Parcel
from uptally.model.secret import Secret
from uptally.model.settings import Destination, Settings
from uptally.page import Site
from uptally.page.stopped import is_stopped

__all__ = ["folder", "uptally"]

WEB = "endpoints: [{{name: Web, url: 'http://127.0.0.1:{port}/', interval: 250ms}}]\n"


def copying(folder: Path, to: Path) -> Settings:
    """A configuration with a page that is there, and that is to be copied to a folder."""
    settings = settings_at(folder)
    Site(settings.page.directory).publish({"index.html": b"overview"})
    return replace(settings, page=replace(settings.page, publish=Destination(str(to))))


def parcel_of(settings: Settings) -> Parcel:
    parcel = Parcel.of(settings.page, settings.store.path)
    assert parcel is not None
    return parcel


async def until(is_so: object) -> None:
    assert callable(is_so)
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


class Running:
    """A courier that runs."""

    def __init__(self, settings: Settings) -> None:
        self.courier = Courier(settings.page, settings.store.path)
        self.task = asyncio.create_task(self.courier.run())
        self.courier.call()

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await self.courier.stop()


async def test_what_was_written_is_copied_whenever_it_is_called(tmp_path: Path) -> None:
    settings = copying(tmp_path, tmp_path / "there")
    running = Running(settings)
    await until(lambda: (tmp_path / "there" / "index.html").exists())
    Site(settings.page.directory).publish({"index.html": b"another"})
    running.courier.call()
    await until(lambda: (tmp_path / "there" / "index.html").read_bytes() == b"another")
    await running.stop()
    assert not children_of(os.getpid())


async def test_a_last_copying_follows_one_that_is_under_way(tmp_path: Path) -> None:
    settings = copying(tmp_path, tmp_path / "there")
    running = Running(settings)
    await asyncio.sleep(0)
    Site(settings.page.directory).publish({"index.html": b"the last"})
    await running.stop()
    assert (tmp_path / "there" / "index.html").read_bytes() == b"the last"


async def test_a_copying_that_failed_is_tried_again_and_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(courier, "RETRY_S", (0.05,))
    (tmp_path / "there").write_text("in the way")
    running = Running(copying(tmp_path, tmp_path / "there"))
    await until(lambda: running.courier.failures >= 3)
    (tmp_path / "there").unlink()
    await until(lambda: (tmp_path / "there" / "index.html").exists())
    await until(lambda: not running.courier.failures)
    await running.stop()
    said = [record.getMessage() for record in caplog.records if "copied" in record.getMessage()]
    assert len([each for each in said if "could not be copied" in each]) == 1


async def test_a_copying_that_hangs_is_ended_with_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "MOST_S", 3)
    settings = copying(tmp_path, tmp_path / "there")
    (tmp_path / "there").mkdir()
    # Whoever opens it to compare waits for a writer that never comes: so hangs a mount whose server is gone.
    os.mkfifo(tmp_path / "there" / "index.html")
    running = Running(settings)
    await until(lambda: running.courier.failures)
    assert not children_of(os.getpid())
    running.task.cancel()
    (tmp_path / "there" / "index.html").unlink()
    await running.stop()
    assert (tmp_path / "there" / "index.html").read_bytes() == b"overview"


async def test_another_place_is_copied_to_at_once_though_the_one_before_failed(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("in the way")
    settings = copying(tmp_path, tmp_path / "there")
    running = Running(settings)
    await until(lambda: running.courier.failures)
    elsewhere = replace(settings.page, publish=Destination(str(tmp_path / "elsewhere")))
    running.courier.change(elsewhere)
    await until(lambda: (tmp_path / "elsewhere" / "index.html").exists())
    running.courier.change(replace(settings.page, publish=None))
    await until(lambda: not children_of(os.getpid()))
    await running.stop()


def test_a_failure_is_told_without_what_is_secret(tmp_path: Path) -> None:
    settings = copying(tmp_path, tmp_path)
    secret = Secret('{"a": {"b": ["open-sesame"]}, "target_protocol": "open-sesame-too"}')
    to = Destination("dir://nowhere", secret)
    receipt = Delivery(parcel_of(settings)._replace(to=to)).deliver()
    assert "Error" in receipt.failure
    assert "***" in receipt.failure
    assert "sesame" not in receipt.failure
    assert "sesame" not in repr(to)


def test_the_pages_process_is_told_nothing_of_where_it_is_copied_to(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text(
        "page: {publish: {to: 'sftp://up@there.example/status', options: {password: '${TOKEN}'}}}\n"
        "endpoints: [{name: Web, url: 'http://127.0.0.1:1/'}]\n"
    )
    settings = load(file, environment={"TOKEN": "open-sesame"})
    assert settings.page.publish is not None
    told = pickle.dumps(Shown(settings).without_secrets())
    assert b"open-sesame" not in told
    assert b"there.example" not in told


def test_a_daemon_copies_its_page_and_leaves_one_that_says_that_monitoring_has_stopped(tmp_path: Path) -> None:
    there = tmp_path / "there" / "index.html"
    with Target() as target:
        more = "page: {refresh: 1s, compress: [gzip], publish: there}\nserver: {enabled: false}\n"
        (tmp_path / "probes.yaml").write_text(more + WEB.format(port=target.port))
        with Daemon(tmp_path, environment={"TOKEN": "open-sesame", "AWS_SECRET_ACCESS_KEY": "sesame"}) as daemon:
            wait_until(there.exists, "a copy")
            assert not is_stopped(there.read_bytes())
            pids = children_of(daemon.process.pid)
            assert len(pids) == 2
            for pid in pids:
                assert b"sesame" not in Path(f"/proc/{pid}/environ").read_bytes()
            assert daemon.stop() == 0
    assert is_stopped(there.read_bytes())
    assert there.with_name("index.html.gz").exists()
    assert there.read_bytes() == (tmp_path / "site" / "index.html").read_bytes()


def test_its_process_ends_with_a_daemon_that_is_killed(tmp_path: Path) -> None:
    with Target() as target:
        more = "page: {publish: there}\nserver: {enabled: false}\n"
        (tmp_path / "probes.yaml").write_text(more + WEB.format(port=target.port))
        with Daemon(tmp_path) as daemon:
            wait_until((tmp_path / "there" / "index.html").exists, "a copy")
            pids = children_of(daemon.process.pid)
            daemon.kill()
    wait_until(lambda: not any(map(is_there, pids)), "its processes to end")


def test_render_copies_the_page_and_says_where_it_could_not(uptally: Invoke, folder: Path) -> None:
    with Target() as target:
        (folder / "probes.yaml").write_text(
            "page: {publish: there}\nserver: {enabled: false}\n" + WEB.format(port=target.port)
        )
        with Daemon(folder) as daemon:
            wait_until((folder / "site" / "index.html").exists, "a page")
            assert daemon.stop() == 0
    assert uptally("render").exit_code == 0
    assert (folder / "there" / "index.html").read_bytes() == (folder / "site" / "index.html").read_bytes()
    (folder / "probes.yaml").write_text("page: {publish: log/there}\n" + WEB.format(port=1))
    result = uptally("render")
    assert result.exit_code == 1
    assert "could not be copied" in result.stderr
