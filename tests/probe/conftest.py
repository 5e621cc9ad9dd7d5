"""What the tests of the asking room share: both event loops, and a prober."""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import trustme
import uvloop

from tests.probe.servers import Tls
from uptally.clock import SystemClock
from uptally.probe import Prober

LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, LoopFactory]:
    """The daemon runs on uvloop where there is one, on asyncio's loop elsewhere; which differs."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
async def complaints_of_the_loop() -> AsyncIterator[None]:
    """What goes wrong in a callback the loop only logs; here it fails the test."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    yield
    assert complaints == []


@pytest.fixture
async def garbage() -> AsyncIterator[None]:
    """No attempt leaves anything of ours that only the collector of garbage finds: it would stop all others to look."""
    gc.collect()
    gc.freeze()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield
        gc.collect()
        left = Counter(type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith("uptally."))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
    assert left == {}


@pytest.fixture
async def prober(garbage: None) -> AsyncIterator[Prober]:
    async with Prober(clock=SystemClock()) as made:
        yield made


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def tls(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return Tls(authority, tmp_path_factory.mktemp("tls"))
