"""Business figures that are posted while the daemon runs."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from uptally.clock import Clock
from uptally.importers.figures import figures_of
from uptally.ledger import WritingLedger
from uptally.model.settings import Settings
from uptally.rules.record.figures import FIGURE, news
from uptally.server import PATH, Admit, Gate, Posting, Taken
from uptally.units.time import day_of


def posting_of(
    settings: Callable[[], Settings],
    ledger: WritingLedger,
    clock: Clock,
    gate: Gate,
    admit: Admit,
) -> Posting:
    """Return what takes posts by the configuration that is in force when they come, from whom the gate lets in; `admit`
    knows further tokens than the configuration's."""
    token = settings().server.figures_token
    secret = token.reveal().encode() if token else b""

    def known(given: str) -> str | None:
        if secret and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret):
            return "figures_token"
        return admit(given)

    def take(text: str) -> Taken:
        held = settings()
        agreements = {name: each.slug for each in held.agreements for name in (each.name, each.slug)}
        today = day_of(clock.wall_ms(), held.page.zone)
        found = figures_of(text, file="", agreements=agreements, today=today)
        recorded = ledger.amend([FIGURE], lambda acts: news(acts, found, by=f"POST {PATH}"))
        return Taken(len(recorded), len(found) - len(recorded))

    return Posting(gate, known, take)
