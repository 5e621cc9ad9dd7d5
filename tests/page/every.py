"""A site with every kind of page in every state, for what must hold on each."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.books.agreed import CREDITS, TARGET, TERMS, acme, agreement, watched
from tests.page.sample import NOW_MS, latencies, settings, standings, with_courses
from tests.page.test_promises import KEPT, NOTE, OPEN, RUNNING, notes
from tests.page.told import BOARD
from uptally.model.settings import Counterpart
from uptally.model.terms import ServiceWindow
from uptally.model.theme import Logo, Theme
from uptally.page import Site, publish, render
from uptally.page.render import render_agreement

DOWN = "endpoints/checkout-api.html"
STOPPED = "stopped/"
PAGES = (
    "index.html",
    DOWN,
    "endpoints/payouts.html",
    "endpoints/edge-network-south-america-s-o-paulo.html",
    "endpoints/new-region.html",
    "history/2026-11.html",
    "agreements/acme-00.html",
    "method.html",
    "404.html",
    f"{STOPPED}index.html",
    f"{STOPPED}{DOWN}",
)

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 44"><path fill="#b0201a" d="M0 0h160v44z"/></svg>'
OURS = replace(
    settings(),
    counterparts=(Counterpart("de", "https://status.example/de/", is_ours=True, has_history=True),),
    theme=Theme(logo=Logo("logo.svg", LOGO, 160, 44)),
)


@cache
def _pages() -> dict[str, bytes]:
    found = (RUNNING, NOTE, OPEN, KEPT)
    windows = (ServiceWindow("weekdays", TARGET, credit=CREDITS), ServiceWindow("nights", TARGET))
    missed = acme(watched(("2026-10-05T12:00", "2026-10-05T13:00")), replace(TERMS, windows=windows))
    given = {
        "agreements/acme-00.html": render_agreement(
            agreement(),
            [missed.service],
            [replace(missed, label=f"2026-{month:02}") for month in (10, 9)],
            settings=OURS,
            now_ms=NOW_MS,
            version="1",
        )
    }
    told = {slug: notes(*found, slug=slug) for slug in ("checkout-api", "shop")}
    site = render(standings(), settings=OURS, latencies=latencies, now_ms=NOW_MS, version="1", notes=told, board=BOARD)
    one = standings()[0]
    return given | site | with_courses(one, OURS, board=BOARD, notes=told.get(one.endpoint.slug))


def write(folder: Path) -> None:
    """Write the site, and below it once more as it stands when monitoring has stopped."""
    publish(folder, _pages())
    stopped = Site(folder / STOPPED)
    stopped.publish(_pages())
    stopped.say_stopped()
