import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.server.raw import exchange
from uptally.server.app import Health, create_app
from uptally.server.listener import serve

WARNINGS = (Health.ACTS_BROKEN, Health.CLOSING_FAILING, Health.COPY_FAILING, Health.REPORT_OVERDUE)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small page, with a secret beside it that no address may reach."""
    site = tmp_path / "site"
    files = {
        "index.html": "<h1>page</h1>",
        "404.html": "<h1>gone</h1>",
        "history.atom": "<feed/>",
        "assets/style.0123abcd.css": "body{}",
        "assets/page-0123456789abcdef.js": "1",
        "badges/website.svg": "<svg/>",
        "badges/website-20261124.svg": "<svg/>",
        "api/v2/status.json": "{}",
        "endpoints/website/index.html": "<h1>website</h1>",
        "README.md": "for git",
        ".index.html.0a1b": "half",
        "../secret.html": "secret",
    }
    for name, text in files.items():
        file = site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (site / "out.html").symlink_to(tmp_path / "secret.html")
    (site / "up").symlink_to(tmp_path)
    (site / "circle.html").symlink_to(site / "circle.html")
    (site / "same.html").symlink_to("index.html")
    (site / "bare").mkdir()
    return site


@asynccontextmanager
async def serving(
    site: Path, *, health: Health = Health.OK, metrics: bytes = b"probe_success 1\n"
) -> AsyncIterator[tuple[str, int]]:
    app = create_app(site=site, metrics=lambda: metrics, health=lambda: health)
    async with serve(app, "127.0.0.1", 0) as address:
        yield address


async def get(
    address: tuple[str, int], path: str, *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    url = URL(f"http://{address[0]}:{address[1]}{path}", encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, allow_redirects=False) as response,
    ):
        return response.status, {name.lower(): value for name, value in response.headers.items()}, await response.read()


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("/", "text/html; charset=utf-8", b"<h1>page</h1>"),
        ("/index.html", "text/html; charset=utf-8", b"<h1>page</h1>"),
        ("/index.html?query=1", "text/html; charset=utf-8", b"<h1>page</h1>"),
        ("/same.html", "text/html; charset=utf-8", b"<h1>page</h1>"),
        ("/endpoints/website/", "text/html; charset=utf-8", b"<h1>website</h1>"),
        ("/history.atom", "application/atom+xml; charset=utf-8", b"<feed/>"),
        ("/badges/website.svg", "image/svg+xml; charset=utf-8", b"<svg/>"),
        ("/api/v2/status.json", "application/json", b"{}"),
        ("/assets/style.0123abcd.css", "text/css; charset=utf-8", b"body{}"),
    ],
)
async def test_a_file_is_served_as_what_it_is(site: Path, path: str, content_type: str, body: bytes) -> None:
    async with serving(site) as address:
        status, headers, content = await get(address, path)
    assert (status, headers["content-type"], content) == (200, content_type, body)


@pytest.mark.parametrize(
    "path",
    [
        "/missing.html",
        "/missing/",
        "/bare/",
        "/bare",
        "/README.md",
        "/.index.html.0a1b",
        "/../secret.html",
        "/%2e%2e/secret.html",
        "/endpoints/../../secret.html",
        "/endpoints/%2e%2e/%2e%2e/secret.html",
        "/..%2fsecret.html",
        "/%2e%2e%2fsecret.html",
        "/..%5csecret.html",
        "/%252e%252e/secret.html",
        "/index.html%00",
        "/index.html%00.css",
        "/index.html/",
        "/index.html/x",
        "//index.html",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/out.html",
        "/up/secret.html",
        "/circle.html",
        "/endpoints/./website/",
        "/%0d%0aSet-Cookie:x",
        f"/{'a' * 1000}.html",
    ],
)
async def test_what_is_not_of_the_page_does_not_exist(site: Path, path: str) -> None:
    async with serving(site) as address:
        status, headers, body = await get(address, path)
    assert (status, body) == (404, b"<h1>gone</h1>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("target", ["/../secret.html", "/endpoints/../../secret.html", "http://x/../secret.html"])
async def test_a_path_that_no_client_would_send_does_not_leave_the_page(site: Path, target: str) -> None:
    async with serving(site) as address:
        answer = await exchange(address, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"secret" not in answer


async def test_a_folder_without_its_slash_is_sent_there(site: Path) -> None:
    async with serving(site) as address:
        status, headers, _ = await get(address, "/endpoints/website")
    assert (status, headers["location"]) == (308, "/endpoints/website/")


async def test_a_page_that_does_not_stand_yet_is_a_plain_404(tmp_path: Path) -> None:
    async with serving(tmp_path / "none") as address:
        status, headers, body = await get(address, "/")
    assert (status, headers["content-type"], body) == (404, "text/plain; charset=utf-8", b"not found\n")


@pytest.mark.parametrize(
    ("path", "cache_control"),
    [
        ("/", "no-cache"),
        ("/api/v2/status.json", "no-cache"),
        ("/badges/website.svg", "no-cache"),
        ("/badges/website-20261124.svg", "no-cache"),
        ("/missing.html", "no-cache"),
        ("/assets/style.0123abcd.css", "public, max-age=31536000, immutable"),
        ("/assets/page-0123456789abcdef.js", "public, max-age=31536000, immutable"),
        ("/healthz", "no-store"),
        ("/metrics", "no-store"),
    ],
)
async def test_only_what_is_named_by_its_digest_is_kept(site: Path, path: str, cache_control: str) -> None:
    async with serving(site) as address:
        _, headers, _ = await get(address, path)
    assert headers["cache-control"] == cache_control


async def test_a_file_that_is_known_is_not_sent_again(site: Path) -> None:
    async with serving(site) as address:
        _, headers, _ = await get(address, "/")
        status, _, body = await get(address, "/", **{"If-None-Match": headers["etag"]})
        assert (status, body) == (304, b"")
        (site / "index.html").write_text("<h1>changed</h1>")
        status, _, body = await get(address, "/", **{"If-None-Match": headers["etag"]})
        assert (status, body) == (200, b"<h1>changed</h1>")


@pytest.mark.parametrize(
    "path", ["/", "/missing", "/endpoints/website", "/healthz", "/metrics", "/assets/style.0123abcd.css"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_answer_tells_the_browser_to_run_nothing_foreign(site: Path, path: str, method: str) -> None:
    async with serving(site) as address:
        _, headers, _ = await get(address, path, method=method)
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["server"] == "uptally"


async def test_only_data_may_be_read_by_others_pages(site: Path) -> None:
    async with serving(site) as address:
        assert (await get(address, "/api/v2/status.json"))[1]["access-control-allow-origin"] == "*"
        assert "access-control-allow-origin" not in (await get(address, "/"))[1]


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics"])
async def test_head_gives_the_headers_alone(site: Path, path: str) -> None:
    async with serving(site) as address:
        status, headers, body = await get(address, path, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics"])
async def test_nothing_can_be_changed(site: Path, path: str, method: str) -> None:
    async with serving(site) as address:
        status, headers, _ = await get(address, path, method=method)
    assert status == 405
    assert headers["allow"] == "GET,HEAD"


async def test_health_is_ok(site: Path) -> None:
    async with serving(site) as address:
        status, headers, body = await get(address, "/healthz")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    assert headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("health", WARNINGS)
async def test_what_no_restart_mends_is_a_warning_that_restarts_nothing(site: Path, health: Health) -> None:
    async with serving(site, health=health) as address:
        status, _, body = await get(address, "/healthz")
    assert (status, json.loads(body)) == (200, {"status": "warning", "reason": health.value})


@pytest.mark.parametrize("health", [health for health in Health if health not in (Health.OK, *WARNINGS)])
async def test_ill_health_is_503_with_its_reason(site: Path, health: Health) -> None:
    async with serving(site, health=health) as address:
        status, _, body = await get(address, "/healthz")
    assert (status, json.loads(body)) == (503, {"status": "failing", "reason": health.value})


async def test_metrics_are_what_prometheus_reads(site: Path) -> None:
    async with serving(site) as address:
        status, headers, body = await get(address, "/metrics")
    assert (status, body) == (200, b"probe_success 1\n")
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_an_error_inside_says_nothing_of_the_inside(site: Path) -> None:
    def fail() -> bytes:
        raise RuntimeError("/etc/uptally/token is abc123")

    app = create_app(site=site, metrics=fail, health=lambda: Health.OK)
    async with serve(app, "127.0.0.1", 0) as address:
        status, _, body = await get(address, "/metrics")
        assert (await get(address, "/healthz"))[0] == 200
    assert status == 500
    assert b"abc123" not in body
    assert b"Traceback" not in body


@pytest.mark.parametrize(
    ("host", "body"),
    [
        ("status.example.de", b"<h1>Seite</h1>"),
        ("STATUS.Example.de.:8443", b"<h1>Seite</h1>"),
        ("[2001:db8::7]:80", b"<h1>Sechs</h1>"),
        ("status.example.com", b"<h1>page</h1>"),
        ("de", b"<h1>page</h1>"),
        ("../two", b"<h1>page</h1>"),
        ("[", b"<h1>page</h1>"),
    ],
)
async def test_a_page_is_found_by_the_host_that_is_asked_for_and_the_main_one_otherwise(
    site: Path, tmp_path: Path, host: str, body: bytes
) -> None:
    folders = {"status.example.de": tmp_path / "two", "2001:db8::7": tmp_path / "six"}
    for folder, text in (("two", "Seite"), ("six", "Sechs")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "index.html").write_text(f"<h1>{text}</h1>")
    app = create_app(site=site, metrics=lambda: b"", health=lambda: Health.OK, hosts=lambda: folders)
    async with serve(app, "127.0.0.1", 0) as address:
        assert (await get(address, "/", Host=host))[2] == body
