"""What an operator is told of endpoints that are up, or that may not be asked."""

from __future__ import annotations

import pytest

from uptally.daemon.weighing import warn
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.units.time import DAY_MS

WEB = Endpoint("Web", "web", TcpCheck("host", 1), 1_000, 500)


def test_a_certificate_near_its_end_is_told_once_a_day(caplog: pytest.LogCaptureFixture) -> None:
    told: dict[str, int] = {}
    for at_ms in (0, 1_000, DAY_MS - 1, DAY_MS, DAY_MS + 1_000):
        near_its_end = Attempt(at_ms, 0, Outcome.UP, Reason.NONE, warnings=("the certificate expires in 3d",))
        warn(WEB, near_its_end, told)
    assert [record.getMessage() for record in caplog.records] == ["web: the certificate expires in 3d"] * 2


def test_a_blocked_address_is_told(caplog: pytest.LogCaptureFixture) -> None:
    warn(WEB, Attempt(0, 0, Outcome.UNKNOWN, Reason.ADDRESS_BLOCKED), {})
    assert "web: an address is blocked" in caplog.text
