"""Several pages of one daemon: what each has from the main one, what it shows, and what is refused."""

import re
from pathlib import Path

import pytest

from tests.config.conftest import Loaded
from uptally.config import page_settings
from uptally.errors import ConfigError
from uptally.model.settings import Compression, Destination, PageSettings

REST = """\
endpoints:
  - {name: Website, url: "https://a.example/", group: Shop}
  - {name: Search, url: "https://b.example/", group: Shop}
  - {name: Mail, url: "https://c.example/"}
  - {name: Vault, url: "https://d.example/", group: Shop, public: false}
  - {name: Safe, url: "https://e.example/", group: Cellar, public: false}
services:
  - {name: Whole, endpoints: [website, vault], sla: 99%}
"""


def further(loaded: Loaded, said: str, main: str = "{}") -> PageSettings:
    (page,) = loaded(f"page: {main}\npages:\n  - {{directory: two, {said}}}\n{REST}").further_pages
    return page


def refused(loaded: Loaded, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(f"{text}{REST}")
    return [str(problem).partition("probes.yaml:")[2] for problem in caught.value.problems]


def test_a_page_has_from_the_main_one_what_it_does_not_say(loaded: Loaded, tmp_path: Path) -> None:
    main = (
        "{title: Shop, description: All, timezone: Europe/Berlin, language: de, refresh: 1m, automatic_incidents: 2m,"
        " compress: [gzip], services: [mail], url: 'https://a.example/', publish: there}"
    )
    page = further(loaded, "title: Laden", main)
    assert (page.title, page.description, page.zone.key, page.language) == ("Laden", "All", "Europe/Berlin", "de")
    assert (page.refresh_ms, page.automatic_ms, page.compress) == (60_000, 120_000, (Compression.GZIP,))
    assert page.services == frozenset({"mail"})
    assert page.directory == tmp_path / "two"


def test_address_and_copies_are_always_a_pages_own(loaded: Loaded) -> None:
    page = further(loaded, "title: Laden", "{url: 'https://a.example/', publish: there}")
    assert (page.url, page.publish) == ("", None)


def test_a_page_says_everything_of_its_own(loaded: Loaded, tmp_path: Path) -> None:
    said = "language: en, compress: [], publish: 'copy', url: 'https://B.example/', timezone: UTC, refresh: 5s"
    page = further(loaded, said, "{language: de, compress: [gzip], timezone: Europe/Berlin}")
    assert (page.language, page.compress, page.zone.key, page.refresh_ms) == ("en", (), "UTC", 5_000)
    assert page.publish == Destination(str(tmp_path / "copy"))
    assert page.host == "b.example"


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("[Website]", {"website"}),
        ("[mail, whole]", {"mail", "whole"}),
        ("[Shop]", {"website", "search"}),
        ("[Shop, Vault], audience: private", {"website", "search", "vault"}),
        ("[Cellar], audience: private", {"safe"}),
    ],
)
def test_a_page_shows_what_it_names_by_itself_or_by_group(loaded: Loaded, named: str, shown: set[str]) -> None:
    assert further(loaded, f"services: {named}").services == frozenset(shown)


def test_a_private_page_has_of_the_main_ones_group_only_what_that_shows(loaded: Loaded) -> None:
    assert further(loaded, "audience: private", "{services: [Shop]}").services == frozenset({"website", "search"})


def test_without_a_list_all_public_ones_are_shown(loaded: Loaded) -> None:
    settings = loaded(REST)
    assert [each.slug for each in settings.endpoints if settings.page.shows(each)] == ["website", "search", "mail"]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("[Vault]", "2:33: pages[0].services[0]: is private (public: false): leave it out, or say 'audience: private'"),
        ("[Cellar]", "pages[0].services[0]: holds only what is private (public: false): leave it out, or say"),
        ("[Mial]", "pages[0].services[0]: there is no endpoint, service or group 'Mial' (did you mean 'mail'?)"),
        ("Mail", "pages[0].services: expected a list"),
    ],
)
def test_what_a_page_for_everyone_cannot_show_is_refused(loaded: Loaded, named: str, message: str) -> None:
    (told,) = refused(loaded, f"pages:\n  - {{directory: two, services: {named}}}\n")
    assert message in told


def test_the_main_page_is_for_everyone(loaded: Loaded) -> None:
    (told,) = refused(loaded, "page: {services: [Vault]}\n")
    assert "1:19: page.services[0]: is private (public: false): show it on one of 'pages' with" in told


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ("[{directory: site}]", "1:10: pages[0].directory: is the same as, in, or around that of another page"),
        ("[{directory: site/de}]", "pages[0].directory: is the same as, in, or around"),
        ("[{directory: a/b}, {directory: a}]", "pages[1].directory: is the same as, in, or around"),
        ("[{directory: x/../site}]", "pages[0].directory: is the same as"),
        ("[{directory: two, publish: site/two}]", "pages[0].publish: is the same as, in, or around"),
        ("[{directory: a, publish: c}, {directory: b, publish: c/}]", "pages[1].publish: is the same as"),
        ("[{directory: a, publish: a}]", "pages[0].publish: is the folder that the page is written to"),
        ("[{directory: .}]", "pages[0].directory: "),
        ("[{title: x}]", "pages[0].directory: the key is missing"),
        ("[{directory: a, theme: nowhere}]", "pages[0].theme: is no folder"),
        ("[{directory: a, incidents: nowhere}]", "pages[0].incidents: is no folder that can be read"),
        ("[{directory: a, audience: staff}]", "pages[0].audience: expected one of everyone, private, not 'staff'"),
        ("[{directory: a, endpoints: [b]}]", "pages[0].endpoints: unknown key"),
        ("{directory: a}", "pages: expected a list, not keys and values"),
        (
            "[{directory: a, url: 'https://a.example'}, {directory: b, url: 'https://a.example/'}]",
            "pages[1].url: is the address of another page, in line 1: each has its own",
        ),
    ],
)
def test_pages_that_get_into_each_others_way_are_refused(loaded: Loaded, pages: str, message: str) -> None:
    told = refused(loaded, f"pages: {pages}\n")
    assert any(message in each for each in told), told


def test_two_pages_are_not_copied_to_one_bucket(loaded: Loaded) -> None:
    pages = "[{directory: a, publish: 'memory://bucket'}, {directory: b, publish: 'memory://bucket/b'}]"
    (told,) = refused(loaded, f"pages: {pages}\n")
    assert "pages[1].publish: is the same as, in, or around that of another page in line 1" in told


def test_a_link_to_anothers_folder_is_seen_through(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "two").symlink_to("site")
    (told,) = refused(loaded, "pages: [{directory: two}]\n")
    assert "is the same as" in told


def test_nothing_private_lies_in_the_folder_of_any_page(loaded: Loaded) -> None:
    (told,) = refused(loaded, "store: {path: two/uptally.db}\npages: [{directory: two}]\n")
    assert told.startswith("1:9: store.path: lies in the page's folder")


def test_pages_are_found_where_the_rest_of_the_file_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "probes.yaml"
    file.write_text("pages: [{directory: two, services: [nothing]}]\nendpoints: [{name: x}]\n")
    assert [page.directory.name for page in page_settings(file, environment={})] == ["site", "two"]
    file.write_text("pages: [{directory: two, refresh: 2h}]\nendpoints: [{name: x}]\n")
    with pytest.raises(ConfigError, match=re.escape("pages[0].refresh")):
        page_settings(file, environment={})


def test_each_page_may_tell_of_incidents_in_its_own_words(loaded: Loaded, tmp_path: Path) -> None:
    for folder, title in (("en", "Slow"), ("de", "Langsam")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.md").write_text(f"---\ntitle: {title}\n---\n## 2026-11-24 02:55 monitoring\n")
    settings = loaded(
        "page: {incidents: en}\n"
        f"pages: [{{directory: a, incidents: de, timezone: Europe/Berlin}}, {{directory: b}}]\n{REST}"
    )
    assert [page.incidents[0].title for page in settings.pages] == ["Slow", "Langsam", "Slow"]
    assert settings.pages[0].incidents[0].started_ms - settings.pages[1].incidents[0].started_ms == 3_600_000


def test_a_host_is_given_to_the_first_page_that_has_it_and_never_to_a_private_one(
    loaded: Loaded, tmp_path: Path
) -> None:
    settings = loaded(
        "page: {url: 'https://A.example:8443/status/'}\n"
        "pages:\n"
        "  - {directory: a, url: 'https://a.example/'}\n"
        "  - {directory: b, url: 'https://b.example./'}\n"
        f"  - {{directory: c, url: 'https://c.example/', audience: private}}\n{REST}"
    )
    assert settings.folders_by_host == {"a.example": tmp_path / "site", "b.example": tmp_path / "b"}
