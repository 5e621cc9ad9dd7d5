"""Floor 4: the room that asks. One function per check kind, one signature; ceilings on how often."""

from uptally.probe.limits import Limits
from uptally.probe.prober import Prober
from uptally.probe.second_opinion import SecondOpinion
from uptally.probe.tripwire import Tripwire

__all__ = ["Limits", "Prober", "SecondOpinion", "Tripwire"]
