"""The option that every verb has, and what it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import click
from click.core import ParameterSource

from uptally.books.amended import refused_amendments
from uptally.clock import SystemClock
from uptally.config import load
from uptally.errors import ConfigError, LedgerError, Problem
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.page import theme_problems


def _chosen(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
    """Let the option hold wherever it stands: what stands behind a word wins over what stands before it."""
    is_said_here = ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    before: object = ctx.parent.params.get("config") if ctx.parent else None
    return before if isinstance(before, Path) and not is_said_here else value


config_option = click.option(
    "-c",
    "--config",
    # Whether it can be read is for `load` to say.
    type=click.Path(path_type=Path, readable=False),
    envvar="UPTALLY_CONFIG",
    default=Path("probes.yaml"),
    show_default=True,
    show_envvar=True,
    callback=_chosen,
    help="The configuration.",
)
"""Adds `config: Path` to a verb's parameters."""


def settings_of(config: Path, refuse: Callable[[Settings], Iterable[tuple[str, str]]] | None = None) -> Settings:
    """Read the configuration. Raises ConfigError with all that is wrong with it; `refuse` as in `config.load`."""
    if not config.exists():
        writing = "uptally init" if config == Path("probes.yaml") else f"uptally init -c {config}"
        raise ConfigError([Problem(str(config), 0, 0, "", f"there is no such file: `{writing}` writes one")])
    return load(config, environment=os.environ, refuse=refuse)


def settings_to_run(config: Path) -> Settings:
    """Read the configuration that is to come into force beside what is on record.

    Raises ConfigError with all that is wrong with it or with its theme, or where it changes what held for a month that
    has ended.
    """
    return with_theme_tried(settings_of(config, _amendments))


def with_theme_tried(settings: Settings) -> Settings:
    """Return settings whose pages can be filled in with their themes. Raises ConfigError with what is wrong there."""
    problems = [each for page in settings.pages for each in theme_problems(page)]
    if problems:
        raise ConfigError(problems)
    return settings


def _amendments(settings: Settings) -> Iterable[tuple[str, str]]:
    # Whether the ledger can be used is for those to say who use it.
    with suppress(LedgerError), Reader.open(settings.store.path) as ledger:
        return list(refused_amendments(settings, ledger, now_ms=SystemClock().wall_ms()))
    return ()
