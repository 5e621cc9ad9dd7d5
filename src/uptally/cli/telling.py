"""What the verbs of incidents share: what is told to everyone, checked before it is on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TextIO, TypeVar

import click

from uptally.model.incident import Incident
from uptally.model.notice import Impact, Phase
from uptally.rules.record.incidents import Telling

MARKDOWN_MAX = 20_000
"""Characters of one text for the page."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def markdown(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Check a text for the page: on any number of lines, with nothing that a terminal would obey."""
    if value is None:
        return None
    text = value.replace("\r\n", "\n").strip()
    if (
        not text
        or len(text) > MARKDOWN_MAX
        or not all(line.replace("\t", " ").isprintable() for line in text.split("\n"))
    ):
        raise click.BadParameter(f"write text, of at most {MARKDOWN_MAX:,} characters")
    return text


def telling_options(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Add `text`, `text_file`, `phase` and `impact` to a verb's parameters, each `str | None`."""
    options = (
        click.option("--text", callback=markdown, metavar="MARKDOWN", help="What the page says of it."),
        click.option(
            "--text-file",
            type=click.File(encoding="utf-8"),
            callback=_read,
            help="The same from a file, or - for stdin.",
        ),
        click.option(
            "--phase", type=click.Choice([each.value for each in Phase]), help="How far it has got, for the page."
        ),
        click.option(
            "--impact", type=click.Choice([each.value for each in Impact]), help="How bad it is, for the page."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def _read(ctx: click.Context, param: click.Parameter, value: TextIO | None) -> str | None:
    if value is None:
        return None
    try:
        text = value.read(MARKDOWN_MAX + 1)
    except UnicodeDecodeError:
        raise click.BadParameter("is no UTF-8 text") from None
    return markdown(ctx, param, text)


def telling_of(
    held: Incident | None,
    *,
    is_public: bool | None,
    text: str | None = None,
    text_file: str | None = None,
    phase: str | None = None,
    impact: str | None = None,
    title: str | None = None,
) -> Telling:
    """Return what an act tells everyone of an incident, None for one that it opens.

    Raises click.UsageError for what would be said where nobody reads it.
    """
    if text and text_file:
        raise click.UsageError("--text and --text-file say the same: keep one of them")
    said = text or text_file or ""
    was_public = held is not None and held.is_public
    if is_public is False and (said or phase or impact):
        raise click.UsageError("--internal takes it off the page: --text, --phase and --impact are for the page")
    if not (was_public or is_public) and (said or phase or impact):
        raise click.UsageError("--text, --phase and --impact are for the page, where it is not: --public puts it there")
    told = Phase(phase) if phase else None
    if told is None and (said or (is_public and not (held and held.updates))):
        told = held.updates[-1].phase if held and held.updates else Phase.INVESTIGATING
    worst = Impact(impact) if impact else None
    if worst is None and is_public and not (held and held.updates):
        worst = Impact.MINOR
    return Telling(told, said, worst, title or "", is_public)
