"""What is told to everyone."""

from __future__ import annotations

import pytest

from uptally.model.notice import Impact, MaintenanceNotice, MaintenancePhase, Notice, NoticeUpdate, Phase


def test_an_incident_stands_as_its_newest_update_says() -> None:
    updates = (NoticeUpdate(10, Phase.INVESTIGATING, "We look."), NoticeUpdate(20, Phase.MONITORING))
    notice = Notice("incident-1", "Slow", ("shop",), Impact.MINOR, 5, None, updates)
    assert (notice.phase, notice.updated_ms, notice.phase.is_over) == (Phase.MONITORING, 20, False)


def test_an_incident_that_names_no_service_concerns_all() -> None:
    updates = (NoticeUpdate(10, Phase.RESOLVED),)
    assert Notice("a", "A", (), Impact.NONE, 1, 10, updates).concerns("shop")
    assert not Notice("a", "A", ("blog",), Impact.NONE, 1, 10, updates).concerns("shop")


@pytest.mark.parametrize(
    ("at_ms", "phase"),
    [
        (99, MaintenancePhase.SCHEDULED),
        (100, MaintenancePhase.IN_PROGRESS),
        (199, MaintenancePhase.IN_PROGRESS),
        (200, MaintenancePhase.COMPLETED),
    ],
)
def test_maintenance_is_in_progress_from_its_begin_until_just_before_its_end(
    at_ms: int, phase: MaintenancePhase
) -> None:
    assert MaintenanceNotice("mw-1", (), 100, 200, announced_ms=1).phase_at(at_ms) is phase


def test_maintenance_that_was_cancelled_was_updated_then() -> None:
    notice = MaintenanceNotice("mw-1", ("shop",), 100, 200, announced_ms=1, cancelled_ms=50)
    assert (notice.updated_ms, notice.concerns("shop"), notice.concerns("blog")) == (50, True, False)
