"""Floor 6: the daemon. It schedules attempts, doubts failures that may be its own, remembers, and publishes."""

from uptally.daemon.run import publish_once, run

__all__ = ["publish_once", "run"]
