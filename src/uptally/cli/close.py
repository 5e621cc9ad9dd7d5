"""`uptally close`."""

from __future__ import annotations

from pathlib import Path

import click

from uptally import __version__
from uptally.books.closing import Asked, Draft, close_month, decide_statement, open_statements, restate_month
from uptally.cli.config_file import config_option, settings_of
from uptally.cli.recording import by_option, record, said
from uptally.clock import SystemClock
from uptally.errors import QuantityError
from uptally.ledger import Reader
from uptally.model.closing import Choice
from uptally.model.settings import Settings
from uptally.rules.record.closings import CLOSE
from uptally.signing import key_of
from uptally.units.count import counted
from uptally.units.time import month_window


@click.command()
@config_option
@click.option("--month", required=True, metavar="YYYY-MM", help="The calendar month, in the page's time zone.")
@click.option(
    "--decide",
    "decisions",
    multiple=True,
    metavar="ID=CHOICE",
    help="Decide a statement that was left open: ID=credit or ID=no_credit.",
)
@click.option("--restate", "is_restated", is_flag=True, help="Correct what would be stated otherwise by now.")
@click.option("--reason", metavar="TEXT", callback=said, help="Why, which a decision and a restatement need.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be frozen, and record nothing.")
@by_option
def command(
    config: Path, month: str, decisions: tuple[str, ...], is_restated: bool, reason: str | None, is_dry: bool, by: str
) -> None:
    """Freeze a month's statements, with what they were made from: its export is the same from then on.

    Nothing that is frozen is ever changed. Statements that a person has to decide about stay open until that is done;
    what came late is a correction, in the export of the month in which it is made.
    """
    settings = settings_of(config)
    if len(decisions) > 1:
        raise click.UsageError("each decision is a revision of its own: say one --decide, and make one after the other")
    decide = decisions[0] if decisions else None
    if decide is not None and is_restated:
        raise click.UsageError("--decide and --restate are two revisions: make one after the other")
    if (decide is not None or is_restated) and not reason:
        raise click.UsageError("say why, with --reason")
    if decide is None and not is_restated and reason:
        raise click.UsageError("--reason is for --decide and --restate")
    asked = Asked(month, by, __version__, reason or "")
    draft = _draft(settings, asked, decide, is_restated=is_restated)
    if draft is None:
        click.echo(f"nothing of {month} would be stated otherwise: there is nothing to correct", err=True)
        return
    if not is_dry:
        record(settings, [CLOSE], draft.signed(key_of(settings.seal_key)).decide)
    verb = "would be frozen" if is_dry else "frozen"
    what = f"{month}, revision {draft.closing.revision}"
    click.echo(f"{verb}: {what}, with {counted(len(draft.rows), 'row')}, by {by}", err=True)
    named = open_statements(draft.rows)
    for name in named:
        click.echo(f"open: {name}, which --decide {name}=credit or =no_credit decides", err=True)
    if left := draft.closing.undecided - len(named):
        click.echo(f"still open: {counted(left, 'statement')} of {month}", err=True)


def _draft(settings: Settings, asked: Asked, decide: str | None, *, is_restated: bool) -> Draft | None:
    now_ms = SystemClock().wall_ms()
    try:
        month_window(asked.month, settings.page.zone)
        with Reader.open(settings.store.path) as reader, reader.snapshot():
            if decide is not None:
                return decide_statement(reader, settings, *_choice(decide), asked, now_ms=now_ms)
            if is_restated:
                return restate_month(reader, settings, asked, now_ms=now_ms)
            return close_month(reader, settings, asked, now_ms=now_ms)
    except QuantityError as error:
        raise click.BadParameter(str(error), param_hint="'--month'") from error


def _choice(text: str) -> tuple[str, Choice]:
    name, _, choice = text.rpartition("=")
    if not name or choice not in tuple(Choice):
        raise click.BadParameter(f"{text!r} is no decision: write ID=credit or ID=no_credit", param_hint="'--decide'")
    return name, Choice(choice)
