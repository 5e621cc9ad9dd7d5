"""`uptally reload`."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from uptally.cli.config_file import config_option
from uptally.cli.verbs import EXIT_FAILURE
from uptally.clock import SystemClock
from uptally.config import store_path
from uptally.ledger import Reader, daemon_of
from uptally.model.act import Act
from uptally.model.config_state import CONFIG_READ, Reading

WAIT_S = 60
"""How long an answer may take: twenty thousand endpoints are read in a few seconds, on a busy machine in more."""

POLL_S = 0.05


@click.command()
@config_option
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Have the daemon read its configuration anew, and say what came of it.

    What is asked as before misses nothing. A file with any problem changes nothing: its problems go to stdout, and the
    exit code is 1. The daemon is the one that writes to the configuration's ledger.
    """
    ledger = store_path(config, environment=os.environ)
    process = daemon_of(ledger)
    if process is None:
        raise click.ClickException(f"no daemon writes to {ledger}: `uptally run` starts one")
    with Reader.open(ledger) as reader:
        before = reader.newest_act(CONFIG_READ)
        asked_ms = SystemClock().wall_ms()
        try:
            os.kill(process, signal.SIGHUP)
        except PermissionError:
            raise click.ClickException(f"the daemon, process {process}, belongs to another user") from None
        act = _answer(reader, ledger, process, asked_ms=asked_ms, after=before.number if before else 0)
    reading = Reading.of(act)
    if reading.is_refused:
        for problem in reading.problems:
            click.echo(problem)
        more = reading.problem_count - len(reading.problems)
        click.echo(
            f"{act.by} was refused{f', for {more:,} more problems' if more else ''}: what was in force stays in force",
            err=True,
        )
        ctx.exit(EXIT_FAILURE)
    click.echo(
        f"{act.by} is in force: {reading.new:,} new, {reading.changed:,} changed, {reading.gone:,} gone, "
        f"{reading.kept:,} asked as before",
        err=True,
    )


def _answer(reader: Reader, ledger: Path, process: int, *, asked_ms: int, after: int) -> Act:
    """Wait for the act that says what came of reading the file, if that began after it was asked for."""
    deadline_s = time.monotonic() + WAIT_S
    while True:
        is_alive = daemon_of(ledger) == process
        act = reader.newest_act(CONFIG_READ)
        if act is not None and act.number > after and Reading.of(act).began_ms >= asked_ms:
            return act
        if not is_alive:
            raise click.ClickException(f"the daemon, process {process}, ended before it answered")
        if time.monotonic() > deadline_s:
            raise click.ClickException(
                f"the daemon, process {process}, did not answer within {WAIT_S} s: its log may say why"
            )
        time.sleep(POLL_S)
