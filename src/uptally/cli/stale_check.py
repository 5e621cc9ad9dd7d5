"""`uptally stale-check`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.delivery import delivered
from uptally.clock import SystemClock
from uptally.config import page_settings, store_path
from uptally.daemon.parcel import Parcel
from uptally.model.settings import PageSettings
from uptally.page import Site
from uptally.units.count import counted
from uptally.units.time import format_instant


@click.command("stale-check")
@config_option
@click.option("--page", "names", multiple=True, metavar="NAME", help="Only this page: its title, folder or host.")
@click.pass_context
def command(ctx: click.Context, config: Path, names: tuple[str, ...]) -> None:
    """Tell by the pages themselves whether they are overdue, and have every part of one that is say so.

    For a timer, since a daemon that died can say nothing any more. Exits with 0 where all pages are fresh, and with 1
    where one is overdue, says already that monitoring has stopped, or is not there.
    """
    pages = page_settings(config, environment=os.environ)
    if names:
        pages = tuple(dict.fromkeys(_named(name, pages) for name in names))
    ledger = store_path(config, environment=os.environ)
    stale = [page for page in pages if not _is_fresh(page, ledger, f"{page.directory}: " if len(pages) > 1 else "")]
    if stale:
        ctx.exit(1)


def _named(name: str, pages: Sequence[PageSettings]) -> PageSettings:
    """Return the page of a name. Raises click.BadParameter where that is none, or of several."""
    found = [page for page in pages if name in _names(page)]
    if len(found) == 1:
        return found[0]
    wrong = "is the name of several pages: name the folder" if found else "is the name of no page"
    folders = ", ".join(str(page.directory) for page in found or pages)
    raise click.BadParameter(f"{name!r} {wrong}; choose one of {folders}", param_hint="'--page'")


def _names(page: PageSettings) -> set[str]:
    return {page.title, page.directory.name, str(page.directory), page.host, page.url} - {""}


def _is_fresh(page: PageSettings, ledger: Path, prefix: str) -> bool:
    """Tell of one page, by its folder where there are several, and have it say so where it is overdue."""
    site = Site.of(page)
    valid_ms = site.valid_until_ms
    if valid_ms is None:
        click.echo(f"{prefix}stale: {page.directory / 'index.html'} is not there, or tells no time")
        return False
    has_stopped = "index.html" in site.stopped_paths()
    if not has_stopped and SystemClock().wall_ms() <= valid_ms:
        click.echo(f"{prefix}fresh: valid until {format_instant(valid_ms)}")
        return True
    said = site.say_stopped()
    delivered(Parcel.of(page, ledger))
    done = f"; {counted(said, 'file')} now {'says' if said == 1 else 'say'} so" if said else ""
    click.echo(f"{prefix}stale: monitoring has stopped, and the page was valid until {format_instant(valid_ms)}{done}")
    return False
