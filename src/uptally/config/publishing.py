"""How the page gets to its readers: what lies beside its files, and where they are copied to."""

from __future__ import annotations

from importlib.util import find_spec

from uptally.config.values import Fault, choice
from uptally.model.settings import Compression


def compression(value: object) -> Compression:
    """Read the name of a compressed form. One whose package is not installed is refused, with what installs it."""
    read = Compression(choice([each.value for each in Compression])(value))
    if read is Compression.BROTLI and not _is_installed("brotli"):
        raise Fault("needs the package brotli: pip install 'uptally[brotli]'")
    return read


def _is_installed(package: str) -> bool:
    """Tell whether a package could be imported, without doing so, which takes a while."""
    return find_spec(package) is not None
