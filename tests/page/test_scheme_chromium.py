"""The switch between light and dark, as somebody uses it."""

from dataclasses import replace
from pathlib import Path

from tests.page.browser import Tab, served
from tests.page.sample import NOW_MS, latencies, pages, settings, standings
from uptally.model.theme import DARK, LIGHT, Logo, Theme
from uptally.page import publish, render

BY_DAY, BY_NIGHT, WHITE = "rgb(252, 251, 248)", "rgb(20, 22, 25)", "rgb(255, 255, 255)"
SWITCH = "document.querySelector('.switch')"
GROUND = "getComputedStyle(document.body).backgroundColor"
OFFERED = f"{SWITCH}.innerText.trim()"
# Tells what the first frame was to be drawn with, before anything that is deferred ran.
FIRST_FRAME = "requestAnimationFrame(() => { window.first ??= document.documentElement.dataset.scheme })"

TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def test_the_switch_is_reached_by_keyboard_and_its_choice_holds_on_every_page_from_the_first_frame(
    tab: Tab, tmp_path: Path
) -> None:
    publish(tmp_path / "site", pages())
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=FIRST_FRAME)
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html")
        assert [await tab.evaluate(each) for each in (OFFERED, GROUND)] == ["Dark", BY_DAY]
        for _ in range(3):
            await tab.press("Tab")
        assert await tab.evaluate(f"document.activeElement === {SWITCH}")
        await tab.press("Enter")
        assert [await tab.evaluate(each) for each in (OFFERED, GROUND)] == ["Light", BY_NIGHT]
        for path in ("endpoints/checkout-api.html", "404.html"):
            await tab.show(address + path)
            assert await tab.evaluate(f"{TWO_FRAMES}.then(() => window.first)") == "dark"
            assert [await tab.evaluate(each) for each in (OFFERED, GROUND)] == ["Light", BY_NIGHT]
        await tab.show(address + "index.html", media="print")
        assert await tab.evaluate(GROUND) == WHITE
        assert await tab.evaluate("document.cookie") == ""
    assert tab.complaints == []


async def test_who_chooses_what_the_system_prefers_follows_the_system_again(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html", scheme="dark")
        assert await tab.evaluate(OFFERED) == "Light"
        await tab.evaluate(f"{SWITCH}.click()")
        assert await tab.evaluate(f"[{GROUND}, localStorage.length]") == [BY_DAY, 1]
        await tab.evaluate(f"{SWITCH}.click()")
        assert await tab.evaluate(f"[{GROUND}, localStorage.length]") == [BY_NIGHT, 0]
        await tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        assert await tab.evaluate(f"{TWO_FRAMES}.then(() => [{GROUND}, {OFFERED}])") == [BY_DAY, "Dark"]


async def test_what_is_chosen_in_one_tab_holds_in_the_others(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    other = """new Promise(done => {
        const frame = document.createElement('iframe');
        frame.src = 'method.html';
        frame.onload = () => {
            const root = frame.contentDocument.documentElement;
            new MutationObserver(() => done(root.dataset.scheme)).observe(root, {attributeFilter: ['data-scheme']});
            document.querySelector('.switch').click();
        };
        document.body.append(frame);
    })"""
    await tab.call("Page.setBypassCSP", enabled=True)
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html")
        assert await tab.evaluate(other) == "dark"


async def test_without_a_script_there_is_no_switch(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    await tab.call("Emulation.setScriptExecutionDisabled", value=True)
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html", scheme="dark")
        assert await tab.evaluate(f"{SWITCH}.checkVisibility()") is False
        assert await tab.evaluate(GROUND) == BY_NIGHT


async def test_logo_and_colours_of_a_page_are_seen_by_day_and_by_night_and_paper_stays_white(
    tab: Tab, tmp_path: Path
) -> None:
    style = "path{fill:#777}@media(prefers-color-scheme:dark){path{fill:#ccc}}"
    path = f'<style>{style}</style><path d="M0 0h400v100H0z"/>'
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100">{path}</svg>'.encode()
    by_day, by_night = replace(LIGHT, accent="#8a1538"), replace(DARK, paper="#000000", card="#000000")
    theme = Theme(logo=Logo("logo.svg", drawn, 240, 60), colours=(by_day, by_night))
    of = replace(settings(), theme=theme)
    publish(tmp_path / "site", render(standings(), settings=of, latencies=latencies, now_ms=NOW_MS, version="1"))
    logo = "(image => [image.complete && image.naturalWidth > 0, image.width, image.height])(document.images[0])"
    looks = [("light", "screen", BY_DAY), ("dark", "screen", "rgb(0, 0, 0)"), ("dark", "print", WHITE)]
    with served(tmp_path / "site") as address:
        for scheme, media, ground in looks:
            await tab.show(address + "index.html", width=360, scheme=scheme, media=media)
            assert await tab.evaluate(f"[{GROUND}, {logo}]") == [ground, [True, 240, 60]]
        await tab.show(address + "method.html")
        assert await tab.evaluate("getComputedStyle(document.querySelector('.trail a')).color") == "rgb(138, 21, 56)"
        # Within the logo, which nothing of the page shows through.
        within = await tab.evaluate("(box => [box.x + 9, box.y + 9])(document.images[0].getBoundingClientRect())")
        clip = {"x": within[0], "y": within[1], "width": 4, "height": 4, "scale": 1}
        seen = (await tab.call("Page.captureScreenshot", clip=clip))["data"]
        await tab.evaluate(f"{SWITCH}.click()")
        await tab.evaluate(TWO_FRAMES)
        assert (await tab.call("Page.captureScreenshot", clip=clip))["data"] != seen
    assert tab.complaints == []
