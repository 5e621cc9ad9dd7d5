"""What every check kind is handed."""

from __future__ import annotations

from dataclasses import dataclass

from uptally.probe.connect import Dialer
from uptally.probe.engine import Engine
from uptally.probe.tls import Contexts


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all attempts of a daemon."""

    dialer: Dialer
    engine: Engine
    contexts: Contexts
