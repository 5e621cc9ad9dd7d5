"""`uptally report`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import click

from uptally.books.recorded import Recorded, recorded_of
from uptally.books.statements import statements_of_month
from uptally.books.subjects import promises_of
from uptally.cli.agreement_text import agreement_text
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.output import deliver_json
from uptally.cli.statement_json import document_of
from uptally.cli.statement_text import other_text_of, text_of
from uptally.clock import SystemClock
from uptally.config import load, what_if
from uptally.daemon.addresses import address_key, agreement_path
from uptally.errors import ConfigError, QuantityError
from uptally.ledger import Reader
from uptally.model.agreement import Agreement
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import Settings
from uptally.recurrence import occurrences
from uptally.rules.record.audits import recorded_audits
from uptally.units.time import day_of, month_window

SCHEMA_VERSION = 1
"""Of the JSON: rises when a reader would have to change."""

Pair: TypeAlias = tuple[PeriodStatement | None, PeriodStatement | None]
"""A statement, and what it would have been."""


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The month; of other periods, those that end in it.")
@click.option("--agreement", metavar="NAME", help="Only this one, by its name or slug.")
@click.option(
    "--what-if", "changes", multiple=True, metavar="KEY=VALUE", help="Also under other terms, as in target=99.99%."
)
@click.option("--without-exclusion", "without", multiple=True, metavar="ID", help="Also without this exclusion.")
@click.option("--json", "as_json", is_flag=True, help="Write what a program can read.")
def command(
    config: Path, month: str, agreement: str | None, changes: Sequence[str], without: Sequence[str], as_json: bool
) -> None:
    """Show what was promised, what was measured, and what is owed, with the sum.

    A month in progress is provisional. Customers' names, fees and amounts appear here: keep it from the public.
    """
    # It ends soon and keeps all that it makes: looking for garbage would take a fifth of its time.
    gc.disable()
    click.get_current_context().call_on_close(gc.enable)
    settings = settings_of(config)
    _check(settings, month, agreement)
    other = _amended(config, changes) if changes else settings
    now_ms = SystemClock().wall_ms()
    with Reader.open(settings.store.path) as reader, reader.snapshot():
        reader.verify_acts()
        acts = reader.acts()
        recorded, audits = recorded_of(acts), recorded_audits(acts)
        _check_exclusions(recorded, without)

        def stated(settings: Settings, recorded: Recorded) -> list[PeriodStatement]:
            return statements_of_month(
                reader,
                settings,
                month,
                now_ms=now_ms,
                recorded=recorded,
                occurrences=occurrences,
                agreement=agreement,
            )

        found = stated(settings, recorded)
        is_asked = bool(changes or without)
        others = stated(other, replace(recorded, without=frozenset(without))) if is_asked else []
    pairs = _beside(found, others) if is_asked else [(each, None) for each in found]
    change = ", ".join([*changes, *(f"without {each}" for each in without)])
    if as_json:
        head = {"schema_version": SCHEMA_VERSION, "generated_at_ms": now_ms, "month": month}
        asked = {"what_if": {"changes": [*changes], "without": [*without]}} if is_asked else {}
        deliver_json({**head, **asked, "statements": [_document(pair, is_asked=is_asked) for pair in pairs]})
        return
    for line in _address(settings, agreement):
        click.echo(line)
    zone = settings.page.zone
    checked = day_of(audits[-1].at_ms, zone) if audits else None
    _write(pairs, change, partial(agreement_text, checked=checked, today=day_of(now_ms, zone)))
    if not found:
        click.echo(_nothing(settings, month), err=True)


def _nothing(settings: Settings, month: str) -> str:
    """Say why a month has no statements."""
    if any(promise.terms for promise in promises_of(settings)):
        return f"no period of what is promised ends in {month}, or is in progress: ask for another month"
    return f"nothing is promised for {month}: give an endpoint or a service an 'sla'"


def _address(settings: Settings, agreement: str | None) -> Iterator[str]:
    """Yield where the page of the agreement that is asked for lies, if it has one."""
    found = next((each for each in settings.agreements if agreement in (each.slug, each.name)), None)
    if found is None or not found.has_page:
        return
    key = address_key(settings.store.path)
    if key is None:
        yield "Its page has not been written yet: `uptally run` or `uptally render` does it."
    else:
        yield f"Its page, for the customer alone: {settings.page.url or ''}{agreement_path(found.slug, key)}"


def _check(settings: Settings, month: str, agreement: str | None) -> None:
    """Raise click.BadParameter for what is no month, or an agreement that there is not."""
    try:
        month_window(month, settings.page.zone)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--month'") from error
    known = [name for each in settings.agreements for name in (each.name, each.slug)]
    if agreement is not None and agreement not in known:
        said = f"there are {', '.join(each.slug for each in settings.agreements)}" if known else "there are none"
        raise click.BadParameter(f"no agreement is called {agreement!r}: {said}", param_hint="'--agreement'")


def _check_exclusions(recorded: Recorded, without: Sequence[str]) -> None:
    known = {each.plan.id for each in recorded.exclusions}
    for each in without:
        if each.partition("@")[0] not in known:
            said = f"there are {', '.join(sorted(known))}" if known else "there are none"
            raise click.BadParameter(
                f"no exclusion on record is called {each!r}: {said}", param_hint="'--without-exclusion'"
            )


def _amended(config: Path, changes: Sequence[str]) -> Settings:
    """Return the configuration with other terms. Raises click.BadParameter where they cannot be."""
    try:
        return load(config, environment=os.environ, amend=what_if(changes))
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--what-if'") from error
    except ConfigError as error:
        said = "\n".join(f"{problem.path}: {problem.message}" for problem in error.problems)
        raise click.BadParameter(f"these terms cannot be:\n{said}", param_hint="'--what-if'") from error


def _beside(found: Sequence[PeriodStatement], others: Sequence[PeriodStatement]) -> list[Pair]:
    """Return statements with what each would have been; those of other periods come last."""
    rest = {_key(each): each for each in others}
    pairs: list[Pair] = [(each, rest.pop(_key(each), None)) for each in found]
    return [*pairs, *((None, each) for each in rest.values())]


def _key(statement: PeriodStatement) -> tuple[str | None, str, str, int]:
    contract, agreement = statement.terms.contract, statement.agreement
    start_ms = contract.start_ms if contract else 0
    return agreement.slug if agreement else None, statement.service.slug, statement.label, start_ms


def _document(pair: Pair, *, is_asked: bool) -> dict[str, object]:
    real, other = (each and document_of(each) for each in pair)
    if not is_asked:
        return real or {}
    return {**(real or {}), "what_if": other}


def _write(pairs: Sequence[Pair], change: str, beside: Callable[[Agreement], Iterable[str]]) -> None:
    """Write the statements, and below the last one of each agreement what the agreement says beside them."""
    last = {real.agreement.slug: index for index, (real, _) in enumerate(pairs) if real and real.agreement}
    for index, (real, other) in enumerate(pairs):
        if index:
            click.echo()
        lines = [*text_of(real)] if real else [f"{other.service.name} - {other.label}" if other else ""]
        for line in [*lines, *(other_text_of(other, change) if other else ())]:
            click.echo(line)
        if real and real.agreement and last[real.agreement.slug] == index:
            for line in beside(real.agreement):
                click.echo(line)
