"""What every check kind is handed."""

from __future__ import annotations

from dataclasses import dataclass, field

from uptally.probe.connect import Dialer
from uptally.probe.contexts import Contexts


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all attempts of a daemon."""

    dialer: Dialer
    contexts: Contexts = field(default_factory=Contexts)
