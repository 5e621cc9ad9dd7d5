"""How whoever runs a page has it look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Theme:
    """What a theme's folder held when the configuration was read: what was checked then is what is shown."""

    folder: Path
    """Where it is; message files are read from there too."""
    templates: tuple[tuple[str, str], ...] = ()
    """Each by its path below the folder of templates, with its text."""
    assets: tuple[tuple[str, bytes], ...] = ()
    """Each by its name, with its content; the folder's own style is `theme.css`."""
