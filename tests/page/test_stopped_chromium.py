"""A real browser shows that monitoring has stopped, with a script and without one."""

from pathlib import Path
from time import time

import pytest

from tests.page.browser import Tab, served
from tests.page.sample import pages
from uptally.page import Site

SEEN = "[...document.querySelectorAll('.old')].filter(each => each.checkVisibility()).map(each => each.id).join()"


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("age_ms", [0, 600_000])
async def test_a_page_says_once_that_monitoring_has_stopped(
    tab: Tab, tmp_path: Path, has_script: bool, age_ms: int
) -> None:
    site = Site(tmp_path / "site")
    site.publish(pages(round(time() * 1_000) - age_ms))
    site.say_stopped()
    await tab.call("Emulation.setScriptExecutionDisabled", value=not has_script)
    with served(tmp_path / "site") as address:
        for path in ("index.html", "endpoints/checkout-api.html"):
            for width in (360, 1280):
                await tab.show(address + path, width=width)
                assert await tab.evaluate(SEEN) == "stopped"
                assert await tab.evaluate("document.documentElement.className") == "is-old"
                assert (await tab.evaluate("document.title")).startswith("Monitoring has stopped · ")
                room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                assert await tab.evaluate(room) <= 0
    assert tab.complaints == []
