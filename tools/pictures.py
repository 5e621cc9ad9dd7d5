"""Draws the pictures of the README: the overview on a desk by day, and a service that is down on a phone by night.

    python -m tools.pictures

Needs Chromium. What is drawn is the site that the tests look at, by a clock that stands where its data end.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.page.browser import opened, served, started
from tests.page.sample import NOW_MS, pages
from uptally.page import publish

DOCS = Path(__file__).parent.parent / "docs"
DRAWN = (
    ("status-page.png", "index.html", 1280, 1168, "light"),
    ("status-page-phone.png", "endpoints/checkout-api.html", 390, 985, "dark"),
)
"""File, page, width and height in pixels, colour scheme."""


def main() -> None:
    """Draw all. Raises SystemExit where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium: tools/servers installs it")
    with TemporaryDirectory() as folder:
        site = Path(folder, "site")
        publish(site, pages())
        with served(site) as address, started(Path(chromium), Path(folder, "profile")) as browser:
            asyncio.run(_draw(browser, address))


async def _draw(browser: str, address: str) -> None:
    for name, path, width, height, scheme in DRAWN:
        async with opened(browser) as tab:
            await tab.call("Page.addScriptToEvaluateOnNewDocument", source=f"Date.now = () => {NOW_MS}")
            await tab.show(address + path, width=width, scheme=scheme)
            clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
            drawn = await tab.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True, format="png")
            (DOCS / name).write_bytes(base64.b64decode(drawn["data"]))


if __name__ == "__main__":
    main()
