"""What the daemon asks of the page's process, and what it hears of it."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import Enum
from typing import NamedTuple, Self

from uptally.model.endpoint import TcpCheck
from uptally.model.settings import Settings

GAP_MS = 1_000
"""At least this long between the begins of two passes."""

_NOT_TOLD = TcpCheck(host="", port=0)


class Work(Enum):
    """Which pass is to be made."""

    REFRESH = "refresh"
    """All endpoints are looked at."""
    UPDATE = "update"
    """Those are that changed their state."""
    FINISH = "finish"
    """The page is written a last time."""


class Shown(NamedTuple):
    """What the page shows: `config_ms` is when the configuration in force came, where a newer one was refused."""

    settings: Settings
    config_ms: int | None = None

    def without_secrets(self) -> Self:
        """Leave out what the page has no use for: what is private, and what endpoints are asked."""
        settings = self.settings
        public = tuple(replace(each, check=_NOT_TOLD) for each in settings.endpoints if each.is_public)
        monitor = replace(settings.monitor, canaries=())
        shown = replace(settings, monitor=monitor, endpoints=public, findings=(), notes=(), revision="")
        shown = replace(shown, services=(), agreements=(), maintenance=())
        return self._replace(settings=shown)


class Order(NamedTuple):
    """A pass: `turned` are the endpoints that changed their state, `changed` what is to be shown from now on."""

    work: Work
    turned: frozenset[str]
    changed: Shown | None = None


class Report(NamedTuple):
    """What came of a pass.

    `refresh_ms` is how often all endpoints are to be looked at, `has_more` whether pages are left for another pass, and
    `failure` is why this one failed, or empty where it did not.
    """

    refresh_ms: int
    has_more: bool
    failure: str = ""

    def line(self) -> bytes:
        """Return it as a line of JSON."""
        return json.dumps(self).encode() + b"\n"

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Read such a line. Raises ValueError where it is none."""
        return cls(*json.loads(line))
