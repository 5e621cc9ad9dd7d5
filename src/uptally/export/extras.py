"""Packages that only some formats need, and that not everyone installs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from uptally.errors import ExtraMissing


def needed(module: str, *, extra: str) -> ModuleType:
    """Return a module of an extra. Raises ExtraMissing, which says how it is installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ExtraMissing(f"{extra} needs a package that is not installed: pip install 'uptally[{extra}]'") from error
