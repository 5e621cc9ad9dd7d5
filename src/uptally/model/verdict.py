"""Whether a promise was kept."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """Whether a promise was kept. `UNDETERMINED` is an honest answer: what is not known could decide it either way."""

    MET = "met"
    MISSED = "missed"
    UNDETERMINED = "undetermined"
