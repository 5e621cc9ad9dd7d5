import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import PurePosixPath

import pytest

from tests.hostile import TEXT
from tests.page.by_hand import NOW_MS, day_sums, days, month, outage, standing
from tests.page.sample import CANARY, at, endpoint, latencies, pages, settings, standings
from tests.page.told import ONGOING, PLANNED, UNDER_WAY
from uptally.model.notice import Bulletin
from uptally.model.observation import Reason
from uptally.model.settings import Counterpart
from uptally.model.statement import Standing
from uptally.model.theme import DARK, LIGHT, Logo, Theme
from uptally.model.timeline import Blip, Outage
from uptally.model.verdict import Verdict
from uptally.page import endpoint_path, render, render_endpoint, render_fixed, render_index
from uptally.page.incidents import Board, services_named
from uptally.page.words import plain

VOID = {"meta", "link", "br", "img", "input", "hr"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'"
)


class Reader(HTMLParser):
    """Reads a page strictly: every element must be closed in order."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page.decode("utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"{tag} repeats an attribute"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        return "".join(data for _, data in self.texts)

    def values(self, name: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]


def html_of(some: dict[str, bytes]) -> dict[str, Reader]:
    return {path: Reader(page) for path, page in some.items() if path.endswith(".html")}


SAMPLE = pages()
HTML = html_of(SAMPLE)


def hostile() -> list[Standing]:
    of = replace(endpoint("x", description=TEXT, group=TEXT, sla="99.9%"), name=TEXT)
    return [standing(of=of, statements=[month("2026-11", "99.9%")])]


def test_the_page_is_one_overview_a_page_for_each_public_endpoint_and_what_they_need() -> None:
    public = {endpoint_path(one.endpoint.slug) for one in standings() if one.endpoint.is_public}
    assert len(public) == 12
    told = {path.partition("/")[0] for path in SAMPLE if path.startswith(("api/", "badges/"))}
    assert told == {"api", "badges"}
    shown = {path for path in SAMPLE if path not in public and not path.startswith(("api/", "badges/"))}
    fixed = {re.sub(r"\.[0-9a-f]{12}\.", ".HASH.", path) for path in shown}
    assert fixed == {
        "index.html",
        "404.html",
        "method.html",
        "history/2026-11.html",
        "history.atom",
        "history.rss",
        "maintenance.ics",
        "assets/style.HASH.css",
        "assets/paper.HASH.css",
        "assets/scheme.HASH.js",
        "assets/status.HASH.js",
        "assets/icon.HASH.svg",
        "assets/card.HASH.png",
    }


@pytest.mark.parametrize("path", HTML)
def test_no_page_holds_an_inline_style_script_or_handler_and_each_states_the_policy(path: str) -> None:
    page = HTML[path]
    assert [attributes["content"] for tag, attributes in page.elements if "http-equiv" in attributes] == [POLICY]
    assert [tag for tag, _ in page.elements if tag in ("style", "base", "iframe", "object")] == []
    assert [attributes for tag, attributes in page.elements if tag == "script" and not attributes.get("src")] == []
    assert [where for where, _ in page.texts if where == "script"] == []
    names = {name for _, attributes in page.elements for name in attributes}
    assert [name for name in names if name == "style" or name.startswith("on")] == []


@pytest.mark.parametrize("path", HTML)
def test_every_address_of_a_page_is_its_own_and_leads_somewhere(path: str) -> None:
    page = HTML[path]
    for address in [*page.values("href"), *page.values("src")]:
        if address.startswith("#"):
            assert address[1:] in page.values("id")
            continue
        assert re.fullmatch(r"[\w./-]+", address), address
        target = PurePosixPath("/", PurePosixPath(path).parent, address)
        parts: list[str] = []
        for part in target.parts[1:]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        assert "/".join(parts) in SAMPLE


@pytest.mark.parametrize("path", HTML)
def test_ids_are_unique_and_labels_exist(path: str) -> None:
    page = HTML[path]
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    assert set(page.values("aria-labelledby")) <= set(ids)


@pytest.mark.parametrize("path", HTML)
def test_headings_skip_no_level(path: str) -> None:
    levels = [int(tag[1]) for tag, _ in HTML[path].elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_ungrouped_services_skip_no_heading_either() -> None:
    page = Reader(render_index([standing("A"), standing("B")], settings=settings(), now_ms=NOW_MS, version="1"))
    assert [tag for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)] == ["h1", "h2", "h3", "h3", "h2", "h2"]


def test_configured_text_is_escaped_and_shown_as_it_was_written() -> None:
    for page in html_of(
        render(
            hostile(),
            settings=replace(settings(), title=TEXT, description=TEXT),
            latencies=latencies,
            now_ms=NOW_MS,
            version="1",
        )
    ).values():
        assert [attributes for tag, attributes in page.elements if tag == "script" and not attributes.get("src")] == []
        assert "onclick" not in {name for _, attributes in page.elements for name in attributes}
        assert plain(TEXT) in page.text


def test_text_cannot_turn_the_direction_of_what_follows_it() -> None:
    for page in render(hostile(), settings=settings(), latencies=latencies, now_ms=NOW_MS, version="1").values():
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.decode("utf-8", errors="replace"))


def test_nothing_of_a_target_or_a_hidden_endpoint_is_published() -> None:
    assert CANARY in repr(standings())
    for path, page in SAMPLE.items():
        text = path + page.decode("utf-8", errors="replace")
        for secret in (CANARY, r"203\.0\.113\.9", "https://", r"(?<![\d.])503\b"):
            assert not re.search(secret, text), (path, secret)


def test_an_endpoint_that_is_not_public_has_no_page() -> None:
    hidden = standing(of=endpoint("x", is_public=False))
    with pytest.raises(ValueError, match="not public"):
        render_endpoint(hidden, settings=settings(), latencies=[], now_ms=NOW_MS, version="1")


def test_the_same_standings_give_the_same_bytes() -> None:
    assert pages() == SAMPLE


def lines_of(path: str, content: bytes) -> list[str]:
    """The lines of a file; JSON without what says when it was written."""
    if not path.endswith(".json"):
        return content.decode("utf-8", errors="replace").splitlines()
    found = json.loads(content)
    return [f"{key}: {value}" for key, value in found.items() if key not in ("generated_at", "valid_until")]


def test_a_later_writing_changes_only_what_says_when_it_was_written() -> None:
    later = pages(NOW_MS + 1_000)
    for path, page in SAMPLE.items():
        before, after = lines_of(path, page), lines_of(path, later[path])
        changed = [line for line, other in zip(before, after, strict=True) if line != other]
        assert all("data-valid-until" in line or "Data as of" in line for line in changed)


def test_all_scripts_together_weigh_no_more_than_five_kilobytes() -> None:
    assert sum(len(content) for path, content in SAMPLE.items() if path.endswith(".js")) <= 5_000


def test_a_page_says_when_its_data_was_taken_and_when_it_is_old() -> None:
    page = HTML["index.html"]
    assert page.values("data-valid-until") == ["2026-11-23T14:40:07.000Z"]
    assert (
        "Data as of 23 November 2026, 14:38:07. Next update due by 14:39:07. Times are Europe/Dublin (UTC+0)."
        in page.text
    )
    assert page.values("role").count("status") == 1


def test_every_moment_of_a_page_is_readable_by_a_machine() -> None:
    for page in HTML.values():
        stamps = [attributes.get("datetime") for tag, attributes in page.elements if tag == "time"]
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?", stamp or "") for stamp in stamps)


def many(count: int) -> list[Standing]:
    shown = [one for one in standings() if one.endpoint.is_public]
    return [
        replace(one, endpoint=replace(one.endpoint, slug=f"service-number-{number}", group=f"Group {number // 8}"))
        for number in range(count)
        for one in [shown[number % len(shown)]]
    ]


def test_fifty_services_weigh_less_than_100_kb_with_all_that_makes_a_page_heavy() -> None:
    others = tuple(
        Counterpart(tag, f"https://status.example/{tag}/", is_ours=True, has_history=True) for tag in ("en", "fr")
    )
    theme = Theme(logo=Logo("logo.svg", b"<svg/>", 160, 44), colours=(LIGHT, DARK))
    laden = replace(settings(), url="https://status.example/", language="de", counterparts=others, theme=theme)
    rough = days(*(day_sums(f"2026-{day}", down_ms=570_500) for day in ("09-15", "09-28", "10-16", "10-29", "11-12")))
    months = [
        month("2026-11", "99.95%", down_ms=570_500, limits=(2_000, 1_000_000)),
        month("2026-10", "99.95%", down_ms=870_500, limits=(2_000, 1_500_000), verdict=Verdict.UNDETERMINED),
    ]
    services = [
        standing(
            of=endpoint(f"Payments {number}", group=f"G{number // 10}", sla="99.95%"), statements=months, days_=rough
        )
        for number in range(50)
    ]
    ongoing = tuple(replace(ONGOING, id=str(number), services=(f"service-{number}",)) for number in range(3))
    board = Board(Bulletin(ongoing, (UNDER_WAY, PLANNED)), services_named((each.endpoint for each in services), ()))
    page = render_index(services, settings=laden, now_ms=NOW_MS, version="1", board=board)
    assert page.decode().count("nicht entscheidbar") >= 50
    assert page.decode().count("Ausfall, über dem Tagesanteil") == 250
    assert len(page) <= 100_000
    assert len(gzip.compress(page)) <= 15_000


def test_a_row_lists_the_newest_days_and_leads_to_the_rest() -> None:
    rough = days(*(day_sums(f"2026-11-{day:02d}", down_ms=13_000) for day in range(1, 21)))
    page = Reader(render_index([standing(days_=rough)], settings=settings(), now_ms=NOW_MS, version="1"))
    assert page.text.count("13.0 s down") == 5
    assert "20 days not clean" in page.text
    assert "All 20" in page.text


def test_nothing_at_all_to_show_is_still_a_page() -> None:
    page = Reader(render_index([], settings=settings(), now_ms=NOW_MS, version="1"))
    assert "No services are shown here" in page.text


def test_the_foot_says_that_a_newer_configuration_was_refused_and_nothing_of_it() -> None:
    def foot(config_ms: int | None) -> str:
        page = render_index([standing()], settings=settings(), now_ms=NOW_MS, version="1", config_ms=config_ms)
        return page.decode().partition("<footer")[2]

    assert "refused" not in foot(None)
    told = foot(NOW_MS - 60_000)
    assert "<dd>The newest was refused; the one of <time" in told
    assert "</time> is in force</dd>" in told


def test_without_any_promise_no_budget_is_spoken_of() -> None:
    unpromised = render([standing(sla=None)], settings=settings(), latencies=latencies, now_ms=NOW_MS, version="1")
    assert "budget" not in Reader(unpromised["index.html"]).text
    assert "budget" in Reader(pages()["index.html"]).text


@pytest.mark.parametrize("outages", [(), (outage("2026-11-22 10:00:00", 30_000),)])
def test_failures_that_were_refuted_at_once_are_listed_with_outages_or_without(outages: tuple[Outage, ...]) -> None:
    begin_ms = at("2026-11-22 11:00:00")
    blip = Blip(begin_ms, begin_ms - 2_000, begin_ms + 500, Reason.TLS_TIMEOUT)
    heading, words = "Failed checks that count as up", "secure connection timed out"
    for one, are_listed in ((standing(outages=outages, blips=[blip]), True), (standing(outages=outages), False)):
        page = render_endpoint(one, settings=settings(), latencies=[], now_ms=NOW_MS, version="1").decode()
        assert (heading in page, words in page) == (are_listed, are_listed)


def test_headings_stand_only_where_html_allows_them() -> None:
    for path, page in pages().items():
        if path.endswith(".html"):
            assert re.search(rb"<(span|p|a|bdi|b)\b[^>]*><h\d", page) is None, path


def test_an_endpoint_s_page_says_beside_the_month_that_its_cadence_cannot_prove_the_promise() -> None:
    of = endpoint("Website", sla="99.999%", interval_ms=60_000)
    page = render(
        [standing(of=of, statements=[month("2026-11", "99.999%")])],
        settings=settings(),
        latencies=latencies,
        now_ms=NOW_MS,
        version="1",
    )
    said = "Checked every minute: too rarely to prove 99.999%."
    html = html_of(page)
    assert said in [text for _, text in html[endpoint_path(of.slug)].texts]
    assert said not in [text for _, text in html["index.html"].texts]


def test_the_page_for_addresses_that_are_none_finds_its_style_and_the_way_back_from_any_depth_below_any_root() -> None:
    page = html_of(render_fixed(settings=replace(settings(), url="https://example.com/status/"), version="1"))[
        "404.html"
    ]
    addresses = [*page.values("href"), *page.values("src")]
    assert "/status/index.html" in addresses
    assert [each for each in addresses if not each.startswith(("/status/", "#"))] == []


def test_the_page_of_what_is_not_known_says_what_it_was_before() -> None:
    text = HTML["endpoints/edge-network-south-america-s-o-paulo.html"].text
    assert "Not known: our own network failed; last known: up at 14:20" in text


def test_a_link_to_a_page_is_shown_by_its_name_and_never_by_a_state_that_will_have_changed() -> None:
    where = replace(settings(), url="https://status.example.com/")
    found = html_of(render(standings(), settings=where, latencies=latencies, now_ms=NOW_MS, version="1"))
    graph = {
        path: {tag["property"]: tag["content"] for _, tag in page.elements if "property" in tag}
        for path, page in found.items()
    }
    image = graph["index.html"].pop("og:image") or ""
    assert image.startswith("https://status.example.com/assets/card.")
    assert image.removeprefix("https://status.example.com/") in SAMPLE
    assert graph["index.html"] == {
        "og:type": "website",
        "og:title": "Acme Cloud",
        "og:site_name": "Acme Cloud",
        "og:description": "State and promises of Acme Cloud’s services.",
        "og:url": "https://status.example.com/",
    }
    checkout = graph["endpoints/checkout-api.html"]
    assert checkout["og:image"] == image
    assert checkout["og:title"] == "Checkout API · Acme Cloud"
    assert checkout["og:url"] == "https://status.example.com/endpoints/checkout-api.html"
    assert not {"og:url", "og:image"} & {tag.get("property") for _, tag in HTML["index.html"].elements}


@pytest.mark.parametrize("path", ["index.html", "endpoints/checkout-api.html", "history/2026-11.html"])
def test_a_page_leads_to_feeds_calendar_and_figures_that_are_there(path: str) -> None:
    page = HTML[path]
    led = {tag["href"] or "" for _, tag in page.elements if tag.get("rel") == "alternate"}
    led |= {tag["href"] or "" for name, tag in page.elements if name == "a"}
    files = {str(PurePosixPath(path).parent / link.partition("#")[0]) for link in led if not link.startswith("#")}
    found = {re.sub(r"[^/]+/\.\./", "", each) for each in files}
    assert {"history.atom", "history.rss", "maintenance.ics"} <= found
    assert found <= set(SAMPLE)
