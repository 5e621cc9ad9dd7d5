"""`uptally incident list`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.recording import of_services, shown
from uptally.ledger import Reader
from uptally.model.incident import Incident
from uptally.rules.record.incidents import INCIDENT_KINDS, STEPS, recorded_incidents

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_HEADINGS = ("id", "severity", "opened", *STEPS, "services", "by", "page", "title")


@click.command(short_help="Show the incidents on record.")
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
            each.updates[-1].phase.value if each.is_public else "-",
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
        "public": incident.is_public,
        "impact": incident.impact.value,
        "updates": [{"at_ms": each.at_ms, "phase": each.phase.value, "text": each.text} for each in incident.updates],
    }
