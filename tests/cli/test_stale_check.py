import gzip
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from tests.page.sample import pages
from uptally.clock import SystemClock
from uptally.model.settings import Compression
from uptally.page import Site

CONFIG = "page: {compress: [gzip]}\nendpoints: [{name: Web, url: 'http://127.0.0.1:1/'}]\n"
VALID_MS = 120_000
"""How long a page of the sample is valid: a refresh, and a minute's grace."""


def written(folder: Path, *, age_ms: int) -> Path:
    (folder / "probes.yaml").write_text(CONFIG)
    Site(folder / "site", [Compression.GZIP]).publish(pages(SystemClock().wall_ms() - age_ms))
    return folder / "site"


def says_so(page: Path) -> bool:
    return re.search(rb'<p class="old" id="stopped">', page.read_bytes()) is not None


def test_a_fresh_page_is_left_alone(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=VALID_MS - 60_000)
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    result = uptally("stale-check")
    assert result.exit_code == 0
    assert result.stdout.startswith("fresh: valid until 20")
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_every_file_of_an_overdue_one_says_that_monitoring_has_stopped(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=VALID_MS + 60_000)
    result = uptally("stale-check")
    assert result.exit_code == 1
    found = [path for path in site.rglob("*.html") if path.name != "404.html"]
    assert len(found) > 5
    assert all(map(says_so, found))
    badges = [*site.glob("badges/*.svg")]
    assert len(badges) > 5
    assert all(b"not monitored" in badge.read_bytes() for badge in badges)
    documents = [path for path in site.glob("api/**/*.json") if path.name != "uptally.schema.json"]
    assert all(json.loads(path.read_bytes())["monitoring"] == "stopped" for path in documents)
    assert result.stdout.endswith(f"; {len(found) + 2 * len(badges) + len(documents)} files now say so\n")


def test_a_twin_of_an_overdue_page_says_so_too(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=VALID_MS + 60_000)
    uptally("stale-check")
    assert gzip.decompress((site / "index.html.gz").read_bytes()) == (site / "index.html").read_bytes()


def test_a_page_that_says_so_already_is_stale_and_left_alone(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=0)
    Site(site, [Compression.GZIP]).say_stopped()
    before = {path: path.stat().st_mtime_ns for path in site.rglob("*")}
    result = uptally("stale-check")
    assert result.exit_code == 1
    assert result.stdout.startswith("stale: monitoring has stopped")
    assert "now" not in result.stdout
    assert {path: path.stat().st_mtime_ns for path in site.rglob("*")} == before


def test_a_page_that_is_not_there_is_stale(uptally: Invoke, folder: Path) -> None:
    (folder / "probes.yaml").write_text(CONFIG)
    result = uptally("stale-check")
    assert result.exit_code == 1
    assert "is not there" in result.stdout
    assert not (folder / "site").exists()


@pytest.mark.parametrize("more", ["enpoints: []\n", "monitor: {location: '${NOT_SET}'}\n"])
def test_the_page_is_found_by_a_file_that_the_daemon_refuses(uptally: Invoke, folder: Path, more: str) -> None:
    site = written(folder, age_ms=VALID_MS + 60_000)
    (folder / "probes.yaml").write_text(CONFIG + more)
    assert uptally("check").exit_code != 0
    assert uptally("stale-check").exit_code == 1
    assert says_so(site / "index.html")


@pytest.mark.parametrize("text", ["page: {directory: 7}\n", "page: [\n", "- a\n"])
def test_a_file_that_does_not_tell_where_the_page_is_is_refused(uptally: Invoke, folder: Path, text: str) -> None:
    (folder / "probes.yaml").write_text(text)
    result = uptally("stale-check")
    assert result.exit_code == 78
    assert "probes.yaml" in result.stderr


def test_what_somebody_else_put_into_the_folder_is_left_alone(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=VALID_MS + 60_000)
    (site / "mine.html").write_bytes((site / "index.html").read_bytes())
    uptally("stale-check")
    assert not says_so(site / "mine.html")


def test_of_several_pages_each_is_told_of_and_one_that_is_overdue_is_enough(uptally: Invoke, folder: Path) -> None:
    (folder / "probes.yaml").write_text(f"pages: [{{directory: two}}]\n{CONFIG}")
    now_ms = SystemClock().wall_ms()
    Site(folder / "site").publish(pages(now_ms))
    Site(folder / "two").publish(pages(now_ms - VALID_MS - 60_000))
    result = uptally("stale-check")
    assert result.exit_code == 1
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{folder / 'site'}: fresh: valid until")
    assert second.startswith(f"{folder / 'two'}: stale: monitoring has stopped")
    assert not says_so(folder / "site/index.html")
    assert says_so(folder / "two/index.html")
    Site(folder / "two").publish(pages(now_ms))
    assert uptally("stale-check").exit_code == 0


SEVERAL = """\
pages: [{directory: two/de, title: Zwei, url: 'https://two.example/de/'}, {directory: three, title: Zwei}]
endpoints: [{name: Web, url: 'http://127.0.0.1:1/'}]
"""


@pytest.mark.parametrize("name", ["de", "two.example", "https://two.example/de/"])
def test_of_several_pages_one_is_looked_at_that_is_named(uptally: Invoke, folder: Path, name: str) -> None:
    (folder / "probes.yaml").write_text(SEVERAL)
    now_ms = SystemClock().wall_ms()
    Site(folder / "site").publish(pages(now_ms - VALID_MS - 60_000))
    Site(folder / "two/de").publish(pages(now_ms))
    result = uptally("stale-check", "--page", name)
    assert (result.exit_code, result.stdout[:18]) == (0, "fresh: valid until")
    result = uptally("stale-check", "--page", name, "--page", "Status")
    assert result.exit_code == 1
    assert result.stdout.count(str(folder)) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("four", "'four' is the name of no page; choose one of "),
        ("Zwei", "'Zwei' is the name of several pages: name the"),
    ],
)
def test_a_name_that_is_not_that_of_one_page_is_refused(uptally: Invoke, folder: Path, name: str, message: str) -> None:
    (folder / "probes.yaml").write_text(SEVERAL)
    result = uptally("stale-check", "--page", name)
    assert result.exit_code == 2
    assert message in result.stderr.replace("\n", " ")


def test_a_page_whose_logo_is_gone_is_found_all_the_same(uptally: Invoke, folder: Path) -> None:
    site = written(folder, age_ms=VALID_MS + 60_000)
    (folder / "probes.yaml").write_text("page: {logo: gone.svg, theme: gone}\n")
    assert uptally("stale-check").exit_code == 1
    assert says_so(site / "index.html")
