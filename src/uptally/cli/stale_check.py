"""`uptally stale-check`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.delivery import delivered
from uptally.clock import SystemClock
from uptally.config import page_settings, store_path
from uptally.daemon.parcel import Parcel
from uptally.page import Site
from uptally.units.count import counted
from uptally.units.time import format_instant


@click.command("stale-check")
@config_option
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Tell by the page itself whether it is overdue, and have every part of it say so where it is.

    For a timer, since a daemon that died can say nothing any more. Exits with 0 where the page is fresh, and with 1
    where it is overdue, says already that monitoring has stopped, or is not there.
    """
    page = page_settings(config, environment=os.environ)
    site = Site.of(page)
    valid_ms = site.valid_until_ms
    if valid_ms is None:
        click.echo(f"stale: {page.directory / 'index.html'} is not there, or tells no time")
        ctx.exit(1)
    has_stopped = "index.html" in site.stopped_paths()
    if not has_stopped and SystemClock().wall_ms() <= valid_ms:
        click.echo(f"fresh: valid until {format_instant(valid_ms)}")
        return
    said = site.say_stopped()
    delivered(Parcel.of(page, store_path(config, environment=os.environ)))
    done = f"; {counted(said, 'file')} now {'says' if said == 1 else 'say'} so" if said else ""
    click.echo(f"stale: monitoring has stopped, and the page was valid until {format_instant(valid_ms)}{done}")
    ctx.exit(1)
