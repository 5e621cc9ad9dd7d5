"""`uptally token`."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from uptally.cli.columns import aligned
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.recording import by_option, identifier, near, record, shown
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.ledger import Reader
from uptally.model.act import Act, NewAct
from uptally.model.token import PREFIX, SECRET_BYTES, Scope, Token
from uptally.rules.record.tokens import TOKEN_KINDS, digest_of, made, recorded_tokens, revoked
from uptally.units.instant import UTC
from uptally.units.time import DAY_MS, day_of, parse_duration

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

YEAR_MS = 365 * DAY_MS
LIFETIME_MAX_MS = 10 * YEAR_MS

_YEARS = re.compile(r"([1-9]\d?)y", re.ASCII)
_HEADINGS = ("name", "scope", "state", "made", "expires", "last used", "fingerprint", "by")


def _lifetime(ctx: click.Context, param: click.Parameter, value: str) -> int:
    years = _YEARS.fullmatch(value)
    try:
        length_ms = int(years[1]) * YEAR_MS if years else parse_duration(value)
    except QuantityError as error:
        raise click.BadParameter(f"{error}; or years, such as 1y") from error
    if not 0 < length_ms <= LIFETIME_MAX_MS:
        raise click.BadParameter("must be more than nothing, and at most 10y")
    return length_ms


def _overlap(ctx: click.Context, param: click.Parameter, value: str) -> int:
    return 0 if value in ("0", "0s") else _lifetime(ctx, param, value)


_expires_option = click.option(
    "--expires",
    "lifetime_ms",
    default="1y",
    show_default=True,
    callback=_lifetime,
    metavar="DURATION",
    help="How long it is good for, such as 90d; a year is 365 days.",
)


@click.group()
@config_option
def command(config: Path) -> None:
    """Make, list, rotate and revoke the tokens by which programs pull exports or post figures.

    A secret is shown once, on stdout, and only its digest is kept.
    """


@command.command()
@config_option
@click.option("--scope", required=True, type=click.Choice([each.value for each in Scope]), help="What it is good for.")
@_expires_option
@click.option("--name", callback=identifier, help="What it is listed and logged by.  [default: the scope, numbered]")
@by_option
def new(config: Path, scope: str, lifetime_ms: int, name: str | None, by: str) -> None:
    """Make a token, and show its secret."""
    settings, secret, given = settings_of(config), _secret(), ""
    expires_ms = SystemClock().wall_ms() + lifetime_ms

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        nonlocal given
        held = recorded_tokens(acts)
        given = name or _free_name(scope, held)
        if given in held:
            raise click.ClickException(
                f"there was a token {given!r} already: `uptally token rotate {given}` gives it another secret, "
                "or choose another --name"
            )
        yield made(given, Scope(scope), digest_of(secret), expires_ms=expires_ms, by=by)

    record(settings, TOKEN_KINDS, decide)
    _show(secret, f"{given}, for {scope}, until {shown(expires_ms, settings.page.zone)} ({settings.page.zone.key})")


@command.command()
@config_option
@click.argument("name")
@_expires_option
@click.option(
    "--overlap",
    "overlap_ms",
    default="1d",
    show_default=True,
    callback=_overlap,
    metavar="DURATION",
    help="How long the secret before it stays good; 0 for not at all.",
)
@by_option
def rotate(config: Path, name: str, lifetime_ms: int, overlap_ms: int, by: str) -> None:
    """Give a token another secret, and show it; the one before stays good for a while."""
    settings, secret = settings_of(config), _secret()
    now_ms = SystemClock().wall_ms()
    until_ms = now_ms

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        nonlocal until_ms
        held = _valid(recorded_tokens(acts), name)
        until_ms = min(held.expires_ms, now_ms + overlap_ms)
        expires_ms = now_ms + lifetime_ms
        yield made(name, held.scope, digest_of(secret), expires_ms=expires_ms, by=by, older_until_ms=until_ms)

    record(settings, TOKEN_KINDS, decide)
    zone = settings.page.zone
    is_good = f"until {shown(until_ms, zone)} ({zone.key})" if until_ms > now_ms else "no more"
    _show(secret, f"{name}, until {shown(now_ms + lifetime_ms, zone)} ({zone.key}); the one before is good {is_good}")


@command.command()
@config_option
@click.argument("name")
@by_option
def revoke(config: Path, name: str, by: str) -> None:
    """Revoke a token, with all its secrets: the daemon refuses it from the next request on."""

    def decide(acts: Sequence[Act]) -> Iterable[NewAct]:
        yield revoked(_valid(recorded_tokens(acts), name).name, by=by)

    record(settings_of(config), TOKEN_KINDS, decide)
    click.echo(f"revoked: {name}, by {by}", err=True)


@command.command("list")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def show(config: Path, as_json: bool) -> None:
    """List all tokens that were ever made, by name; never their secrets."""
    settings = settings_of(config)
    now_ms, zone = SystemClock().wall_ms(), settings.page.zone
    with Reader.open(settings.store.path) as reader:
        tokens = recorded_tokens(reader.acts(*TOKEN_KINDS)).values()
    if as_json:
        deliver_json({"schema_version": SCHEMA_VERSION, "tokens": [_document(each, now_ms) for each in tokens]})
        return
    rows = [
        (
            each.name,
            each.scope.value,
            each.state(now_ms),
            shown(each.made_ms, zone),
            shown(each.expires_ms, zone),
            _used_on(each) or "never",
            each.fingerprint,
            each.by,
        )
        for each in tokens
    ]
    for cells in aligned([_HEADINGS, *rows]):
        click.echo("  ".join(cells).rstrip())


def _secret() -> str:
    return PREFIX + secrets.token_hex(SECRET_BYTES)


def _show(secret: str, what: str) -> None:
    click.echo(secret)
    click.echo(f"{what}: it is shown this once, so keep it where secrets are kept", err=True)


def _free_name(scope: str, held: Mapping[str, Token]) -> str:
    names = [scope, *(f"{scope}-{number}" for number in range(2, len(held) + 3))]
    return next(each for each in names if each not in held)


def _valid(held: Mapping[str, Token], name: str) -> Token:
    """Return the token of a name. Raises click.ClickException where there is none, or it was revoked."""
    if name not in held:
        raise click.ClickException(f"there is no token {name!r}{near(name, list(held))}")
    if held[name].revoked_ms is not None:
        raise click.ClickException(f"{name} was revoked: `uptally token new` makes another one")
    return held[name]


def _used_on(token: Token) -> str | None:
    """Return the day, of UTC, on which it was last used."""
    return None if token.used_ms is None else str(day_of(token.used_ms, UTC))


def _document(token: Token, now_ms: int) -> dict[str, object]:
    return {
        "name": token.name,
        "scope": token.scope.value,
        "state": token.state(now_ms),
        "made_ms": token.made_ms,
        "expires_ms": token.expires_ms,
        "revoked_ms": token.revoked_ms,
        "used_on": _used_on(token),
        "fingerprint": token.fingerprint,
        "by": token.by,
    }
