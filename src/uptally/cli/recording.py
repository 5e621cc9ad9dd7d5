"""What the verbs share that put acts on record: who, when, of which service, and the way into the ledger."""

from __future__ import annotations

import getpass
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import click

from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.ledger import amend_beside
from uptally.model.act import Act, NewAct
from uptally.model.settings import Settings
from uptally.rules.record.closings import BY_ITSELF
from uptally.rules.record.exclusions import CONFIG_BY
from uptally.units.instant import parse_instant
from uptally.units.time import MINUTE_MS, to_local

TEXT_MAX = 2_000
"""Characters of one text that a person puts on record."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)


def said(ctx: click.Context, param: click.Parameter | None, value: str | None) -> str | None:
    """Check a text that is to be recorded: on one line, with nothing that a terminal would obey."""
    if value is None:
        return None
    if not value.strip() or not value.isprintable() or len(value) > TEXT_MAX:
        raise click.BadParameter(f"write one line of text, of at most {TEXT_MAX:,} characters")
    return value.strip()


def identifier(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Check a name that somebody gives to what is recorded."""
    if value is not None and not _ID.fullmatch(value):
        raise click.BadParameter(
            f"{value!r} is no id: write letters, digits, dots, hyphens and underscores, at most 60"
        )
    return value


def person(ctx: click.Context, param: click.Parameter | None, value: str | None) -> str:
    """Return who says so: the login's name unless it is said. Raises click.BadParameter where that is nobody."""
    if value is None:
        try:
            value = getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise click.BadParameter("this login has no name: say who you are") from None
    by = said(ctx, param, value)
    nobody = {CONFIG_BY: "the configuration", BY_ITSELF: "what is done by itself"}
    if by is None or by in nobody:
        raise click.BadParameter(f"{by!r} stands for {nobody.get(by or '', 'nobody')}: say who you are")
    return by


by_option = click.option("--by", metavar="WHO", callback=person, help="Who says so.  [default: the login's name]")
"""Adds `by: str` to a verb's parameters."""

service_option = click.option(
    "--service", "services", multiple=True, metavar="SERVICE", help="Of which service; may be repeated."
)
"""Adds `services: tuple[str, ...]`, as they were typed, to a verb's parameters."""


def instant(text: str, zone: ZoneInfo, option: str) -> int:
    """Read what an option says: local to the page's zone unless it has an offset. Raises click.BadParameter."""
    try:
        return parse_instant(text, zone)
    except QuantityError as error:
        raise click.BadParameter(f"{error} ({zone.key} unless there is an offset)", param_hint=f"'{option}'") from error


def past_instant(text: str, zone: ZoneInfo, option: str) -> int:
    """Read an instant of something that happened. Raises click.BadParameter for one that is still to come."""
    at_ms = instant(text, zone, option)
    if at_ms > SystemClock().wall_ms():
        raise click.BadParameter(f"{shown(at_ms, zone)} has not come yet", param_hint=f"'{option}'")
    return at_ms


def shown(at_ms: int, zone: ZoneInfo) -> str:
    """Write an instant for a person, to the minute or, where it lies within one, to the second."""
    return to_local(at_ms, zone).replace(tzinfo=None).isoformat(" ", "seconds" if at_ms % MINUTE_MS else "minutes")


def named(typed: str, known: Iterable[tuple[str, str]], what: str, param_hint: str) -> str:
    """Return the slug of what is called so, by slug or by name. Raises click.BadParameter with the nearest."""
    slugs = dict(known)
    if typed in slugs:
        return typed
    by_name = {name.casefold(): slug for slug, name in slugs.items()}
    if typed.casefold() in by_name:
        return by_name[typed.casefold()]
    raise click.BadParameter(
        f"there is no {what} {typed!r}{near(typed, [*slugs.values(), *slugs])}", param_hint=param_hint
    )


def near(typed: str, known: Collection[str]) -> str:
    """Return a hint at the nearest that is known, empty where nothing is near."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(typed.casefold(), folded, n=1)
    return f": did you mean {folded[found[0]]!r}?" if found else ""


def services_of(settings: Settings, typed: Sequence[str]) -> tuple[str, ...]:
    """Return the slugs of services, or of endpoints that are promised as they are. Raises click.BadParameter."""
    known = [
        *((endpoint.slug, endpoint.name) for endpoint in settings.endpoints),
        *((service.slug, service.name) for service in settings.services),
    ]
    return tuple(dict.fromkeys(named(each, known, "service", "'--service'") for each in typed))


def of_services(services: Sequence[str]) -> str:
    """Write which services something is about."""
    return ", ".join(services) if services else "all services"


def record(settings: Settings, kinds: Collection[str], decide: Callable[[Sequence[Act]], Iterable[NewAct]]) -> int:
    """Put on record what `decide` makes of the acts of some kinds, beside the daemon or without one.

    Returns when that was. Raises LedgerError.
    """
    acts = amend_beside(settings.store.path, clock=SystemClock(), kinds=kinds, decide=decide)
    return acts[-1].at_ms
