"""The browser that all tests of the page share; each has a tab of its own."""

from __future__ import annotations

import os
import sys
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


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """Where `make setup` installs axe-core and html-validate; the tests that need them are skipped without, or fail
    under CI=true."""
    folder = Path(sys.prefix, "node/node_modules")
    if not folder.is_dir():
        missing = f"NOT TESTED: {folder} is not there; `make setup` installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
