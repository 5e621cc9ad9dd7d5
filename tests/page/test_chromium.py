import json
from dataclasses import replace
from pathlib import Path
from time import time

from tests.books.agreed import CREDITS, TARGET, TERMS, acme, agreement, watched
from tests.hostile import NAME, RAN, TEXT
from tests.page.browser import Tab, served
from tests.page.by_hand import standing
from tests.page.sample import NOW_MS, Known, blind, down, endpoint, latencies, pages, settings
from tests.page.test_promises import KEPT, NOTE, OPEN, RUNNING, notes, window
from uptally.model.agreement import Audit, Duty, Escalation, Party
from uptally.model.terms import ServiceWindow
from uptally.page import publish, render
from uptally.page.render import render_agreement
from uptally.page.words import plain

INDEX = "index.html"
DOWN = "endpoints/checkout-api.html"
BLIND = "endpoints/edge-network-south-america-s-o-paulo.html"
SCRIPT = (
    "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); window.ran"
)


async def overflow(tab: Tab) -> int:
    """By how many pixels the page is wider than its window."""
    return int(await tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def test_every_page_is_drawn_without_complaint_and_fits_every_width(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    with served(tmp_path / "site") as address:
        for path in (INDEX, DOWN, BLIND, "endpoints/new-region.html", "404.html"):
            for width in (320, 360, 700, 1000, 1600):
                await tab.show(address + path, width=width)
                # What is folded must fit as well.
                await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                assert await overflow(tab) <= 0, (path, width)
                assert await tab.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily") != ""
    assert tab.complaints == []


async def test_credit_notes_are_drawn_without_complaint_and_fit_every_width(tab: Tab, tmp_path: Path) -> None:
    both = (window(name="weekdays without holidays", target="99.9999"), window(name="<b>nights</b>", target="95"))
    found = [replace(each, windows=both) for each in (RUNNING, NOTE, OPEN, KEPT)]
    page = render(
        [standing(of=endpoint("Checkout")), standing(of=endpoint("Shop"))],
        settings=settings(),
        latencies=latencies,
        now_ms=NOW_MS,
        version="1",
        notes={"checkout": notes(*found), "shop": notes(*found, slug="shop")},
    )
    publish(tmp_path / "site", page)
    with served(tmp_path / "site") as address:
        for path in (INDEX, "endpoints/checkout.html"):
            for width in (320, 360, 700, 1000, 1600):
                await tab.show(address + path, width=width)
                await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                assert await overflow(tab) <= 0, (path, width)
            assert "30 November 2026, 24:00 Europe/Berlin" in await tab.evaluate("document.body.innerText")
    assert tab.complaints == []


async def test_the_policy_of_the_page_stops_an_inline_script(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    with served(tmp_path / "site") as address:
        await tab.show(address + INDEX)
        assert await tab.evaluate(SCRIPT) is None
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)


async def test_a_page_calls_itself_old_by_the_clock_of_its_reader(tab: Tab, tmp_path: Path) -> None:
    now_ms = round(time() * 1_000)
    publish(tmp_path / "old", pages(now_ms - 121_000))
    publish(tmp_path / "fresh", pages(now_ms))
    for folder, is_old in (("old", True), ("fresh", False)):
        with served(tmp_path / folder) as address:
            for path in (INDEX, DOWN):
                await tab.show(address + path)
                assert await tab.evaluate("document.querySelector('[role=status]').innerText !== ''") is is_old


async def test_without_a_script_the_page_is_whole_but_for_the_warning(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    await tab.call("Emulation.setScriptExecutionDisabled", value=True)
    with served(tmp_path / "site") as address:
        await tab.show(address + INDEX)
        shown = await tab.evaluate("document.body.innerText")
    assert "Checkout API is down" in shown
    assert "This page is old" not in shown
    assert shown.count("promised") == 10


async def test_hostile_text_is_shown_and_never_run(tab: Tab, tmp_path: Path) -> None:
    name = f"{NAME} {TEXT}"
    of = replace(endpoint("x", description=name, group=name, sla="99.9%"), name=name)
    page = render(
        [standing(of=of)],
        settings=replace(settings(), title=name, description=name),
        latencies=latencies,
        now_ms=NOW_MS,
        version="1",
    )
    publish(tmp_path / "site", page)
    with served(tmp_path / "site") as address:
        for path in (INDEX, "endpoints/x.html"):
            await tab.show(address + path)
            assert await tab.evaluate(RAN) is None
            assert await tab.evaluate("document.querySelector('h1 bdi').textContent") == plain(name)
    assert tab.complaints == []


async def test_the_colours_follow_the_scheme_that_the_reader_prefers(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    grounds = {}
    with served(tmp_path / "site") as address:
        for scheme in ("light", "dark"):
            await tab.show(address + INDEX, scheme=scheme)
            grounds[scheme] = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
        await tab.show(address + INDEX, scheme="dark", media="print")
        grounds["print"] = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds == {"light": "rgb(252, 251, 248)", "dark": "rgb(20, 22, 25)", "print": "rgb(255, 255, 255)"}


async def test_what_is_down_is_louder_in_its_row_than_its_neighbours(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    size = "getComputedStyle(document.querySelector('{} .name')).fontSize"
    with served(tmp_path / "site") as address:
        await tab.show(address + INDEX)
        down, up = await tab.evaluate(size.format(".is-down")), await tab.evaluate(size.format(".svc:not(.is-down)"))
    assert float(down.removesuffix("px")) > float(up.removesuffix("px"))


async def test_a_table_stays_in_its_column_and_breaks_no_word(tab: Tab, tmp_path: Path) -> None:
    known = Known()
    known.add(
        endpoint("Wide", sla="99.9999%"),
        blind("2026-11-12 03:00:00", 1_303),
        down("2026-10-11 03:00:00", 360_000),
        blind("2026-10-17 03:00:00", 703),
    )
    page = render(known.standings(), settings=settings(), latencies=latencies, now_ms=NOW_MS, version="1")
    publish(tmp_path / "site", page)
    beyond = """Math.max(...[...document.querySelectorAll('table')].map(
        table => table.getBoundingClientRect().right - table.parentElement.getBoundingClientRect().right))"""
    lines = """(() => { const word = document.querySelector('td .half > span');
        return word.getBoundingClientRect().height / parseFloat(getComputedStyle(word).lineHeight) })()"""
    with served(tmp_path / "site") as address:
        for width in (832, 1000, 1152, 1280):
            await tab.show(f"{address}endpoints/wide.html", width=width)
            assert await tab.evaluate(beyond) < 1, width
            assert await tab.evaluate(lines) < 1.5, width


async def test_the_pages_of_agreements_and_of_the_method_are_drawn_without_complaint_and_fit_every_width(
    tab: Tab, tmp_path: Path
) -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH"
    of = replace(
        agreement(),
        name=long,
        customer=Party(long, (f"{long}@example.com",)),
        duties=(Duty("customer", f"Name a contact at {long}.", evidence=long),),
        escalation=(Escalation(14_400_000, long),),
        audits=(Audit(f"{long}.", long, 30),),
        glossary=((long, long),),
        references=(long,),
    )
    windows = (ServiceWindow("weekdays without holidays", TARGET, credit=CREDITS), ServiceWindow(long, TARGET))
    missed = acme(watched(("2026-10-05T12:00", "2026-10-05T13:00")), replace(TERMS, windows=windows))
    service = replace(missed.service, name=long)
    drawn = render_agreement(
        of,
        [service],
        [replace(missed, service=service, label=f"2026-{month:02}") for month in (10, 9, 8, 7)],
        settings=settings(),
        now_ms=NOW_MS,
        version="1",
    )
    publish(tmp_path / "site", {**pages(), "agreements/acme-00.html": drawn})
    with served(tmp_path / "site") as address:
        for path in ("agreements/acme-00.html", "method.html"):
            for width in (320, 360, 700, 1000, 1280, 1600):
                for scheme in ("light", "dark"):
                    await tab.show(address + path, width=width, scheme=scheme)
                    await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                    assert await overflow(tab) <= 0, (path, width)
    assert tab.complaints == []


async def test_the_day_under_the_pointer_is_told_to_the_millisecond_and_moves_nothing(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    height = "document.documentElement.scrollHeight"
    box = "JSON.stringify(document.querySelector('.bars').getBoundingClientRect())"
    with served(tmp_path / "site") as address:
        for path in (INDEX, DOWN):
            await tab.show(address + path)
            before = await tab.evaluate(height)
            await tab.evaluate("document.querySelector('.bars').scrollIntoView({block: 'center'})")
            at = json.loads(await tab.evaluate(box))
            # The fourth of November is the twentieth day from the right.
            for day, said in ((19, "4 Nov: 13.000 s down"), (1, "22 Nov: no downtime")):
                x = at["right"] - at["width"] * (day + 0.5) / 90
                await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=at["top"] + 16)
                assert await tab.evaluate("document.querySelector('.tip').textContent") == said
            assert await tab.evaluate(height) == before
            await tab.call("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)
            assert await tab.evaluate("document.querySelector('.tip')") is None
    assert tab.complaints == []
