"""`page.theme`: a folder of templates, style and pictures, read whole so that a later change needs a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as FilePath

from uptally.config.marks import Mark, Path, Problems
from uptally.config.read import place_in, read_regular
from uptally.config.source import Source
from uptally.model.theme import Theme

FILES_MAX = 200
BYTES_MAX = 1_000_000
"""Of one file."""

STYLE = "style.css"
"""What is added after our own style, as the asset `theme.css`."""

_FILE = Mark(0, 0)
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}\.(css|js|svg|png|ico)", re.ASCII)


def theme_of(name: str, path: Path, source: Source) -> Theme | None:
    """Return the theme in a folder that a path names; None, with every problem added, where it cannot be used."""
    folder = source.beside(name)
    if not folder.is_dir():
        source.problems.add(path, "is no folder: name one with templates or style")
        return None
    try:
        templates = sorted(each for each in (folder / "templates").rglob("*.j2") if each.is_file())
        pictures = sorted((folder / "assets").iterdir()) if (folder / "assets").is_dir() else []
    except OSError as error:
        source.problems.add(path, f"cannot be read: {error.strerror}")
        return None
    if len(templates) + len(pictures) > FILES_MAX:
        source.problems.add(path, f"holds more than {FILES_MAX} files")
        return None
    return Theme(
        folder,
        tuple((file.relative_to(folder / "templates").as_posix(), text) for file, text in _texts(templates, source)),
        tuple(_assets(folder, pictures, source)),
    )


def _texts(paths: list[FilePath], source: Source) -> Iterator[tuple[FilePath, str]]:
    for path in paths:
        content = _read(path, source)
        try:
            yield path, content.decode("utf-8")
        except UnicodeDecodeError as error:
            place = place_in(content[: error.start].decode("utf-8"))
            _refuse(path, f"byte 0x{content[error.start]:02x} is not valid UTF-8", source, at=place)


def _assets(folder: FilePath, paths: list[FilePath], source: Source) -> Iterator[tuple[str, bytes]]:
    if (folder / STYLE).exists():
        yield "theme.css", _read(folder / STYLE, source)
    for path in paths:
        if _ASSET.fullmatch(path.name):
            yield path.name, _read(path, source)
        else:
            message = "is no name of an asset: write letters, digits, hyphens, and .css, .js, .svg, .png or .ico"
            _refuse(path, message, source)


def _read(path: FilePath, source: Source) -> bytes:
    content = read_regular(path, bytes_max=BYTES_MAX)
    if isinstance(content, str):
        _refuse(path, content, source)
        return b""
    return content


def _refuse(path: FilePath, message: str, source: Source, *, at: Mark = _FILE) -> None:
    problems = Problems(str(path))
    problems.at(at, (), message)
    source.problems.adopt(problems)
