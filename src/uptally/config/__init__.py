"""Floor 4, the room that reads: `probes.yaml` to `model.settings.Settings`, with every error at once."""

from importlib.resources import files

from uptally.config.in_force import settings_in_force, store_path
from uptally.config.load import load
from uptally.config.page import page_settings
from uptally.config.schema import schema
from uptally.config.what_if import what_if

__all__ = ["example", "load", "page_settings", "schema", "settings_in_force", "store_path", "what_if"]


def example() -> str:
    """Return a first `probes.yaml`, commented, whose first line points editors to `probes.schema.json` beside it."""
    return files(__name__).joinpath("example.yaml").read_text(encoding="utf-8")
