"""`uptally probe`."""

from __future__ import annotations

import asyncio
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.verbs import EXIT_FAILURE
from uptally.cli.waterfall import waterfall
from uptally.clock import SystemClock
from uptally.config.single import endpoint_at
from uptally.errors import QuantityError
from uptally.model.endpoint import Endpoint
from uptally.model.observation import GOOD, Attempt, Outcome
from uptally.probe import Prober
from uptally.units.time import format_instant

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

_COLOURS = {Outcome.UP: "green", Outcome.SLOW: "yellow", Outcome.DOWN: "red", Outcome.UNKNOWN: "yellow"}
_BODY_LINES_MAX = 10


@click.command()
@config_option
@click.argument("endpoint", metavar="NAME-OR-URL")
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
@click.pass_context
def command(ctx: click.Context, config: Path, endpoint: str, as_json: bool) -> None:
    """Make one attempt and show where its time went; nothing of it is remembered.

    NAME-OR-URL is an endpoint of the configuration (its name or slug, or a canary's), tried as the daemon would; or
    any http://, https:// or tcp:// URL, which needs no configuration. Exits with 1 where it is not up.
    """
    chosen = _at(endpoint) if "://" in endpoint else _named(endpoint, config)
    attempt = asyncio.run(_attempt(chosen))
    if as_json:
        deliver_json(document(chosen, attempt))
    else:
        _write(chosen, attempt)
    if attempt.outcome not in GOOD:
        ctx.exit(EXIT_FAILURE)


async def _attempt(endpoint: Endpoint) -> Attempt:
    async with Prober(clock=SystemClock()) as prober:
        return await prober.attempt(endpoint)


def _at(url: str) -> Endpoint:
    try:
        return endpoint_at(url)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="NAME-OR-URL") from error


def _named(name: str, config: Path) -> Endpoint:
    settings = settings_of(config)
    known = (*settings.endpoints, *settings.monitor.canaries)
    folded = name.casefold()
    for endpoint in known:
        if endpoint.slug == name or endpoint.name.casefold() == folded:
            return endpoint
    names = {key.casefold(): key for endpoint in known for key in (endpoint.slug, endpoint.name)}
    near = get_close_matches(folded, names, n=1)
    hint = f"did you mean {names[near[0]]!r}?" if near else "`uptally status` lists them, and a URL has a scheme"
    raise click.BadParameter(f"{name!r} is no endpoint of {config}: {hint}", param_hint="NAME-OR-URL")


def document(endpoint: Endpoint, attempt: Attempt) -> dict[str, Any]:
    """Return an attempt as JSON's types; what was not reached or not seen is null."""
    evidence, certificate = attempt.evidence, attempt.certificate
    return {
        "schema_version": SCHEMA_VERSION,
        "name": endpoint.name,
        "slug": endpoint.slug,
        "at_ms": attempt.at_ms,
        "duration_us": attempt.duration_us,
        "outcome": attempt.outcome.label,
        "reason": attempt.reason.label or None,
        "phases": attempt.phases._asdict(),
        "address": attempt.address or None,
        "status": attempt.status,
        "http_version": attempt.http_version or None,
        "redirects": attempt.redirects,
        "body_bytes": attempt.body_bytes,
        "tls_version": attempt.tls_version or None,
        "certificate": certificate and {"subject": certificate.subject, "not_after_ms": certificate.not_after_ms},
        "warnings": list(attempt.warnings),
        "evidence": evidence and {"error": evidence.error, "body_head": evidence.body_head},
    }


def _write(endpoint: Endpoint, attempt: Attempt) -> None:
    reason = f" ({attempt.reason.label})" if attempt.reason else ""
    outcome = click.style(attempt.outcome.label, fg=_COLOURS[attempt.outcome], bold=True)
    click.echo(f"{endpoint.name}: {outcome}{reason} in {attempt.duration_us / 1000:,.1f} ms")
    drawn = waterfall(attempt.phases)
    if drawn:
        click.echo()
    for line in drawn:
        click.echo(f"  {line}")
    facts = _facts(attempt)
    if facts:
        click.echo()
    for label, value in facts:
        click.echo(f"  {label:<11}  {value}")
    for warning in attempt.warnings:
        click.echo(f"\n{click.style('warning', fg='yellow')}: {warning}")


def _facts(attempt: Attempt) -> list[tuple[str, str]]:
    evidence, certificate = attempt.evidence, attempt.certificate
    body = evidence.body_head.splitlines() if evidence else []
    facts = [
        ("error", evidence.error if evidence else ""),
        ("address", attempt.address),
        ("status", str(attempt.status) if attempt.status is not None else ""),
        ("HTTP", attempt.http_version),
        ("TLS", attempt.tls_version),
        ("certificate", f"{certificate.subject}, until {_day(certificate.not_after_ms)}" if certificate else ""),
        ("redirects", str(attempt.redirects or "")),
        ("body", f"{attempt.body_bytes:,} bytes" if attempt.body_bytes else ""),
        *(("" if index else "begins with", line) for index, line in enumerate(body[:_BODY_LINES_MAX])),
    ]
    return [(label, value) for label, value in facts if value]


def _day(instant_ms: int) -> str:
    return format_instant(instant_ms)[:10]
