"""`uptally claim list`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.recording import shown
from uptally.ledger import Reader
from uptally.rules.record.claims import CLAIM_KINDS, Course, recorded_courses

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_HEADINGS = "agreement", "service", "period", "received", "state", "since", "granted", "paid", "currency", "by", "why"


@click.command("list", short_help="Show the claims on record.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def show(config: Path, as_json: bool) -> None:
    """Show the claims on record and how each stands, the first received first."""
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader:
        found = sorted(recorded_courses(reader.acts(*CLAIM_KINDS)).values(), key=lambda each: each.received_ms)
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "claims": [_document(each) for each in found]})
        return
    zone = settings.page.zone
    rows = [
        (
            *each.claimed,
            shown(each.received_ms, zone),
            each.state.value,
            shown(each.since_ms, zone),
            *((f"{each.granted:f}", f"{each.paid:f}", each.currency) if each.currency else ("-", "-", "-")),
            each.by,
            each.why or "-",
        )
        for each in found
    ]
    for cells in aligned([_HEADINGS, *rows]):
        click.echo("  ".join(cells).rstrip())


def _document(course: Course) -> dict[str, object]:
    has_amounts = bool(course.currency)
    return {
        **course.claimed._asdict(),
        "received_ms": course.received_ms,
        "state": course.state.value,
        "since_ms": course.since_ms,
        "granted_amount": f"{course.granted:f}" if has_amounts else None,
        "paid_amount": f"{course.paid:f}" if has_amounts else None,
        "currency": course.currency or None,
        "by": course.by,
        "why": course.why or None,
    }
