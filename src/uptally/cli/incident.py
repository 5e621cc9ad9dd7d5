"""`uptally incident`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.incident_list import show
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
from uptally.cli.telling import telling_of, telling_options
from uptally.clock import SystemClock
from uptally.model.act import Act, NewAct
from uptally.model.incident import Incident
from uptally.model.notice import Phase
from uptally.rules.record.incidents import (
    INCIDENT_KINDS,
    SILENCE,
    STEPS,
    Telling,
    open_incident,
    recorded_incidents,
    update_incident,
)


@click.group()
@config_option
def command(config: Path) -> None:
    """Put incidents on record: when each was opened, reported, acknowledged, responded to and restored, and what the
    public page says of it.
    """


@command.command("open", short_help="Put an incident on record.")
@config_option
@click.argument("title", callback=said)
@service_option
@click.option("--severity", callback=said, help="As the terms call it, such as 1 or major.")
@click.option("--opened", metavar="AT", help="When it was opened.  [default: now]")
@click.option("--reported", metavar="AT", help="When the customer reported it.")
@click.option("--public", is_flag=True, help="Show it on the public page, title and all.")
@telling_options
@by_option
@click.option("--id", "name", callback=identifier, help="What to call it.  [default: incident-1 and so on]")
def open_(
    config: Path,
    title: str,
    services: tuple[str, ...],
    severity: str | None,
    opened: str | None,
    reported: str | None,
    public: bool,
    by: str,
    name: str | None,
    **told: str | None,
) -> None:
    """Put an incident on record, of all services unless some are named, and write its id.

    It is internal unless it is --public. Times are those of the page's zone unless they have an offset.
    """
    settings = settings_of(config)
    zone = settings.page.zone
    opened_ms = SystemClock().wall_ms() if opened is None else past_instant(opened, zone, "--opened")
    reported_ms = None if reported is None else past_instant(reported, zone, "--reported")
    concerned = services_of(settings, services)
    telling = telling_of(None, is_public=public or None, **told)
    found: list[Incident] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        taken = {each.id for each in recorded_incidents(acts)}
        if name in taken:
            raise click.BadParameter(f"{name} is the id of another: choose one that is free", param_hint="'--id'")
        free = next(f"incident-{number}" for number in range(1, len(taken) + 2) if f"incident-{number}" not in taken)
        found.append(Incident(name or free, title, concerned, severity or "", by, opened_ms, reported_ms))
        yield open_incident(found[-1], telling)

    record(settings, INCIDENT_KINDS, decide)
    click.echo(found[-1].id)
    where = ", on the public page" if public else ""
    click.echo(
        f"on record, of {of_services(concerned)}, opened {shown(opened_ms, zone)} ({zone.key}){where}, by {by}",
        err=True,
    )
    told_of = {each.slug for each in settings.endpoints if each.is_public}
    told_of |= {each.slug for each in settings.services if each.is_public}
    if public and concerned and told_of.isdisjoint(concerned):
        click.echo("note: none of these is public, so no page for everyone tells of it", err=True)


@command.command(short_help="Say when something of an incident happened, or tell everyone of it.")
@config_option
@click.argument("name", metavar="ID")
@click.option("--reported", metavar="AT", help="When the customer reported it.")
@click.option("--acknowledged", metavar="AT", help="When it was acknowledged.")
@click.option("--responded", metavar="AT", help="When somebody responded.")
@click.option("--restored", metavar="AT", help="When the service was restored.")
@click.option("--automatic", is_flag=True, help="No person acknowledged it: it is kept and does not count.")
@click.option("--public/--internal", "public", default=None, help="Show it on the public page, or no more.")
@click.option("--title", callback=said, help="What to call it from now on.")
@telling_options
@by_option
def update(
    config: Path, name: str, automatic: bool, public: bool | None, title: str | None, by: str, **typed: str | None
) -> None:
    """Say when something of an incident happened, or what the public page says of it from now on.

    A later update corrects an earlier one, and both stay on record.
    """
    times = {step: at for step in STEPS if (at := typed.pop(step)) is not None}
    if automatic and "acknowledged" not in times:
        raise click.UsageError("--automatic says how it was acknowledged: it needs --acknowledged")
    if not times and public is None and title is None and not any(typed.values()):
        steps = ", ".join(f"--{step}" for step in STEPS)
        telling = "--public, --internal, --title, --text, --phase, --impact"
        raise click.UsageError(f"nothing is said: name one of {steps}, or what the page says: {telling}")
    _amend(config, name, times, by=by, is_automatic=automatic, told={**typed, "title": title}, is_public=public)


@command.command(short_help="Say that an incident is over.")
@config_option
@click.argument("name", metavar="ID")
@click.option("--restored", metavar="AT", help="When the service was restored.  [default: now]")
@telling_options
@by_option
def resolve(config: Path, name: str, restored: str | None, by: str, **told: str | None) -> None:
    """Say that an incident is over: that the service was restored, and on the public page that it is resolved."""
    _amend(config, name, {"restored": restored}, by=by, told=told, is_end=True)


command.add_command(show, "list")


def _amend(
    config: Path,
    name: str,
    typed: dict[str, str | None] | dict[str, str],
    *,
    by: str,
    told: dict[str, str | None],
    is_automatic: bool = False,
    is_public: bool | None = None,
    is_end: bool = False,
) -> None:
    """Put on record what happened of an incident and what is told of it. Raises click.BadParameter where it cannot be.

    A time that is None is now, unless it is on record.
    """
    settings, now_ms = settings_of(config), SystemClock().wall_ms()
    zone = settings.page.zone
    given = {step: past_instant(at, zone, f"--{step}") for step, at in typed.items() if at is not None}
    recorded: list[tuple[dict[str, int], Telling]] = []

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        incidents = {each.id: each for each in recorded_incidents(acts)}
        held = incidents.get(name)
        if held is None:
            raise click.ClickException(f"there is no incident {name!r} on record{near(name, incidents)}")
        times = dict(given)
        if is_end and not times and held.restored_ms is None:
            times["restored"] = now_ms
        phase = Phase.RESOLVED.value if is_end and held.is_public else None
        words = {**told, "phase": told.get("phase") or phase}
        if is_end and not times and (not held.is_public or (held.updates[-1].phase.is_over and not told.get("text"))):
            raise click.ClickException(f"{name} is over already: `uptally incident update` corrects what is on record")
        telling = telling_of(held, is_public=is_public, **words)
        new = update_incident(name, times, by=by, is_automatic=is_automatic, telling=telling)
        _check_order(held, times)
        recorded.append((times, telling))
        yield new

    record(settings, INCIDENT_KINDS, decide)
    times, telling = recorded[-1]
    for step, at_ms in times.items():
        ignored = ", automatically, which does not count" if is_automatic and step == "acknowledged" else ""
        click.echo(f"{name} was {_WORDS[step]} {shown(at_ms, zone)} ({zone.key}){ignored}, by {by}", err=True)
    if telling != SILENCE:
        click.echo(f"{name}: {_said(telling)}, by {by}", err=True)


_WORDS = dict(zip(STEPS, ("reported", "acknowledged", "responded to", "restored"), strict=True))


def _said(telling: Telling) -> str:
    """Write what came of a telling."""
    if telling.is_public is False:
        return "off the public page"
    phase = "changed" if telling.phase is None else telling.phase.value
    return (
        f"{phase} on the public page" if telling.phase or telling.impact or telling.is_public else "its title changed"
    )


def _check_order(incident: Incident, times: dict[str, int]) -> None:
    """Refuse what would have been done before the incident was known of. Raises click.BadParameter."""
    reported_ms = times.get("reported", incident.reported_ms)
    known_ms = incident.opened_ms if reported_ms is None else min(incident.opened_ms, reported_ms)
    for step, at_ms in times.items():
        if step != "reported" and at_ms < known_ms:
            raise click.BadParameter("is before the incident was opened or reported", param_hint=f"'--{step}'")
