"""The switch between light and dark, as somebody uses it."""

from pathlib import Path

from tests.page.browser import Tab, served
from tests.page.sample import pages
from uptally.page import publish

LIGHT, DARK = "rgb(252, 251, 248)", "rgb(20, 22, 25)"
SWITCH = "document.querySelector('.switch')"
GROUND = "getComputedStyle(document.body).backgroundColor"
PRESSED = f"{SWITCH}.getAttribute('aria-pressed')"
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
        assert [await tab.evaluate(each) for each in (PRESSED, GROUND)] == ["false", LIGHT]
        for _ in range(3):
            await tab.press("Tab")
        assert await tab.evaluate(f"document.activeElement === {SWITCH}")
        await tab.press("Enter")
        assert [await tab.evaluate(each) for each in (PRESSED, GROUND)] == ["true", DARK]
        for path in ("endpoints/checkout-api.html", "404.html"):
            await tab.show(address + path)
            assert await tab.evaluate(f"{TWO_FRAMES}.then(() => window.first)") == "dark"
            assert [await tab.evaluate(each) for each in (PRESSED, GROUND)] == ["true", DARK]
        await tab.show(address + "index.html", media="print")
        assert await tab.evaluate(GROUND) == "rgb(255, 255, 255)"
        assert await tab.evaluate("document.cookie") == ""
    assert tab.complaints == []


async def test_who_chooses_what_the_system_prefers_follows_the_system_again(tab: Tab, tmp_path: Path) -> None:
    publish(tmp_path / "site", pages())
    with served(tmp_path / "site") as address:
        await tab.show(address + "index.html", scheme="dark")
        await tab.evaluate(f"{SWITCH}.click()")
        assert await tab.evaluate(f"[{GROUND}, localStorage.length]") == [LIGHT, 1]
        await tab.evaluate(f"{SWITCH}.click()")
        assert await tab.evaluate(f"[{GROUND}, localStorage.length]") == [DARK, 0]
        await tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
        assert await tab.evaluate(f"{TWO_FRAMES}.then(() => [{GROUND}, {PRESSED}])") == [LIGHT, "false"]


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
        assert await tab.evaluate(GROUND) == DARK
