"""The browser that all tests of the page share; each has a tab of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.page.browser import Tab, opened, started


@pytest.fixture(scope="session")
def browser(require_server: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The devtools address of a Chromium that runs as long as any test wants it."""
    with started(require_server("chromium"), tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def tab(browser: str) -> AsyncIterator[Tab]:
    """A tab that nothing was done in."""
    async with opened(browser) as found:
        yield found
