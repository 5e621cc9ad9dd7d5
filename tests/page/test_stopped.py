import re
from html.parser import HTMLParser

import pytest

from tests.page.sample import NOW_MS, pages
from uptally.page.stopped import HEAD_BYTES, is_stopped, stopped, valid_until_ms

PAGES = {path: content for path, content in pages().items() if path.endswith(".html") and path != "404.html"}


class Seen(HTMLParser):
    """What a reader without a script sees of the warnings, and the attributes of the root."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.root: list[tuple[str, str | None]] = []
        self.warnings: list[str] = []
        self.title = ""
        self._within = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.root = attrs
        if ("class", "old") in attrs and ("hidden", None) not in attrs:
            self.warnings.append("")
            self._within = tag
        if tag == "title":
            self._within = tag

    def handle_endtag(self, tag: str) -> None:
        self._within = "" if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within == "title":
            self.title += data
        elif self._within:
            self.warnings[-1] += data


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_that_monitoring_has_stopped_only_where_it_has(path: str) -> None:
    running, ended = Seen(PAGES[path]), Seen(stopped(PAGES[path]))
    assert running.warnings == []
    assert [said.split(".")[0] for said in ended.warnings] == ["Monitoring has stopped"]
    assert (is_stopped(PAGES[path]), is_stopped(stopped(PAGES[path]))) == (False, True)
    assert ended.title == f"Monitoring has stopped · {running.title}"
    assert sorted(ended.root) == sorted([*running.root, ("class", "is-old")])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_says_so_already_stays_as_it_is(path: str) -> None:
    once = stopped(PAGES[path])
    assert stopped(once) == once


@pytest.mark.parametrize("path", PAGES)
def test_the_head_of_a_page_tells_until_when_it_is_valid_and_whether_monitoring_has_stopped(path: str) -> None:
    valid_ms = valid_until_ms(PAGES[path][:HEAD_BYTES])
    assert valid_ms is not None
    # A refresh and a minute's grace after it was written.
    assert valid_ms == NOW_MS + 60_000 + 60_000
    assert valid_until_ms(stopped(PAGES[path])[:HEAD_BYTES]) == valid_ms
    assert is_stopped(stopped(PAGES[path])[:HEAD_BYTES])


def test_a_page_that_does_not_age_says_nothing_of_it() -> None:
    over = re.sub(rb' data-valid-until="[^"]*"', b"", PAGES["index.html"])
    for page in (pages()["404.html"], over):
        assert stopped(page) == page
        assert valid_until_ms(page) is None


@pytest.mark.parametrize("said", [b"", b"yesterday", b"2026-13-01T00:00:00.000Z", b"\xff"])
def test_an_age_that_cannot_be_read_is_none(said: bytes) -> None:
    assert valid_until_ms(b'<!doctype html>\n<html lang="en" data-valid-until="' + said + b'">') is None
