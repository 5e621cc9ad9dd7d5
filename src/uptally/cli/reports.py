"""`uptally reports`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver, deliver_json, output_option
from uptally.cli.recording import near
from uptally.clock import SystemClock
from uptally.daemon.dispatch import month_of_report
from uptally.errors import QuantityError
from uptally.export.formats import FORMATS
from uptally.ledger import Reader
from uptally.model.report import Report
from uptally.model.settings import Settings
from uptally.rules.due import due_within, month_told
from uptally.rules.record.reports import REPORT_KINDS, Owed, RecordedReports, recorded_reports
from uptally.units.time import DAY_MS, Window, format_duration, to_local

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_AHEAD_MS = 62 * DAY_MS
_HEADINGS = ("report", "to", "due", "next", "last due", "delivered", "late", "month", "state", "sha-256")


@click.group()
@config_option
def command(config: Path) -> None:
    """Show what is sent to whom and by when, and what was delivered; the daemon sends it."""


@command.command("list", short_help="Show what was delivered, and what is due.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def show(config: Path, as_json: bool) -> None:
    """Show each recipient of each report, with what they were last delivered."""
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader:
        reader.verify_acts()
        recorded = recorded_reports(reader.acts(*REPORT_KINDS))
    told = list(_told(settings, recorded, SystemClock().wall_ms()))
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "reports": told})
        return
    if not told:
        click.echo("nobody is sent anything: name reports under `reports:`", err=True)
        return
    for line in aligned([_HEADINGS, *(_cells(each, settings) for each in told)]):
        click.echo("  ".join(line).rstrip())


@command.command("preview", short_help="Write the file that a report would send.")
@config_option
@click.argument("name")
@output_option
def preview(config: Path, name: str, output: Path | None) -> None:
    """Write the file that the report NAME would send next, as things stand, and send nothing."""
    settings = settings_of(config)
    report = _named(settings, name)
    now_ms = SystemClock().wall_ms()
    next_ms = _next_ms(report, settings, now_ms)
    month = month_told(report.due, now_ms if next_ms is None else next_ms, settings.page.zone)
    try:
        told = month_of_report(settings, report, month, now_ms=now_ms)
    except QuantityError as error:
        raise click.UsageError(str(error)) from error
    deliver(FORMATS[report.format].write(told), output)
    click.echo(f"{report.name}: {month}, {told.state}", err=True)


def _told(settings: Settings, recorded: RecordedReports, now_ms: int) -> Iterator[dict[str, object]]:
    for report in settings.reports:
        for to in report.to:
            last = max((owed.due_ms for owed in recorded.settled if owed[::2] == (report.slug, to.name)), default=None)
            delivery = None if last is None else recorded.delivered.get(Owed(report.slug, last, to.name))
            yield {
                "report": report.slug,
                "to": to.name,
                "due": str(report.due),
                "next_due_ms": _next_ms(report, settings, now_ms),
                "last_due_ms": last,
                "delivered_ms": delivery.delivered_ms if delivery else None,
                "late_ms": delivery.late_ms(last) if delivery and last is not None else None,
                "month": delivery.month if delivery else None,
                "state": delivery.state if delivery else None,
                "revision": delivery.revision if delivery else None,
                "digest": delivery.digest if delivery else None,
            }


def _cells(told: dict[str, object], settings: Settings) -> list[str]:
    def at(key: str) -> str:
        held = told[key]
        return f"{to_local(held, settings.page.zone):%Y-%m-%d %H:%M}" if isinstance(held, int) else "-"

    late_ms = told["late_ms"]
    delivered = at("delivered_ms") if told["delivered_ms"] else "never" if told["last_due_ms"] else "-"
    return [
        str(told["report"]),
        str(told["to"]),
        str(told["due"]),
        at("next_due_ms"),
        at("last_due_ms"),
        delivered,
        format_duration(late_ms) if isinstance(late_ms, int) and late_ms else "-",
        str(told["month"] or "-"),
        str(told["state"] or "-"),
        str(told["digest"] or "-")[:12],
    ]


def _next_ms(report: Report, settings: Settings, now_ms: int) -> int | None:
    return next(due_within(report.due, Window(now_ms, now_ms + _AHEAD_MS), settings.page.zone), None)


def _named(settings: Settings, name: str) -> Report:
    for report in settings.reports:
        if name in (report.slug, report.name):
            return report
    known = [report.slug for report in settings.reports]
    raise click.BadParameter(f"there is no report {name!r}{near(name, known)}", param_hint="'NAME'")
