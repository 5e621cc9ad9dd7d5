"""The terms of `slas:`, by name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from uptally.config.contract.promises import Promises
from uptally.config.source import Source


def terms_of(source: Source, zone: ZoneInfo) -> Promises:
    """Return what `slas` holds, as far as it is without fault, adding what is wrong with it. `zone` is the page's."""
    return Promises(zone, {})
