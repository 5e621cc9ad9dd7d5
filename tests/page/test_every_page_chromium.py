"""What holds on every kind of page, in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.page.browser import Tab, served
from tests.page.every import PAGES, write
from tests.page.sample import NOW_MS
from tests.page.test_palette import contrast

LOOKS = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
UNFOLD = "for (const one of document.querySelectorAll('details')) one.open = true"
# What is drawn beyond its block's edge, labels of an axis that touch, and numbers of a table that two lines share.
ASTRAY = """(() => {
    const boxes = svg => [...svg.querySelectorAll('text')].map(each => each.getBoundingClientRect())
        .filter(each => each.width).sort((one, other) => one.left - other.left);
    const lines = text => { const range = document.createRange(), number = text.data.match(/\\d[\\d.,]*/);
        if (!number) return 0;
        range.setStart(text, number.index);
        range.setEnd(text, number.index + number[0].length);
        return new Set([...range.getClientRects()].map(each => each.top)).size };
    return [
        ...[...document.querySelectorAll('.hours td.r')].filter(each => each.firstChild && lines(each.firstChild) > 1),
        ...[...document.querySelectorAll('main :is(p, dt, dd, li, h1, h2, h3, td, th)')].filter(each =>
            each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1 && !each.matches('.bars, .vh')),
        ...[...document.querySelectorAll('.axis')].filter(each =>
            boxes(each).some((box, place, all) => place && box.left < all[place - 1].right + 2)),
    ].map(each => each.outerHTML.slice(0, 300));
})()"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What axe finds, each with where; a target must be large enough besides, which axe asks only when told to.
AXE = """axe.run({rules: {'target-size': {enabled: true}}}).then(found => found.violations.map(
    each => [each.id, ...each.nodes.map(node => `${node.target} ${node.failureSummary}`)]))"""
# In another scheme nothing changes but colours.
AXE_COLOURS = AXE.replace("{rules:", "{runOnly: ['color-contrast', 'link-in-text-block'], rules:").replace(
    "{'target-size': {enabled: true}}", "{}"
)
# Every drawn thing that has a meaning, with its colour and that of what it stands on.
DRAWN = """(() => {
    const ground = each => { for (; each; each = each.parentElement) {
        const colour = getComputedStyle(each).backgroundColor;
        if (!/, 0\\)$/.test(colour)) return colour;
    } };
    const found = new Set();
    for (const each of document.querySelectorAll('.bars path, .key path, .meter path:not(.t), .lines path, .plot path'))
        if (each.checkVisibility() && !each.matches('.g, .gap'))
            found.add(`${each.getAttribute('class')} ${getComputedStyle(each).stroke} on ${ground(each)}`);
    for (const each of document.querySelectorAll('.st .i, .note .i'))
        if (each.checkVisibility())
            found.add(`${each.parentElement.className} ${getComputedStyle(each).color} on ${ground(each)}`);
    return [...found];
})()"""
FOCUSED = """(() => {
    const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
    const all = [...document.querySelectorAll('a[href], button, summary, [tabindex]')].filter(
        one => one.tabIndex >= 0 && one.checkVisibility({visibilityProperty: true}));
    return {place: all.indexOf(each), of: all.length, name: each.outerHTML.slice(0, 80),
        outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
        isSeen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth};
})()"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("every")
    write(folder)
    return folder


async def set_clock(tab: Tab, now_ms: int) -> None:
    """Have the reader's clock stand at an instant."""
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=f"Date.now = () => {now_ms}")


@pytest.mark.parametrize("has_script", [True, False])
async def test_no_page_says_anything_on_the_console_asks_anybody_else_or_scrolls_sideways(
    tab: Tab, site: Path, has_script: bool
) -> None:
    await tab.call("Emulation.setScriptExecutionDisabled", value=not has_script)
    with served(site) as address:
        for path in PAGES:
            await tab.show(address + path)
            await tab.evaluate(UNFOLD)
            for width, scheme in [(320, "light"), *LOOKS]:
                await tab.look(width=width, scheme=scheme)
                assert await tab.evaluate(OVERFLOW) <= 0, (path, width)
                assert await tab.evaluate(ASTRAY) == [], (path, width)
        assert [asked for asked in tab.requests if not asked.startswith(address)] == []
        assert len([asked for asked in tab.requests if asked.endswith(".html")]) == len(PAGES)
    assert tab.complaints == []


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_no_violation(tab: Tab, site: Path, node_modules: Path, path: str) -> None:
    await set_clock(tab, NOW_MS)
    found = []
    with served(site) as address:
        await tab.show(address + path)
        await tab.evaluate(UNFOLD)
        await tab.evaluate((node_modules / "axe-core/axe.min.js").read_text(encoding="utf-8") + ";0")
        for width in (360, 1280):
            for scheme, rules in (("light", AXE), ("dark", AXE_COLOURS)):
                await tab.look(width=width, scheme=scheme)
                found += [(width, scheme, each) for each in await tab.evaluate(rules)]
    assert found == [], json.dumps(found, indent=1)


async def test_axe_finds_no_violation_on_a_page_that_is_old(tab: Tab, site: Path, node_modules: Path) -> None:
    await set_clock(tab, NOW_MS + 600_000)
    with served(site) as address:
        await tab.show(address + "index.html")
        assert await tab.evaluate("document.querySelector('#old').checkVisibility()")
        await tab.evaluate((node_modules / "axe-core/axe.min.js").read_text(encoding="utf-8") + ";0")
        for scheme in ("light", "dark"):
            await tab.look(scheme=scheme)
            assert await tab.evaluate(AXE) == []


def hexadecimal(colour: str) -> str:
    """A computed colour as the six digits of WCAG's formula; one that is see-through would need what is behind it."""
    red, green, blue = colour.removeprefix("rgb(").removesuffix(")").split(", ")
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_drawn_state_stands_out_three_to_one_from_what_it_stands_on(
    tab: Tab, site: Path, scheme: str
) -> None:
    await set_clock(tab, NOW_MS)
    seen, faint = set(), []
    with served(site) as address:
        for path in PAGES:
            await tab.show(address + path, scheme=scheme)
            for drawn in await tab.evaluate(DRAWN):
                what, _, ground = drawn.partition(" on ")
                kind, _, colour = what.partition(" rgb")
                seen.add(kind)
                if contrast(hexadecimal(f"rgb{colour}"), hexadecimal(ground)) < 3:
                    faint.append((path, drawn))
    assert {"b0", "b1", "b2", "b3", "b4", "b5", "l", "x", "m", "p50", "p95"} <= seen
    assert {f"st {state}" for state in ("up", "down", "over", "nil", "half", "plan")} <= seen
    assert faint == []


@pytest.mark.parametrize("path", PAGES)
async def test_the_keyboard_walks_through_a_page_in_order_back_and_out_of_it(tab: Tab, site: Path, path: str) -> None:
    with served(site) as address:
        await tab.show(address + path, width=1280)
        total = int((await tab.evaluate(FOCUSED))["of"])
        assert total >= 3
        for place in range(total):
            await tab.press("Tab")
            found: dict[str, Any] = await tab.evaluate(FOCUSED)
            assert found["place"] == place, found
            assert found["outline"] >= 2, found
            assert found["isSeen"], found
        for place in reversed(range(total - 1)):
            await tab.press("Tab", with_shift=True)
            assert (await tab.evaluate(FOCUSED))["place"] == place
        for _ in range(total):
            await tab.press("Tab")
        assert (await tab.evaluate(FOCUSED))["place"] in (-1, 0)


async def test_the_first_tab_of_a_page_leads_past_its_head(tab: Tab, site: Path) -> None:
    with served(site) as address:
        await tab.show(address + "index.html")
        await tab.press("Tab")
        await tab.press("Enter")
        assert await tab.evaluate("location.hash") == "#main"
        await tab.press("Tab")
        assert await tab.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("key", ["Enter", "Space"])
async def test_what_is_folded_opens_and_closes_by_a_key(tab: Tab, site: Path, key: str) -> None:
    with served(site) as address:
        await tab.show(address + "endpoints/checkout-api.html")
        await tab.evaluate("document.querySelector('details:not([open]) > summary').focus()")
        for is_open in (True, False):
            await tab.press(key)
            assert await tab.evaluate("document.activeElement.parentElement.open") is is_open
