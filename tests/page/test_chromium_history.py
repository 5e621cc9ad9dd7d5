"""Incidents, maintenance and the history in a real browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.hostile import MARKDOWN, NAME, RAN
from tests.page.browser import Tab, served
from tests.page.sample import NOW_MS, latencies, settings, standings
from tests.page.test_incidents import GOES_ON, OVER, WORK
from uptally.model.notice import Bulletin, Impact, NoticeUpdate, Phase
from uptally.page import Board, publish, render
from uptally.units.time import HOUR_MS

HOSTILE = f"""\
{MARKDOWN}
![x](https://evil.example/x.png)

```
a line of code that is much longer than any phone is wide, and goes on and on and on and on and on and on and on
```

https://example.com/averyveryveryveryveryveryveryveryveryveryveryveryveryverylongaddress
"""


async def test_news_and_history_fit_every_width_without_complaint_and_run_nothing(tab: Tab, tmp_path: Path) -> None:
    hostile = replace(
        GOES_ON,
        id="hostile",
        title=NAME,
        services=("checkout-api",),
        impact=Impact.CRITICAL,
        updates=(*GOES_ON.updates, NoticeUpdate(NOW_MS, Phase.MONITORING, HOSTILE)),
    )
    in_progress = replace(WORK, id="now", start_ms=NOW_MS - HOUR_MS, text="<b>new</b> disks")
    board = Board(Bulletin((GOES_ON, OVER, hostile), (in_progress, WORK)))
    publish(
        tmp_path / "site",
        render(standings(), settings=settings(), latencies=latencies, now_ms=NOW_MS, version="1", board=board),
    )
    with served(tmp_path / "site") as address:
        for path in ("index.html", "endpoints/checkout-api.html", "history/2026-11.html"):
            for width in (320, 360, 700, 1280):
                for scheme in ("light", "dark"):
                    await tab.show(address + path, width=width, scheme=scheme)
                    await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    assert int(await tab.evaluate(wide)) <= 0, (path, width)
                    assert await tab.evaluate(RAN) is None
                    assert "<script>window.ran=1</script>" in await tab.evaluate("document.body.innerText")
            assert await tab.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert tab.complaints == []
