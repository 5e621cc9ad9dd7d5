"""`uptally status`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from uptally.books import ROLLING_MS, standings
from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.clock import SystemClock
from uptally.config import settings_in_force, store_path
from uptally.errors import ConfigError, LedgerCorrupt, LedgerError
from uptally.ledger import Reader
from uptally.model.config_state import CONFIG, ConfigState
from uptally.model.settings import Settings
from uptally.model.statement import Standing, Statement
from uptally.model.timeline import Blip, State
from uptally.model.verdict import Verdict
from uptally.rules.figures import shown_percent
from uptally.rules.statement_figures import statement_figures
from uptally.units.count import counted
from uptally.units.ratio import exact_percent
from uptally.units.time import month_of, to_local

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_HEADINGS = ("endpoint", "state", "since", "24h", "30d", "month", "target", "verdict", "budget left")
_STATE = _HEADINGS.index("state")
_RIGHT = frozenset(map(_HEADINGS.index, ("24h", "30d", "month", "target", "budget left")))
_COLOURS = {State.UP: "green", State.DOWN: "red", State.UNKNOWN: "yellow"}
_NOTHING = "-"


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def command(config: Path, as_json: bool) -> None:
    """Show how every endpoint stands: its last known state, its availability and the budget that is left.

    Where the file cannot be used, or the daemon refused it, that is by the configuration in force.
    """
    try:
        settings = settings_of(config)
    except ConfigError as error:
        settings = _settings_in_force(config, error)
    now_ms = SystemClock().wall_ms()
    with Reader.open(settings.store.path) as reader:
        state = ConfigState.of(reader.newest_act)
        if state is not None and state.refused is not None:
            settings = _recorded(reader, settings.file, settings.store.path) or settings
        found = standings(reader, settings, now_ms=now_ms)
        broken = _broken_act(reader)
    if as_json:
        deliver_json(document(found, settings, state, broken, now_ms=now_ms))
    else:
        _write_table(found, settings, now_ms=now_ms)
        _write_refusal(state, settings.page.zone)
        if broken:
            click.echo(f"The ledger's acts were changed: {broken}.")


def _broken_act(reader: Reader) -> str:
    """Return what is wrong with the first act that does not hold; empty where all do."""
    try:
        reader.verify_acts()
    except LedgerCorrupt as error:
        return str(error)
    return ""


def _settings_in_force(config: Path, error: ConfigError) -> Settings:
    """Return the configuration in force in place of a file that cannot be used; raise its error where none is."""
    try:
        ledger = store_path(config, environment=os.environ)
        with Reader.open(ledger) as reader:
            settings = _recorded(reader, str(config), ledger)
    except LedgerError:
        raise error from None
    if settings is None:
        raise error
    click.echo(f"{config} cannot be used as it stands: this is by the configuration in force", err=True)
    click.echo(str(error), err=True)
    return settings


def _recorded(reader: Reader, file: str, ledger: Path) -> Settings | None:
    act = reader.newest_act(CONFIG)
    return act and settings_in_force(act.body, file=file, store=ledger)


def document(
    found: Iterable[Standing], settings: Settings, state: ConfigState | None, broken: str, *, now_ms: int
) -> dict[str, Any]:
    """Return the standings as JSON's types: milliseconds are integers, percentages text, null where nothing is known.

    `broken` is what is wrong with the first act that does not hold, empty where all do.
    A state that is unknown is told as the last known one, which is stale. `as_of_ms` is the begin of the last
    observation that saw the state.
    """
    month = month_of(now_ms, settings.page.zone)
    endpoints = []
    for standing in found:
        endpoint, last, known = standing.endpoint, standing.last, standing.last_known
        state_shown = known.state if known else standing.state
        endpoints.append(
            {
                "name": endpoint.name,
                "slug": endpoint.slug,
                "group": endpoint.group or None,
                "state": state_shown.label if state_shown is not None else None,
                "since_ms": known.since_ms if known else standing.since_ms,
                "as_of_ms": known.seen_ms if known else last.at_ms if last else None,
                "stale": known is not None or standing.is_stale,
                "reason": last.reason.label or None if last else None,
                "target_percent": exact_percent(endpoint.terms.target) if endpoint.terms else None,
                "windows": {
                    label: statement_figures(_statement(standing, month if label == "month" else label))
                    for label in (*ROLLING_MS, "month")
                },
                "blips": [_blip(blip) for blip in standing.blips],
            }
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at_ms": now_ms,
        "config": _config(state) if state else None,
        "acts": {"hold": not broken, "problem": broken or None},
        "endpoints": endpoints,
    }


def _config(state: ConfigState) -> dict[str, object]:
    refused = state.refused
    return {
        "state": "refused" if refused else "current",
        "since_ms": state.since_ms,
        "refused_ms": state.refused_ms,
        "problem_count": refused.problem_count if refused else 0,
        "problems": list(refused.problems) if refused else [],
    }


def _statement(standing: Standing, label: str) -> Statement:
    return next(statement for statement in standing.statements if statement.label == label)


def _blip(blip: Blip) -> dict[str, int | str]:
    return {
        "at_ms": blip.at_ms,
        "earliest_ms": blip.earliest_ms,
        "latest_ms": blip.latest_ms,
        "reason": blip.reason.label,
    }


def _write_table(found: Sequence[Standing], settings: Settings, *, now_ms: int) -> None:
    zone = settings.page.zone
    rows: list[tuple[Standing | None, Sequence[str]]] = [(None, _HEADINGS)]
    group = ""
    # Sorting keeps the order within a group; groups come in the order of their first endpoints.
    groups = list(dict.fromkeys(standing.endpoint.group for standing in found))
    for standing in sorted(found, key=lambda standing: groups.index(standing.endpoint.group)):
        if standing.endpoint.group != group:
            group = standing.endpoint.group
            rows.append((None, (group, *[""] * (len(_HEADINGS) - 1))))
        rows.append((standing, _cells(standing, month_of(now_ms, zone), zone)))
    for (subject, _), cells in zip(rows, aligned([cells for _, cells in rows], right=_RIGHT), strict=True):
        if subject is not None and subject.state is not None:
            colour = "yellow" if subject.is_stale else _COLOURS[subject.state]
            cells[_STATE] = click.style(cells[_STATE], fg=colour)
        click.echo("  ".join(cells).rstrip())
    click.echo(f"\nAs of {_time(now_ms, zone)} ({zone.key}).")
    _explain(found, zone)


def _cells(standing: Standing, month: str, zone: ZoneInfo) -> Sequence[str]:
    endpoint = standing.endpoint
    indent = "  " if endpoint.group else ""
    target = endpoint.terms.target if endpoint.terms else None
    figures = (
        shown_percent(_statement(standing, label).availability, target=target) for label in ("24h", "30d", month)
    )
    statement = _statement(standing, month)
    return (
        indent + endpoint.name,
        _state(standing, zone),
        _time(standing.since_ms, zone) if standing.since_ms is not None else _NOTHING,
        *(f"{figure}%" if figure else _NOTHING for figure in figures),
        endpoint.terms.name if endpoint.terms else _NOTHING,
        _verdict(statement),
        _seconds(statement.budget.left_ms) if statement.budget else _NOTHING,
    )


def _verdict(statement: Statement) -> str:
    if statement.verdict is None:
        return _NOTHING
    # What is missed stays so, but what is met may still be missed.
    so_far = " so far" if statement.verdict is Verdict.MET and not statement.is_over else ""
    return statement.verdict.value + so_far


def _state(standing: Standing, zone: ZoneInfo) -> str:
    """Write the state in force, behind the last known one where it is unknown."""
    if standing.state is None:
        return "not observed yet"
    reason = standing.last.reason.label if standing.last else ""
    stale = ", stale" if standing.is_stale else ""
    known = standing.last_known
    before = f"{known.state.label} at {_time(known.seen_ms, zone)}, then " if known else ""
    return f"{before}{standing.state.label}{stale}" + (f" ({reason})" if reason else "")


def _explain(found: Sequence[Standing], zone: ZoneInfo) -> None:
    """Say on stderr why the table shows less than it could."""
    stale = [standing for standing in found if standing.is_stale]
    if stale:
        newest_ms = max(standing.last.at_ms for standing in stale if standing.last)
        verb = "is" if len(stale) == 1 else "are"
        count = f"{len(stale):,} of {counted(len(found), 'endpoint')} {verb} stale"
        click.echo(f"{count}, last observed at {_time(newest_ms, zone)}: is the daemon running?", err=True)


def _write_refusal(state: ConfigState | None, zone: ZoneInfo) -> None:
    """Say that the daemon refused a newer configuration, and on stderr why."""
    if state is None or state.refused is None or state.refused_ms is None:
        return
    click.echo(
        f"By the configuration of {_time(state.since_ms, zone)}: "
        f"a newer one was refused at {_time(state.refused_ms, zone)}."
    )
    for problem in state.refused.problems:
        click.echo(problem, err=True)


def _time(instant_ms: int, zone: ZoneInfo) -> str:
    return f"{to_local(instant_ms, zone):%Y-%m-%d %H:%M:%S}"


def _seconds(duration_ms: int) -> str:
    """Write a budget in seconds, cut off to a tenth: it never looks larger than it is."""
    tenths = duration_ms // 100
    whole, tenth = divmod(abs(tenths), 10)
    return f"{'-' if tenths < 0 else ''}{whole:,}.{tenth} s"
