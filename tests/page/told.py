"""What everyone is told in tests: an incident that goes on, one that is over, and maintenance in every phase."""

from __future__ import annotations

from tests.page.sample import NOW_MS, at
from uptally.model.notice import Bulletin, Impact, MaintenanceNotice, Notice, NoticeUpdate, Phase
from uptally.page.incidents import Board, Concerned
from uptally.units.time import DAY_MS, HOUR_MS

SERVICES = {
    "checkout-api": Concerned("Checkout API", "endpoints/checkout-api.html"),
    "dns": Concerned("DNS", "endpoints/dns.html"),
}

OVER = Notice(
    id="2026-10-cert",
    title="Certificate expired",
    services=("checkout-api",),
    impact=Impact.CRITICAL,
    started_ms=at("2026-10-02 07:44:03"),
    resolved_ms=at("2026-10-02 07:45:35"),
    updates=(
        NoticeUpdate(at("2026-10-02 07:45:00"), Phase.MONITORING, "A **new** certificate is in place."),
        NoticeUpdate(at("2026-10-02 08:00:00"), Phase.RESOLVED),
    ),
)
ONGOING = Notice(
    id="2026-11-checkout",
    title="Checkout is down",
    services=("checkout-api",),
    impact=Impact.MAJOR,
    started_ms=at("2026-11-23 14:32:00"),
    resolved_ms=None,
    updates=(NoticeUpdate(at("2026-11-23 14:35:00"), Phase.INVESTIGATING, "We look into it.\n\n- payments fail"),),
)


def maintenance(name: str, start_ms: int, *, hours: int = 1, cancelled_ms: int | None = None) -> MaintenanceNotice:
    return MaintenanceNotice(
        id=name,
        services=("dns",),
        start_ms=start_ms,
        end_ms=start_ms + hours * HOUR_MS,
        announced_ms=at("2026-11-01 09:00:00"),
        text="New hardware, in two halves",
        cancelled_ms=cancelled_ms,
    )


DONE = maintenance("done", NOW_MS - 5 * DAY_MS)
UNDER_WAY = maintenance("under-way", NOW_MS - HOUR_MS // 2)
CANCELLED = maintenance("cancelled", NOW_MS + DAY_MS, cancelled_ms=NOW_MS - HOUR_MS)
PLANNED = maintenance("planned", NOW_MS + 2 * DAY_MS)
WEEKLY = tuple(
    maintenance(f"weekly@2026-{month}", at(f"2026-{month} 02:00:00")) for month in ("11-29", "12-06", "12-13")
)

BULLETIN = Bulletin((OVER, ONGOING), (DONE, UNDER_WAY, CANCELLED, PLANNED, *WEEKLY))
BOARD = Board(BULLETIN, SERVICES)
