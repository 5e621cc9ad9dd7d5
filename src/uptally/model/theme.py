"""How whoever runs a page has it look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Logo:
    """The picture that stands for a page's title."""

    name: str
    """Of the asset: ``logo.svg`` or ``logo.png``."""
    content: bytes
    width: int
    """How wide it is shown, in pixels of CSS."""
    height: int


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a page by day or by night, each as ``#rrggbb``: of surfaces, text and states."""

    paper: str
    card: str
    """What stands out from the paper."""
    ink: str
    accent: str
    mute: str
    over: str
    down: str
    up: str
    clean: str
    unknown: str
    maintenance: str


LIGHT = Palette(
    paper="#fcfbf8",
    card="#ffffff",
    ink="#1b1c1f",
    accent="#1c4f86",
    mute="#5a5d63",
    over="#955300",
    down="#b0201a",
    up="#2a6f4e",
    clean="#5b9576",
    unknown="#666a72",
    maintenance="#69499f",
)
DARK = Palette(
    paper="#141619",
    card="#1b1e22",
    ink="#ebe8e1",
    accent="#93bdf0",
    mute="#a6a7a6",
    over="#e3a545",
    down="#ff8579",
    up="#74c79a",
    clean="#4f9070",
    unknown="#9da1a8",
    maintenance="#bca6f2",
)
"""What our own style has, which a test compares with it."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What a page looks like as of when the configuration was read: what was checked then is what is shown."""

    folder: Path | None = None
    """Where templates, style and assets of its own are; message files are read from there too."""
    templates: tuple[tuple[str, str], ...] = ()
    """Each by its path below the folder of templates, with its text."""
    assets: tuple[tuple[str, bytes], ...] = ()
    """Each by its name, with its content; the folder's own style is `theme.css`."""
    logo: Logo | None = None
    colours: tuple[Palette, Palette] | None = None
    """By day and by night; None for those of our own style."""
