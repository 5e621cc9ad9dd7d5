"""`page.colours`: the few that may be chosen, and whether everything can still be read with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, NamedTuple

from pydantic import PlainValidator

from uptally.config.marks import Path, shown
from uptally.config.shape import Shape, pattern, unset
from uptally.config.source import Source
from uptally.config.values import Fault, text
from uptally.model.theme import DARK, LIGHT, Palette

TEXT_LEAST = 4.5
"""The contrast that text needs: WCAG 2.2, criterion 1.4.3."""
GRAPHICS_LEAST = 3.0
"""What a graphic needs that tells something: criterion 1.4.11."""

_EXPECTED = 'expected a colour such as "#1c4f86", in quotes'
_TEXTS = {"ink": "text", "accent": "links", "mute": "minor text", "over": "“over”", "down": "“down”"}
_GRAPHICS = {"up": "“up”", "clean": "clean days", "unknown": "“not known”", "maintenance": "maintenance"}
_STEPS = 50


def colour(value: object) -> str:
    """Read a colour of six digits, and return it in small letters."""
    written = text(value, _EXPECTED.removeprefix("expected "))
    if re.fullmatch("#[0-9a-fA-F]{6}", written):
        return written.lower()
    short = re.fullmatch("#[0-9a-fA-F]{3}", written)
    remedy = f'write "#{"".join(digit * 2 for digit in written[1:]).lower()}"' if short else _EXPECTED
    raise Fault(_EXPECTED, f"{shown(written)} is no such colour: {remedy}")


Colour = Annotated[str, PlainValidator(colour), pattern("^#[0-9a-fA-F]{6}$")]


class Scheme(Shape):
    """The colours of a page by day, or by night."""

    paper: Colour | None = unset("The page itself.")
    ink: Colour | None = unset("Its text.")
    accent: Colour | None = unset("Links, focus, and the 95th percentile.")


class Colours(Shape):
    """Colours in place of ours; those of states carry a meaning and stay."""

    light: Scheme | None = unset("By day.")
    dark: Scheme | None = unset("For readers who prefer or choose dark.")


class _Need(NamedTuple):
    """What a colour must be told from, and how well."""

    said: str
    other: str
    least: float

    def is_met(self, chosen: str) -> bool:
        return contrast(chosen, self.other) >= self.least


def colours_of(asked: Colours, path: Path, source: Source) -> tuple[Palette, Palette]:
    """Return the colours by day and by night, adding a problem for each with which something could not be read."""
    light = _palette(asked.light or Scheme(), LIGHT, (*path, "light"), source)
    return light, _palette(asked.dark or Scheme(), DARK, (*path, "dark"), source)


def _palette(asked: Scheme, ours: Palette, path: Path, source: Source) -> Palette:
    said = {name: value for name in Scheme.model_fields if (value := getattr(asked, name))}
    # On a paper of another colour our card would be a stain.
    palette = replace(ours, **{"card": said.get("paper", ours.card), **said})
    is_dark = ours is DARK
    if "paper" in said:
        # Who chose text as well is told there.
        texts = [_Need(of, getattr(ours, name), TEXT_LEAST) for name, of in _TEXTS.items() if name not in said]
        graphics = [_Need(of, getattr(ours, name), GRAPHICS_LEAST) for name, of in _GRAPHICS.items()]
        _refuse_unread(said["paper"], (*path, "paper"), [*texts, *graphics], source, towards=0 if is_dark else 255)
    for name in sorted(said.keys() - {"paper"}):
        grounds = [_Need("the page", each, TEXT_LEAST) for each in sorted({palette.paper, palette.card})]
        _refuse_unread(said[name], (*path, name), grounds, source, towards=255 if is_dark else 0)
    return palette


def _refuse_unread(chosen: str, path: Path, needs: Sequence[_Need], source: Source, *, towards: int) -> None:
    """Add a problem where a colour is too near to another one, with the nearest that is not."""
    missed = [need for need in needs if not need.is_met(chosen)]
    if not missed:
        return
    said, other, least = min(missed, key=lambda need: contrast(chosen, need.other) / need.least)
    # Cut off, so that no contrast seems to be enough that is not.
    ratio = int(contrast(chosen, other) * 100) / 100
    message = f"{chosen} has a contrast of {ratio:.2f}:1 with {said} ({other}), and at least {least:g}:1 is needed"
    nearer = (_mixed(chosen, towards, step) for step in range(1, _STEPS + 1))
    would = next((each for each in nearer if all(need.is_met(each) for need in needs)), "")
    source.problems.add(path, f"{message}: {would} would do" if would else message)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(of: str) -> float:
    channels = [each / 255 for each in bytes.fromhex(of[1:])]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(of: str, towards: int, step: int) -> str:
    """Return a colour so many steps nearer to black (0) or white (255)."""
    return "#" + bytes(each + (towards - each) * step // _STEPS for each in bytes.fromhex(of[1:])).hex()
