"""Rendered files become files that readers see: whole, in an order that never shows a page without its style."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from uptally.files import write_if_changed

# What this room writes, and what a crash before the renaming leaves; nothing else in the folder is ever touched.
_OURS = re.compile(r"(?:endpoints/[^/]+\.html|assets/(?:style|status|icon)\.[0-9a-f]{12}\.\w+)")
_LEFT_BEHIND = re.compile(r"\.(?:index\.html|404\.html|[^/]+\.(?:html|css|js|svg))\.[0-9a-f]{16}")


def publish(directory: Path, files: Mapping[str, bytes]) -> int:
    """Write files below a folder and return how many had changed: assets first, pages next, the overview last.

    Each is replaced in one step. Raises OSError where one cannot be written: it and those after it stand as before.
    """
    return sum(write_if_changed(directory / path, files[path]) for path in sorted(files, key=_rank))


def _rank(path: str) -> tuple[int, str]:
    if path.startswith("assets/"):
        return 0, path
    return (2 if path == "index.html" else 1), path


def remove_stale(directory: Path, paths: Collection[str]) -> int:
    """Remove pages of endpoints that are gone, assets of earlier versions and what crashes left; return how many.

    `paths` are all files of the page as it now is. Anything that this room does not write is left alone.
    Raises OSError where one cannot be removed.
    """
    kept = set(paths)
    removed = 0
    for folder in (directory, directory / "endpoints", directory / "assets"):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            relative = path.relative_to(directory).as_posix()
            is_stale = _OURS.fullmatch(relative) is not None and relative not in kept
            if is_stale or _LEFT_BEHIND.fullmatch(path.name):
                path.unlink(missing_ok=True)
                removed += 1
    return removed
