"""`uptally exclude`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.recording import (
    by_option,
    identifier,
    instant,
    near,
    of_services,
    past_instant,
    record,
    said,
    service_option,
    services_of,
    shown,
)
from uptally.ledger import Reader
from uptally.model.act import Act, NewAct
from uptally.model.exclusion import Plan, RecordedExclusion
from uptally.model.settings import Settings
from uptally.rules.record.exclusions import CONFIG_BY, EXCLUSION_KINDS, exclude, recorded_exclusions
from uptally.rules.record.exclusions import revoke as revocation
from uptally.rules.record.notices import is_maintenance
from uptally.units.time import day_of

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_KIND = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_HEADINGS = ("id", "kind", "from", "to", "recurs", "services", "by", "recorded", "revoked", "why")


@click.group()
@config_option
def command(config: Path) -> None:
    """Put time on record that the terms may leave out, also of the past, and take it back."""


def _kind(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if not _KIND.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no kind: write lower-case letters, digits and underscores")
    return value


@command.command(short_help="Put an exclusion on record.")
@config_option
@click.option("--kind", required=True, callback=_kind, help="As the terms call it, such as maintenance.")
@click.option("--from", "start", required=True, metavar="AT", help="Its begin, such as '2026-10-12 14:00'.")
@click.option("--to", "end", required=True, metavar="AT", help="Its end.")
@service_option
@click.option("--why", required=True, callback=said, help="The reason, for the record.")
@click.option("--text", callback=said, help="What the public page says of maintenance.")
@by_option
@click.option("--announced", metavar="AT", help="When it was announced, if before now; needs --evidence.")
@click.option("--evidence", callback=said, help="What shows that it is so: a ticket, a letter.")
@click.option("--id", "name", callback=identifier, help="What to call it.  [default: kind and day]")
def add(
    config: Path,
    kind: str,
    start: str,
    end: str,
    services: tuple[str, ...],
    why: str,
    text: str | None,
    by: str,
    announced: str | None,
    evidence: str | None,
    name: str | None,
) -> None:
    """Put an exclusion on record, of all services unless some are named, and write its id.

    Times are those of the page's zone unless they have an offset. Notice counts from now, or from an earlier
    announcement, which is shown as declared.
    """
    settings = settings_of(config)
    zone = settings.page.zone
    start_ms, end_ms = instant(start, zone, "--from"), instant(end, zone, "--to")
    if end_ms <= start_ms:
        raise click.BadParameter(f"{end} is not after {start}: the end comes after the begin", param_hint="'--to'")
    declared_ms = None if announced is None else past_instant(announced, zone, "--announced")
    if announced and not evidence:
        raise click.UsageError("--announced needs --evidence: what shows that it was announced then")
    if text and not is_maintenance(kind):
        raise click.UsageError(f"--text is for the public page, which tells nothing of {kind}: only of maintenance")
    concerned = services_of(settings, services)
    recorded: list[Plan] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        taken = {each.plan.id for each in recorded_exclusions(acts)} | {plan.id for plan in settings.maintenance}
        if name in taken:
            raise click.BadParameter(f"{name} is the id of another: choose one that is free", param_hint="'--id'")
        plan = Plan(
            id=name or _free(f"{kind}-{day_of(start_ms, zone)}", taken),
            kind=kind,
            start_ms=start_ms,
            end_ms=end_ms,
            services=concerned,
            why=why,
            declared_ms=declared_ms,
            evidence=evidence or "",
            text=text or "",
        )
        recorded.append(plan)
        yield exclude(plan, by=by)

    record(settings, EXCLUSION_KINDS, decide)
    click.echo(recorded[-1].id)
    click.echo(
        f"on record as {kind} of {of_services(concerned)}, {shown(start_ms, zone)} to {shown(end_ms, zone)} "
        f"({zone.key}), by {by}",
        err=True,
    )
    _note_unknown_kind(settings, kind)


@command.command(short_help="Take an exclusion back.")
@config_option
@click.argument("name", metavar="ID")
@click.option("--why", required=True, callback=said, help="The reason.")
@by_option
def revoke(config: Path, name: str, why: str, by: str) -> None:
    """Take an exclusion back: what has begun by now stays excluded."""
    settings = settings_of(config)
    revoked: list[RecordedExclusion] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        revoked.append(_standing(recorded_exclusions(acts), name, settings.page.zone))
        yield revocation(revoked[-1], by=by, why=why)

    revoked_ms = record(settings, EXCLUSION_KINDS, decide)
    has_begun = revoked[-1].plan.start_ms < revoked_ms
    left = "it had begun, and stays excluded" if has_begun else "nothing of it is excluded"
    click.echo(f"{name} is revoked, by {by}: {left}", err=True)


@command.command("list", short_help="Show the exclusions on record.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def show(config: Path, as_json: bool) -> None:
    """Show the exclusions on record, those of the configuration and revoked ones too, by their begins."""
    settings = settings_of(config)
    with Reader.open(settings.store.path) as reader:
        found = recorded_exclusions(reader.acts(*EXCLUSION_KINDS))
    found = tuple(sorted(found, key=lambda each: (each.plan.start_ms, each.act)))
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "exclusions": [_document(each) for each in found]})
        return
    zone = settings.page.zone
    for cells in aligned([_HEADINGS, *(_cells(each, zone) for each in found)]):
        click.echo("  ".join(cells).rstrip())


def _standing(recorded: Sequence[RecordedExclusion], name: str, zone: ZoneInfo) -> RecordedExclusion:
    """Return the exclusion of a person that stands under an id. Raises click.ClickException where none does."""
    called = [each for each in recorded if each.plan.id == name]
    people = [each for each in called if each.by != CONFIG_BY]
    for each in people:
        if each.revoked_ms is None:
            return each
    if any(each.revoked_ms is None for each in called):
        raise click.ClickException(
            f"{name} stands under `maintenance` in the configuration: take it out there, and `uptally reload`"
        )
    if people and people[-1].revoked_ms is not None:
        raise click.ClickException(f"{name} was revoked already, on {shown(people[-1].revoked_ms, zone)}")
    raise click.ClickException(f"there is no exclusion {name!r} on record{near(name, [e.plan.id for e in recorded])}")


def _free(name: str, taken: Iterable[str]) -> str:
    held = set(taken)
    number = 1
    while (chosen := name if number == 1 else f"{name}-{number}") in held:
        number += 1
    return chosen


def _note_unknown_kind(settings: Settings, kind: str) -> None:
    """Say so where terms name the kinds that they leave out, and this is none of them."""
    promised = [
        *(terms for service in settings.services for terms in service.terms),
        *(terms for agreement in settings.agreements for each in agreement.coverage for terms in each.terms),
    ]
    kinds = {rule.kind for terms in promised for rule in terms.exclusions.rules}
    if promised and kind not in kinds:
        known = f"; they know {', '.join(sorted(kinds))}" if kinds else ""
        click.echo(f"note: no terms of the configuration leave out {kind!r}{known}", err=True)


def _cells(held: RecordedExclusion, zone: ZoneInfo) -> Sequence[str]:
    plan = held.plan
    return (
        plan.id,
        plan.kind,
        shown(plan.start_ms, zone),
        shown(plan.end_ms, zone),
        plan.recurrence.rule if plan.recurrence else "-",
        of_services(plan.services),
        held.by,
        shown(held.recorded_ms, zone) + (" (declared earlier)" if held.notified_ms < held.recorded_ms else ""),
        "-" if held.revoked_ms is None else shown(held.revoked_ms, zone),
        " ".join(plan.why.split()) or "-",
    )


def _document(held: RecordedExclusion) -> dict[str, object]:
    plan, recurrence = held.plan, held.plan.recurrence
    return {
        "id": plan.id,
        "kind": plan.kind,
        "start_ms": plan.start_ms,
        "end_ms": plan.end_ms,
        "recurrence": recurrence
        and {
            "rule": recurrence.rule,
            "start": recurrence.start,
            "timezone": recurrence.zone.key,
            "duration_ms": recurrence.duration_ms,
        },
        "services": list(plan.services),
        "by": held.by,
        "why": plan.why,
        "text": plan.text or None,
        "evidence": plan.evidence or None,
        "recorded_ms": held.recorded_ms,
        "declared_ms": plan.declared_ms,
        "notified_ms": held.notified_ms,
        "revoked_ms": held.revoked_ms,
        "act": held.act,
    }
