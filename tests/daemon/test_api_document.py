"""What is served is what the OpenAPI document says, whatever is asked: schemathesis asks, of a real ledger."""

from __future__ import annotations

import asyncio
import itertools
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.daemon.test_exports import POSTING, SECRET, address, close_august, ledger, settings
from uptally.ledger import Ledger
from uptally.model.settings import Settings
from uptally.server.openapi import PAGE_FILES, PATH

__all__ = ["address", "ledger", "settings"]

EXAMPLES = 6
"""Of each operation; those that schemathesis counts up by itself come on top."""

CONFIG: dict[str, Any] = {
    "headers": {"Authorization": f"Bearer {SECRET}"},
    "seed": 1,
    "continue-on-failure": True,
    "generation": {"max-examples": EXAMPLES, "database": "none"},
    # Nothing that is answered leads to something else to ask: the document has no links.
    "phases": {"stateful": {"enabled": False}},
    "operations": [
        {
            "include-path": "/figures",
            "headers": {"Authorization": f"Bearer {POSTING}"},
            # Which text is a row of figures is for the configuration to say, and no schema can.
            "checks": {"positive_data_acceptance": {"enabled": False}},
        }
    ],
}


@pytest.fixture(autouse=True)
def never_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is a minute later each time, as far as it matters how often: else most answers would be 429."""
    ticks = itertools.count(0, 60)
    monkeypatch.setattr("uptally.daemon.door.time", SimpleNamespace(monotonic=lambda: next(ticks)))


def failures(url: str) -> tuple[list[str], dict[str, set[int]]]:
    """Ask all that the document at a URL has, and return what does not hold, and the statuses by operation."""
    # Imported here, since it takes long and nothing else needs it.
    schemathesis, config, engine = (import_module(f"schemathesis{name}") for name in ("", ".config", ".engine"))
    schema = schemathesis.openapi.from_url(url, config=config.SchemathesisConfig.from_dict(CONFIG))
    found: list[str] = []
    statuses: dict[str, set[int]] = {}
    for event in engine.from_schema(schema).execute():
        if type(event).__name__ in ("NonFatalError", "FatalError"):
            found.append(str(event))
        if type(event).__name__ != "ScenarioFinished":
            continue
        asked = event.recorder.interactions
        statuses.setdefault(event.recorder.label, set()).update(each.response.status_code for each in asked.values())
        for case, checks in event.recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    request = asked[case].request
                    found.append(f"{request.method} {request.uri}: {check.name}: {check.failure_info.failure.message}")
    return found, statuses


async def test_whatever_is_asked_the_answer_is_described(address: str, settings: Settings, ledger: Ledger) -> None:
    close_august(settings, ledger)
    for name in (*PAGE_FILES, "/api/services/web.json"):
        file = Path(f"{settings.page.directory}{name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    found, statuses = await asyncio.to_thread(failures, address + PATH)
    assert not found
    # A slug and a row of figures are the configuration's to say: those two are tried by name elsewhere.
    by_name = {"GET /api/services/{slug}.json", "POST /figures"}
    assert {label for label, given in statuses.items() if 200 not in given} == by_name
    assert len(statuses) == 12
