"""No words of the page stand outside its messages, or another language could not say them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from icalendar import Calendar
from jinja2 import Environment

from tests.books.agreed import NOW_MS as AGREED_MS
from tests.books.agreed import TERMS, acme, agreement, at, watched
from tests.page.sample import NOW_MS, latencies, settings, standings
from tests.page.test_agreement import CLAIMED, KEPT, MISSED, WEB
from tests.page.test_catalogue import SRC, messages_of_the_code
from tests.page.test_promises import NOTE, OPEN, RUNNING, notes
from tests.page.told import BOARD
from uptally.model.agreement import Approval, Audit, Duty, Escalation, Party
from uptally.model.downtime import Run
from uptally.model.settings import PageSettings
from uptally.model.terms import Composite, CompositeMode, ExclusionRule, ExclusionRules, RatioRounding, Terms
from uptally.model.theme import Theme
from uptally.page import Made, render, render_endpoint
from uptally.page.catalogue import language_of
from uptally.page.method import Measuring
from uptally.page.render import METHOD_PATH, render_agreement, render_method
from uptally.units.money import Rounding
from uptally.units.time import DAY_MS, HOUR_MS

NAMES = {"uptally", "Atom", "RSS", "p50", "p95"}
TEMPLATES = sorted((SRC / "page" / "templates").glob("*.j2"))
SAID_BY = re.compile(r"aria-label|title|alt|data-(?:l|day|down|unseen|upkeep|clean|unwatched)")
_ATTRIBUTE = re.compile(rf'\s(?:{SAID_BY.pattern})="([^"]*)"')
SAID_IN_FEEDS = ("title", "name", "content", "description", "summary", "subtitle", "category", "rights")
COMPOSITES = (
    Composite(CompositeMode.ANY_DOWN),
    Composite(CompositeMode.ALL_DOWN),
    Composite(CompositeMode.AT_LEAST_DOWN, least=2),
    Composite(CompositeMode.WEIGHTED, weights={"dns": Fraction(1)}),
)
_WORD = re.compile(r"[^\W\d_]+\d*")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_a_template_holds_no_plain_text(template: Path) -> None:
    tokens = Environment(autoescape=True).lex(template.read_text(encoding="utf-8"))
    # What is filled in leaves a gap, so that a tag of several pieces is still one.
    markup = "".join(value if kind == "data" else "\0" for _line, kind, value in tokens)
    said = [*_ATTRIBUTE.findall(markup), *re.split(r"<[^>]*>|\sdata-valid-until=\S*", markup)]
    assert {word for text in said for word in _WORD.findall(text)} - NAMES == set()


class Text(HTMLParser):
    """All that a page says, by text and by attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.attributes: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [value for name, value in attrs if value and SAID_BY.fullmatch(name)]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_number_of_things_is_said_in_the_plural_forms_of_the_language() -> None:
    single = [message.id for message in messages_of_the_code() if isinstance(message.id, str)]
    assert [each for each in single if re.search(r"\{(count|all|seen|clean)\}", each)] == []


def marked(folder: Path) -> PageSettings:
    """A page in a language in which each message is the English one within marks."""
    catalogue = Catalog(locale="nl")
    for message in messages_of_the_code():
        if message.id:
            ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
            texts = tuple(f"⟦{each}⟧" for each in ids)
            catalogue.add(message.id, texts if len(ids) > 1 else texts[0], context=message.context)
    (folder / "messages").mkdir()
    with (folder / "messages" / "nl.po").open("wb") as file:
        write_po(file, catalogue)
    return replace(settings(), language="nl", theme=Theme(folder), url="https://status.example/")


def said_to_programs(content: bytes) -> list[str]:
    """All that a feed or a calendar says to people."""
    if content.startswith(b"BEGIN:VCALENDAR"):
        parts = Calendar.from_ical(content).walk()
        keys = ("NAME", "X-WR-CALNAME", "SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT")
        return [str(part[key]) for part in parts for key in keys if key in part]
    written = ElementTree.fromstring(content).iter()
    texts = [(each.tag.rpartition("}")[2], each.text or "") for each in written]
    return ["".join(Text(text).text) for tag, text in texts if tag in SAID_IN_FEEDS and text.strip()]


def said_by(path: str, content: bytes) -> list[str]:
    """All that a file says to people; nothing of one for programs alone."""
    if path.endswith((".html", ".svg")):
        page = Text(content.decode())
        return ["\n".join(page.text), *page.attributes]
    return said_to_programs(content) if path.endswith((".atom", ".rss", ".ics")) else []


def unmarked(text: str) -> str:
    """What stands in no marks, however deep they are within each other."""
    before = ""
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    return text


def test_no_page_says_anything_outside_its_messages_but_names_numbers_and_dates(tmp_path: Path) -> None:
    ours, all_of_them = marked(tmp_path), standings()
    found = [notes(RUNNING, NOTE, OPEN), notes(RUNNING, NOTE, slug="dns"), notes(OPEN, slug="checkout-api")]
    rendered = render(
        all_of_them,
        settings=ours,
        latencies=latencies,
        now_ms=NOW_MS,
        version="0.1.0",
        notes={each.slug: each for each in found},
        board=BOARD,
    )
    endpoints = [each.endpoint for each in all_of_them]
    for number in (1, 2):
        where = ["Dublin", "Cork"][:number]
        told = Measuring(endpoints, (), where, canaries=number, resolvers=number, keep_ms=NOW_MS, checked_ms=NOW_MS)
        method = render_method(told, all_of_them, settings=ours, now_ms=NOW_MS, version="0.1.0")
        rendered[f"{number}-{METHOD_PATH}"] = method[METHOD_PATH]
    for composite in COMPOSITES:
        shop = render_endpoint(
            all_of_them[0],
            settings=ours,
            latencies=[],
            now_ms=NOW_MS,
            version="1",
            made=Made(len(all_of_them) + 1, composite, all_of_them),
        )
        rendered[f"{composite.mode}.html"] = shop
    language = language_of(ours)
    configured = [ours.title, ours.description, "Europe/Dublin", "Europe/Berlin", "UTC", "Dublin", "Cork"]
    configured += [text for each in endpoints for text in (each.name, each.group, each.description) if text]
    configured += [text for each in found for text in (each.name, each.group, each.description, "always")]
    configured += ["Checkout is down", "Certificate expired", "New hardware, in two halves", "new", "s", "ms"]
    configured += [
        "We look into it.",
        "payments fail",
        "certificate is in place.",
        "A new certificate is in place.",
        *language.months,
    ]
    configured += [*language.months, *language.short_months, *NAMES]
    known = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(configured, key=len)[::-1]))
    for path, content in rendered.items():
        for text in said_by(path, content):
            assert _WORD.findall(known.sub(" ", unmarked(text))) == [], (path, unmarked(text))


def outside(content: bytes, names: set[str]) -> set[str]:
    """Return the words of a page that are in no marks and no names."""
    page = Text(content.decode())
    texts = ("".join(page.text), *page.attributes)
    return {word for text in texts for word in _WORD.findall(unmarked(text))} - names - NAMES


BERLIN = replace(
    CLAIMED,
    zone=ZoneInfo("Europe/Berlin"),
    rounding=RatioRounding(3, Rounding.HALF_UP),
    exclusions=ExclusionRules((ExclusionRule("strike", 2 * DAY_MS, most_ms=HOUR_MS),)),
    downtime=Run(10_000),
)
BLIND = watched(gaps=[("2026-10-07", "2026-10-08")])


@pytest.mark.parametrize("terms", [TERMS, CLAIMED, BERLIN], ids=["no claim", "claim", "more rules"])
def test_no_page_of_an_agreement_says_anything_outside_its_messages(tmp_path: Path, terms: Terms) -> None:
    of = replace(
        agreement(terms),
        provider=Party("", ("Desk",)),
        reference="C",
        review=date(2027, 3, 1),
        duties=(Duty("customer", "Call", due=date(2026, 3, 31), done=date(2026, 3, 12), evidence="Letter"),),
        escalation=(Escalation(4 * HOUR_MS, "Head"),),
        audits=(Audit("Ledger", "Jane", 30, date(2026, 3, 1)),),
        approved=Approval("Ann", date(2026, 9, 1)),
        change_notice_ms=2 * DAY_MS,
    )
    ours = marked(tmp_path)
    found = [
        acme(KEPT, terms, month="2026-11"),
        *(acme(line, terms) for line in (MISSED, KEPT, BLIND)),
        acme(MISSED, terms, now_ms=at("2026-12-02")),
    ]
    page = render_agreement(of, [WEB], found, settings=ours, now_ms=AGREED_MS, version="1")
    language = language_of(ours)
    names = {"Acme", "Ltd", "Web", "always", "EUR", "Desk", "C", "Call", "Letter", "Head", "Jane", "Ann", "Ledger"}
    names |= {"strike", "UTC", "Europe", "Berlin", "Dublin", "CET", "CEST", *ours.title.split()}
    assert outside(page, names | {*language.months, *language.short_months}) == set()
