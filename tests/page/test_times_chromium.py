"""Times by the reader's own clock, beside those of the page."""

import json
from pathlib import Path

from tests.page.browser import Tab, served
from tests.page.sample import pages
from uptally.page import publish

TIP = "document.querySelector('.own')?.textContent"
FIRST = "document.querySelector('h1 time')"
SHIFTS = """new PerformanceObserver(list => { window.shift = (window.shift || 0) + list.getEntries().length })
    .observe({type: 'layout-shift', buffered: true})"""


async def test_a_time_tells_on_hover_what_the_reader_s_clock_and_utc_said(tab: Tab, tmp_path: Path) -> None:
    # Without its date no page says that it is old, which does move what stands below.
    fresh = {path: content.replace(b" data-valid-until=", b" data-until=") for path, content in pages().items()}
    publish(tmp_path / "site", fresh)
    await tab.call("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=SHIFTS)
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html", width=320)
        assert await tab.evaluate(f"{FIRST}.textContent") == "14:32"
        box = json.loads(await tab.evaluate(f"JSON.stringify({FIRST}.getBoundingClientRect())"))
        await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=box["x"] + 3, y=box["y"] + 3)
        said = await tab.evaluate(TIP)
        assert said.splitlines() == [
            "Your time: 23 Nov 2026, 23:32:00 GMT+9",
            "23 Nov 2026, 14:32:00 UTC",
        ]
        inside = "(box => box.left >= 0 && box.right <= innerWidth && box.top >= 0)"
        assert await tab.evaluate(f"{inside}(document.querySelector('.own').getBoundingClientRect())")
        await tab.press("Escape")
        assert await tab.evaluate(TIP) is None
        await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=box["x"] + 4, y=box["y"] + 4)
        await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
        assert await tab.evaluate(TIP) is None
        foot = await tab.evaluate("document.querySelector('#yours').innerText")
        assert "Asia/Tokyo (UTC+9); point at a time" in foot
        assert await tab.evaluate(f"{FIRST}.textContent") == "14:32"
        assert await tab.evaluate("window.shift || 0") == 0
        # Reading by the day, whose text stands where its bar is, stays as it is.
        assert await tab.evaluate("document.querySelectorAll('.days time[datetime*=T]').length") == 0
    assert tab.complaints == []
