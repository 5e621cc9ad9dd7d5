"""The attempt itself: it never raises, ends in time, and says what is our own fault."""

import asyncio
import logging
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.probe.servers import SHORT_MS, Recorder, answering, http, response, serving, silent, tcp
from uptally.clock import SystemClock
from uptally.model.endpoint import HttpCheck
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober
from uptally.probe import prober as module
from uptally.probe.progress import Progress
from uptally.probe.tools import Tools


async def test_being_cancelled_passes_through(prober: Prober) -> None:
    async with serving(silent) as port:
        task = asyncio.create_task(prober.attempt(http(f"http://127.0.0.1:{port}/")))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_bug_of_ours_is_unknown_and_logged(
    prober: Prober, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(tools: Tools, endpoint: object, progress: Progress) -> None:
        raise KeyError("k3y-of-ours\nJan 1 forged line")

    monkeypatch.setattr(module, "PROBES", {HttpCheck: broken})
    with caplog.at_level(logging.ERROR):
        attempt = await prober.attempt(http("http://127.0.0.1:80/", headers={"X-Key": "k3y-of-ours"}))
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.MONITOR_ERROR)
    assert attempt.evidence is not None
    assert "forged" in attempt.evidence.error
    (record,) = caplog.records
    text = record.getMessage()
    assert "KeyError" in text
    assert "k3y-of-ours" not in text + attempt.evidence.error
    assert all(line.startswith("  | ") for line in text.splitlines()[1:])


async def test_attempts_overlap(prober: Prober) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        writer.write(response())

    began_s = time.monotonic()
    async with serving(slow) as port:
        attempts = await asyncio.gather(*(prober.attempt(http(f"http://127.0.0.1:{port}/")) for _ in range(20)))
    assert {attempt.outcome for attempt in attempts} == {Outcome.UP}
    assert time.monotonic() - began_s < 3


async def test_one_that_hangs_holds_up_no_other(prober: Prober) -> None:
    async with serving(silent) as hole, serving(answering(response())) as port:
        hanging = asyncio.create_task(prober.attempt(http(f"http://127.0.0.1:{hole}/")))
        assert (await prober.attempt(http(f"http://127.0.0.1:{port}/"))).outcome is Outcome.UP
        assert not hanging.done()
        hanging.cancel()
        await asyncio.wait([hanging])


async def test_closing_the_prober_ends_what_is_open() -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        closed.set()

    async with serving(handle) as port:
        async with Prober(clock=SystemClock()) as prober:
            task = asyncio.create_task(prober.attempt(http(f"http://127.0.0.1:{port}/")))
            await asyncio.wait_for(asked.wait(), 5)
            task.cancel()
            await asyncio.wait([task])
        await asyncio.wait_for(closed.wait(), 5)


@contextmanager
def no_free_descriptor() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        while True:
            taken.append(socket.socket())
    except OSError:
        pass
    try:
        yield
    finally:
        for item in taken:
            item.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("kind", ["http", "tcp"])
async def test_without_a_free_descriptor_we_cannot_tell(prober: Prober, kind: str) -> None:
    with no_free_descriptor():
        attempt = await prober.attempt(tcp(9) if kind == "tcp" else http("http://127.0.0.1:9/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.LOCAL_LIMIT)


async def test_an_answer_just_before_the_deadline_counts(prober: Prober) -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(SHORT_MS / 1_000 - 0.2)
        writer.write(response())

    async with serving(late) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=SHORT_MS))
    assert attempt.outcome is Outcome.UP


async def test_many_attempts_leave_no_task_behind(prober: Prober) -> None:
    server = Recorder()
    async with serving(server) as port:
        for _ in range(10):
            await asyncio.gather(*(prober.attempt(http(f"http://127.0.0.1:{port}/")) for _ in range(20)))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(server.requests) == 200
