"""Writes the pages once, without a daemon."""

from __future__ import annotations

from uptally.clock import Clock
from uptally.daemon.herald import Herald
from uptally.daemon.order import Shown
from uptally.daemon.press import Press
from uptally.ledger import Reader
from uptally.model.config_state import ConfigState
from uptally.model.settings import Settings


def publish_now(settings: Settings, *, clock: Clock, version: str) -> None:
    """Write every page once, as the ledger has it, without a daemon. Raises LedgerError and OSError."""
    with Reader.open(settings.store.path) as reader:
        state = ConfigState.of(reader.newest_act)
    shown = Shown(settings, state.since_ms if state is not None and state.refused is not None else None)
    sealed = Herald(settings, clock=clock).files()
    for each in shown.of_pages():
        press = Press(each, clock=clock, version=version)
        press.seal(sealed)
        press.write_all()
