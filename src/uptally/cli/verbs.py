"""The command `uptally`: finds the verb, and turns errors into a message and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path

import click

from uptally.errors import ConfigError, ImportRejected, LedgerBusy, UptallyError

EXIT_FAILURE = 1
EXIT_BUSY = 3
EXIT_CONFIG = 78
"""EX_CONFIG of sysexits.h, by which a service manager knows that starting again will not help."""

_EXIT_BROKEN_PIPE = 141
"""What a shell reports of a program that SIGPIPE ended."""

_VERBS = {
    "init": "Write a first probes.yaml.",
    "check": "Say what is wrong with the configuration.",
    "probe": "Make one attempt and show where its time went.",
    "run": "Probe, remember and publish until told to stop.",
    "reload": "Have the daemon read its configuration anew.",
    "render": "Write the page once, as the ledger now stands.",
    "stale-check": "Have an overdue page say that monitoring has stopped.",
    "status": "Show how every endpoint stands.",
    "report": "Show what was promised, measured and owed.",
    "baseline": "Propose what could be promised.",
    "close": "Freeze a month's statements.",
    "export": "Write a month's figures as CSV, JSON, XLSX, Parquet or PDF.",
    "credits": "Show what is due of credits, and how far it was claimed and paid.",
    "archive": "Write a month's observations as Parquet, before they go.",
    "retention": "Show which observations go, and which months hold others back.",
    "backup": "Copy the ledger while the daemon runs.",
    "restore": "Make a ledger of a backup.",
    "reports": "Show what is sent to whom, and what was delivered.",
    "verify": "Check that nothing in the ledger was changed.",
    "exclude": "Put time on record that the terms may leave out.",
    "incident": "Put on record what happened of an incident.",
    "impact": "Put on record what share of the users was affected.",
    "claim": "Put on record what becomes of claims.",
    "token": "Make and revoke the tokens of who pulls exports or posts figures.",
    "conformance": "Put a folder of test cases to the engine that makes statements.",
    "key": "Make the key that signs what is handed over, or show its public part.",
    "schema": "Write the configuration's JSON Schema, for editors.",
    "import": "Take observations or business figures from elsewhere.",
}
"""The verbs in the order of a first day. Each stands in a module that is imported only when it is used or explained."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module = "imports" if cmd_name == "import" else cmd_name
        command = import_module(f"uptally.cli.{module.replace('-', '_')}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        near = get_close_matches(args[0], _VERBS, n=1)
        if near and args[0] not in _VERBS:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))

    def invoke(self, ctx: click.Context) -> object:
        _ready_streams()
        try:
            result: object = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read has enough.
            _drop_what_is_buffered()
            ctx.exit(_EXIT_BROKEN_PIPE)
        except OSError as error:
            _drop_what_is_buffered()
            where = f"{error.filename}: " if error.filename else ""
            click.echo(f"Error: {where}{error.strerror or error}", err=True)
            ctx.exit(EXIT_FAILURE)
        except UptallyError as error:
            is_list = isinstance(error, ConfigError | ImportRejected)
            click.echo(str(error) if is_list else f"Error: {error}", err=True)
            ctx.exit(_exit_code(error))
        return result


def _ready_streams() -> None:
    """Open the null device for streams that the caller closed, and let a terminal without UTF-8 show what it can.

    The next files that are opened would take the numbers of closed streams: the event loop aborts over that, and a
    message of somebody's library could end up in the ledger.
    """
    for name, flags, mode in (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_WRONLY, "w"), ("stderr", os.O_WRONLY, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8"))
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop_what_is_buffered() -> None:
    """Let the end of the process not fail once more, by what stdout still holds."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit_code(error: UptallyError) -> int:
    match error:
        case ConfigError():
            return EXIT_CONFIG
        case LedgerBusy():
            return EXIT_BUSY
        case _:
            return EXIT_FAILURE


@click.command("uptally", cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="uptally", message="uptally %(version)s")
@click.option(
    "-c", "--config", type=click.Path(path_type=Path, readable=False), help="The configuration, for any command."
)
@click.pass_context
def main(ctx: click.Context, config: Path | None) -> None:
    """Probe endpoints, keep an exact ledger of when each was up, and say what is owed.

    The first day: `uptally init`, then `uptally check`, then `uptally run`.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
