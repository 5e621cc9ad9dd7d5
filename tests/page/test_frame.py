"""What stands around every page: the same page in other languages, and whether search engines may find it."""

import re
from dataclasses import replace

import pytest

from tests.books.agreed import NOW_MS as AGREED_MS
from tests.books.agreed import agreement
from tests.page.sample import NOW_MS, latencies, settings, standings
from tests.page.test_agreement import WEB
from uptally.model.settings import Counterpart, PageSettings
from uptally.page import render
from uptally.page.render import render_agreement

OURS, GERMAN, FRENCH = "https://status.example/", "https://status.example/de/", "https://elsewhere.example/fr/"
FIRST, SECOND = (each.endpoint.slug for each in standings()[:2])
NOINDEX = '<meta name="robots" content="noindex,nofollow,noarchive">'


def written(of: PageSettings) -> dict[str, str]:
    found = render(standings()[:2], settings=of, latencies=latencies, now_ms=NOW_MS, version="1")
    found["agreements/a.html"] = render_agreement(agreement(), [WEB], (), settings=of, now_ms=AGREED_MS, version="1")
    return {path: content.decode() for path, content in found.items() if path.endswith(".html")}


def linked(page: str) -> tuple[dict[str, str], dict[str, str]]:
    """Where a page says the same as others, and where its foot leads, by language."""
    alternates = dict(re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]*)">', page))
    foot = re.findall(r'<a href="([^"]*)" hreflang="(\w+)" lang="\2"><bdi>(\w+)</bdi></a>', page)
    return alternates, {f"{tag} {name}": address for address, tag, name in foot}


def test_a_page_names_its_counterpart_and_where_there_is_none_the_overview_in_the_other_language() -> None:
    german = Counterpart("de", GERMAN, is_ours=True, services=frozenset({FIRST}), has_history=True)
    pages = written(replace(settings(), url=OURS, counterparts=(german, Counterpart("fr", FRENCH))))
    elsewhere = {"fr Français": FRENCH}
    for path in ("method.html", f"endpoints/{FIRST}.html", "history/2026-11.html"):
        both = {"en": f"{OURS}{path}", "de": f"{GERMAN}{path}"}
        assert linked(pages[path]) == (both, {"de Deutsch": f"{GERMAN}{path}", **elsewhere}), path
    for path in (f"endpoints/{SECOND}.html", "404.html", "agreements/a.html"):
        assert linked(pages[path]) == ({}, {"de Deutsch": GERMAN, **elsewhere}), path
    everywhere = {"en": OURS, "de": GERMAN, "fr": FRENCH}
    assert linked(pages["index.html"]) == (everywhere, {"de Deutsch": GERMAN, **elsewhere})


def test_months_that_the_other_page_may_not_have_are_not_linked() -> None:
    german = Counterpart("de", GERMAN, is_ours=True)
    pages = written(replace(settings(), url=OURS, counterparts=(german,)))
    assert linked(pages["history/2026-11.html"]) == ({}, {"de Deutsch": GERMAN})


def test_a_page_of_one_language_leads_to_no_other() -> None:
    assert [path for path, page in written(settings()).items() if "hreflang" in page] == []


@pytest.mark.parametrize("is_private", [True, False])
def test_no_page_that_is_private_may_be_found_by_a_search(is_private: bool) -> None:
    pages = written(replace(settings(), is_private=is_private))
    hidden = {path for path, page in pages.items() if page.count(NOINDEX) == 1}
    assert hidden == (set(pages) if is_private else {"agreements/a.html"})
