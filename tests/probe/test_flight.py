"""A flight: a coroutine that what it waits for takes further."""

import asyncio
from typing import Any

import pytest

from uptally.probe.flight import Flight


class Log:
    """What came of the flights of a test."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.cleaned = 0

    async def fly(self, *awaited: asyncio.Future[Any]) -> list[Any]:
        met: list[Any] = []
        try:
            for each in awaited:
                try:
                    met.append(await each)
                except Exception as error:
                    met.append(error)
        finally:
            self.cleaned += 1
        return met

    def begin(self, *awaited: asyncio.Future[Any]) -> Flight[Any]:
        flight: Flight[Any] = Flight(self.results.append)
        flight.begin(self.fly(*awaited))
        return flight


@pytest.fixture
def log() -> Log:
    return Log()


def future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


async def turns_of_the_loop() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


async def test_one_that_waits_for_nothing_has_ended_when_it_has_begun(log: Log) -> None:
    log.begin()
    assert log.results == [[]]


async def test_what_it_waits_for_takes_it_further(log: Log) -> None:
    first, second = future(), future()
    log.begin(first, second)
    first.set_result(1)
    await turns_of_the_loop()
    assert log.results == []
    second.set_exception(OSError("two"))
    await turns_of_the_loop()
    [[one, two]] = log.results
    assert one == 1
    assert isinstance(two, OSError)


async def test_it_meets_an_error_where_it_waits_and_goes_on_from_there(log: Log) -> None:
    first, second = future(), future()
    flight = log.begin(first, second)
    error = ValueError("enough")
    flight.fail(error)
    first.set_result("nobody waits for it")
    second.set_result(2)
    await turns_of_the_loop()
    assert log.results == [[error, 2]]


async def test_an_error_that_comes_with_the_end_of_the_wait_is_met_once(log: Log) -> None:
    first, second = future(), future()
    flight = log.begin(first, second)
    error = ValueError("enough")
    first.set_result("its turn is on the way, and cannot be taken back")
    flight.fail(error)
    await turns_of_the_loop()
    assert log.results == []
    second.set_result(2)
    await turns_of_the_loop()
    assert log.results == [[error, 2]]


async def test_one_that_is_cancelled_cleans_up_and_tells_nothing(log: Log) -> None:
    first = future()
    flight = log.begin(first)
    flight.cancel()
    first.set_result(1)
    await turns_of_the_loop()
    assert (log.results, log.cleaned) == ([], 1)


async def test_one_that_has_ended_is_beyond_error_and_cancelling(log: Log) -> None:
    flight = log.begin()
    flight.fail(ValueError("late"))
    flight.cancel()
    assert (log.results, log.cleaned) == ([[]], 1)


async def test_one_that_runs_is_not_given_up_from_within(log: Log) -> None:
    flight: Flight[Any] = Flight(log.results.append)
    first = future()

    async def fly() -> str:
        await first
        flight.cancel()
        flight.fail(ValueError("too soon"))
        return "to the end"

    flight.begin(fly())
    first.set_result(None)
    await turns_of_the_loop()
    assert log.results == ["to the end"]
