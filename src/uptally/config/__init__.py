"""Floor 4, the room that reads: `probes.yaml` to `model.settings.Settings`, with every error at once."""

from uptally.config.load import load
from uptally.config.schema import schema

__all__ = ["load", "schema"]
