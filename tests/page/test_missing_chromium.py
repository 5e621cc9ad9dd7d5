"""The page for addresses that are none, where a real nginx hands it out at a deep address below a subfolder."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.daemon.processes import wait_until
from tests.page.browser import Tab
from tests.page.sample import settings
from uptally.page import publish, render_fixed

CONFIGURED = """\
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; }}
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; error_page 404 /status/404.html; }}
}}
"""
GONE = "status/endpoints/very/deep/gone.html"
GROUND = "getComputedStyle(document.body).backgroundColor"
LINK = "document.querySelector('#main a').href"


@contextmanager
def subfolder(nginx: Path, folder: Path, url: str) -> Iterator[str]:
    """nginx with the page in the subfolder `status`, where the configuration says that it is at `url`; yields nginx's
    address.
    """
    publish(folder / "www" / "status", render_fixed(settings=replace(settings(), url=url), version="1"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    (folder / "nginx.conf").write_text(CONFIGURED.format(folder=folder, port=port))
    process = subprocess.Popen([nginx, "-c", folder / "nginx.conf", "-e", "stderr"], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port), "nginx")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def test_at_a_deep_address_it_has_its_style_and_leads_to_the_overview(
    tab: Tab, tmp_path: Path, require_server: Callable[[str], Path]
) -> None:
    with subfolder(require_server("nginx"), tmp_path, "https://host.example/status/") as address:
        await tab.show(address + GONE)
        assert await tab.evaluate(GROUND) == "rgb(252, 251, 248)"
        assert await tab.evaluate(LINK) == f"{address}status/index.html"
        # Of the address itself, which is none.
        assert [each for each in tab.complaints if GONE not in each] == []


async def test_without_its_style_it_reads_as_a_plain_page_without_anything_that_does_nothing(
    tab: Tab, tmp_path: Path, require_server: Callable[[str], Path]
) -> None:
    with subfolder(require_server("nginx"), tmp_path, "") as address:
        await tab.show(address + GONE, width=360)
        assert await tab.evaluate(GROUND) == "rgba(0, 0, 0, 0)"
        assert await tab.evaluate("document.querySelector('.switch').checkVisibility()") is False
        drawn = "[...document.images, ...document.querySelectorAll('svg')].map(each => each.getBoundingClientRect())"
        assert await tab.evaluate(f"{drawn}.every(each => each.width * each.height === 0)")
        assert await tab.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
