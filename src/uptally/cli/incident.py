"""`uptally incident`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.recording import (
    by_option,
    identifier,
    near,
    of_services,
    past_instant,
    record,
    said,
    service_option,
    services_of,
    shown,
)
from uptally.clock import SystemClock
from uptally.ledger import Reader
from uptally.model.act import Act, NewAct
from uptally.model.incident import Incident
from uptally.rules.record.incidents import (
    INCIDENT_KINDS,
    STEPS,
    open_incident,
    recorded_incidents,
    update_incident,
)

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_HEADINGS = ("id", "severity", "opened", *STEPS, "services", "by", "title")


@click.group()
@config_option
def command(config: Path) -> None:
    """Put incidents on record: when each was opened, reported, acknowledged, responded to and restored."""


@command.command("open", short_help="Put an incident on record.")
@config_option
@click.argument("title", callback=said)
@service_option
@click.option("--severity", callback=said, help="As the terms call it, such as 1 or major.")
@click.option("--opened", metavar="AT", help="When it was opened.  [default: now]")
@click.option("--reported", metavar="AT", help="When the customer reported it.")
@by_option
@click.option("--id", "name", callback=identifier, help="What to call it.  [default: incident-1 and so on]")
def open_(
    config: Path,
    title: str,
    services: tuple[str, ...],
    severity: str | None,
    opened: str | None,
    reported: str | None,
    by: str,
    name: str | None,
) -> None:
    """Put an incident on record, of all services unless some are named, and write its id.

    Times are those of the page's zone unless they have an offset.
    """
    settings = settings_of(config)
    zone = settings.page.zone
    opened_ms = SystemClock().wall_ms() if opened is None else past_instant(opened, zone, "--opened")
    reported_ms = None if reported is None else past_instant(reported, zone, "--reported")
    concerned = services_of(settings, services)
    found: list[Incident] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        taken = {each.id for each in recorded_incidents(acts)}
        if name in taken:
            raise click.BadParameter(f"{name} is the id of another: choose one that is free", param_hint="'--id'")
        free = next(f"incident-{number}" for number in range(1, len(taken) + 2) if f"incident-{number}" not in taken)
        found.append(Incident(name or free, title, concerned, severity or "", by, opened_ms, reported_ms))
        yield open_incident(found[-1])

    record(settings, INCIDENT_KINDS, decide)
    click.echo(found[-1].id)
    click.echo(
        f"on record, of {of_services(concerned)}, opened {shown(opened_ms, zone)} ({zone.key}), by {by}", err=True
    )


@command.command(short_help="Say when something of an incident happened.")
@config_option
@click.argument("name", metavar="ID")
@click.option("--reported", metavar="AT", help="When the customer reported it.")
@click.option("--acknowledged", metavar="AT", help="When it was acknowledged.")
@click.option("--responded", metavar="AT", help="When somebody responded.")
@click.option("--restored", metavar="AT", help="When the service was restored.")
@click.option("--automatic", is_flag=True, help="No person acknowledged it: it is kept and does not count.")
@by_option
def update(config: Path, name: str, automatic: bool, by: str, **typed: str | None) -> None:
    """Say when something of an incident happened; a later update corrects an earlier one, and both stay on record."""
    settings = settings_of(config)
    zone = settings.page.zone
    times = {step: past_instant(at, zone, f"--{step}") for step in STEPS if (at := typed[step]) is not None}
    if not times:
        raise click.UsageError(f"nothing is said: name one of {', '.join(f'--{step}' for step in STEPS)}")
    if automatic and "acknowledged" not in times:
        raise click.UsageError("--automatic says how it was acknowledged: it needs --acknowledged")

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        incidents = {each.id: each for each in recorded_incidents(acts)}
        if name not in incidents:
            raise click.ClickException(f"there is no incident {name!r} on record{near(name, incidents)}")
        new = update_incident(name, times, by=by, is_automatic=automatic)
        _check_order(incidents[name], times)
        yield new

    record(settings, INCIDENT_KINDS, decide)
    for step, at_ms in times.items():
        ignored = ", automatically, which does not count" if automatic and step == "acknowledged" else ""
        click.echo(f"{name} was {_WORDS[step]} {shown(at_ms, zone)} ({zone.key}){ignored}, by {by}", err=True)


_WORDS = dict(zip(STEPS, ("reported", "acknowledged", "responded to", "restored"), strict=True))


def _check_order(incident: Incident, times: dict[str, int]) -> None:
    """Refuse what would have been done before the incident was known of. Raises click.BadParameter."""
    reported_ms = times.get("reported", incident.reported_ms)
    known_ms = incident.opened_ms if reported_ms is None else min(incident.opened_ms, reported_ms)
    for step, at_ms in times.items():
        if step != "reported" and at_ms < known_ms:
            raise click.BadParameter("is before the incident was opened and reported", param_hint=f"'--{step}'")


@command.command("list", short_help="Show the incidents on record.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def show(config: Path, as_json: bool) -> None:
    """Show the incidents on record, the first first."""
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader:
        found = sorted(recorded_incidents(reader.acts(*INCIDENT_KINDS)), key=lambda each: each.opened_ms)
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "incidents": [_document(each) for each in found]})
        return
    zone = settings.page.zone
    rows = [
        (
            each.id,
            each.severity or "-",
            shown(each.opened_ms, zone),
            *("-" if at_ms is None else shown(at_ms, zone) for at_ms in _steps(each).values()),
            of_services(each.services),
            each.by,
            each.title,
        )
        for each in found
    ]
    for cells in aligned([_HEADINGS, *rows]):
        click.echo("  ".join(cells).rstrip())


def _steps(incident: Incident) -> dict[str, int | None]:
    times = (incident.reported_ms, incident.acknowledged_ms, incident.responded_ms, incident.restored_ms)
    return dict(zip(STEPS, times, strict=True))


def _document(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "title": incident.title,
        "services": list(incident.services),
        "severity": incident.severity or None,
        "by": incident.by,
        "opened_ms": incident.opened_ms,
        **{f"{step}_ms": at_ms for step, at_ms in _steps(incident).items()},
    }
