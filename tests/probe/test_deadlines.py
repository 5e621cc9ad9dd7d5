"""Deadlines: each attempt has its own time, whoever came before it."""

import asyncio
import time

import pytest

from tests.probe.servers import SHORT_MS, answering, http, response, serving, silent
from uptally.clock import SystemClock
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.probe import Prober


class HandClock(SystemClock):
    """A clock whose monotonic reading a test sets."""

    def __init__(self) -> None:
        self.now_ns = time.monotonic_ns()

    def monotonic_ns(self) -> int:
        return self.now_ns


@pytest.mark.parametrize(("late_us", "outcome"), [(-1_000, Outcome.UP), (0, Outcome.UP), (1, Outcome.DOWN)])
async def test_the_clock_alone_decides_at_the_boundary(late_us: int, outcome: Outcome) -> None:
    clock = HandClock()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        clock.now_ns += 20_000 * 1_000_000 + late_us * 1_000
        writer.write(response(b"ok"))

    async with serving(handle) as port, Prober(clock=clock) as prober:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=20_000))
    assert attempt.outcome is outcome
    assert attempt.duration_us == 20_000_000 + late_us
    if outcome is Outcome.DOWN:
        assert attempt.reason is Reason.TRANSFER_TIMEOUT


async def timed(prober: Prober, url: str, timeout_ms: int) -> tuple[Attempt, float]:
    began_s = time.monotonic()
    attempt = await prober.attempt(http(url, timeout_ms=timeout_ms))
    return attempt, (time.monotonic() - began_s) * 1_000


async def test_one_that_came_later_has_its_whole_time(prober: Prober) -> None:
    async with serving(silent) as hole, serving(answering(response())) as port:
        assert (await prober.attempt(http(f"http://127.0.0.1:{port}/", timeout_ms=SHORT_MS))).outcome is Outcome.UP
        await asyncio.sleep(SHORT_MS / 2_000)
        waits = [timed(prober, f"http://127.0.0.1:{hole}/", SHORT_MS)]
        first = asyncio.gather(*waits)
        await asyncio.sleep(SHORT_MS / 4_000)
        ended = [*await asyncio.gather(timed(prober, f"http://127.0.0.1:{hole}/", SHORT_MS)), *await first]
    for attempt, took_ms in ended:
        assert attempt.reason is Reason.RESPONSE_TIMEOUT
        assert SHORT_MS - 2 <= took_ms < SHORT_MS + 1_000


async def test_a_long_one_holds_up_no_short_one(prober: Prober) -> None:
    async with serving(silent) as hole:
        url = f"http://127.0.0.1:{hole}/"
        long = asyncio.create_task(timed(prober, url, 2 * SHORT_MS))
        attempt, took_ms = await timed(prober, url, SHORT_MS)
        assert attempt.reason is Reason.RESPONSE_TIMEOUT
        assert took_ms < 2 * SHORT_MS
        attempt, took_ms = await long
    assert attempt.reason is Reason.RESPONSE_TIMEOUT
    assert took_ms >= 2 * SHORT_MS - 2


async def test_many_that_hang_all_end_in_time(prober: Prober) -> None:
    async with serving(silent) as hole:
        url = f"http://127.0.0.1:{hole}/"
        ended = await asyncio.gather(*(timed(prober, url, SHORT_MS) for _ in range(100)))
    assert {attempt.reason for attempt, _ in ended} == {Reason.RESPONSE_TIMEOUT}
    assert max(took_ms for _, took_ms in ended) < SHORT_MS + 2_000


async def test_the_deadline_spans_all_hops(prober: Prober) -> None:
    async def slow_loop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(SHORT_MS / 2_500)
        writer.write(response(status="302 X", headers=("Location: /",)))

    async with serving(slow_loop) as port:
        attempt, took_ms = await timed(prober, f"http://127.0.0.1:{port}/", SHORT_MS)
    assert (attempt.reason, attempt.redirects) == (Reason.RESPONSE_TIMEOUT, 2)
    assert took_ms < SHORT_MS + 1_000


async def test_one_that_is_cancelled_at_its_deadline_is_cancelled(prober: Prober) -> None:
    async with serving(silent) as hole:
        task = asyncio.create_task(prober.attempt(http(f"http://127.0.0.1:{hole}/", timeout_ms=SHORT_MS)))
        await asyncio.sleep(0.05)
        # A loop that is blocked beyond the deadline finds both at once.
        asyncio.get_running_loop().call_soon(time.sleep, SHORT_MS / 1_000)
        asyncio.get_running_loop().call_soon(task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
