"""The option that every verb has, and what it names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from uptally.books.amended import refused_amendments
from uptally.clock import SystemClock
from uptally.config import load
from uptally.errors import ConfigError, LedgerError, Problem
from uptally.ledger import Reader
from uptally.model.settings import PageSettings, Settings


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

    Raises ConfigError with all that is wrong with it, with the languages or themes of its pages, or where it changes
    what held for a month that has ended.
    """
    return with_pages_tried(settings_of(config, _amendments))


def with_pages_tried(settings: Settings) -> Settings:
    """Return settings whose pages can be written, in their languages and with their themes.

    Raises ConfigError with all that is wrong there.
    """
    tried = [(number, page) for number, page in enumerate(settings.pages) if not _is_ours(page)]
    if not tried:
        return settings
    # A daemon whose pages are as we made them holds nothing of what makes pages: that would take a tenth of its memory.
    from uptally.page import page_problems

    found = [(number, each) for number, page in tried for each in page_problems(page)]
    if found:
        raise ConfigError([each if each.file else _placed(each, settings.file, number) for number, each in found])
    return settings


def _is_ours(page: PageSettings) -> bool:
    """Tell whether a page is in English and has no theme, so that there is nothing to try."""
    return page.language == "en" and (page.theme is None or page.theme.folder is None)


def _placed(problem: Problem, file: str, number: int) -> Problem:
    """Return a problem of a page's section with its place: the main page comes first, then those of `pages`."""
    key = problem.path.replace("page.", f"pages[{number - 1}].", 1) if number else problem.path
    return replace(problem, file=file, path=key)


def _amendments(settings: Settings) -> Iterable[tuple[str, str]]:
    # Whether the ledger can be used is for those to say who use it.
    with suppress(LedgerError), Reader.open(settings.store.path) as ledger:
        return list(refused_amendments(settings, ledger, now_ms=SystemClock().wall_ms()))
    return ()
