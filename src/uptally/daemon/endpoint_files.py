"""All files of the page that tell of one endpoint."""

from __future__ import annotations

from dataclasses import replace

from uptally.daemon.notebook import Notebook
from uptally.ledger import Reader
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Board, endpoint_path, render_endpoint, render_endpoint_programs
from uptally.units.time import DAY_MS, Window

PLOT_MS = DAY_MS
"""How far back the latency plot reaches."""


def endpoint_files(
    standing: Standing,
    reader: Reader,
    settings: Settings,
    notebook: Notebook,
    board: Board,
    *,
    refresh_ms: int,
    version: str,
) -> dict[str, bytes]:
    """Return its page and what programs are told, as of its standing; `refresh_ms` is how old they may get."""
    slug, now_ms = standing.endpoint.slug, standing.as_of_ms
    latencies = reader.latency_hours(slug, location=settings.monitor.location, window=Window(now_ms - PLOT_MS, now_ms))
    page, notes = replace(settings.page, refresh_ms=refresh_ms), notebook.notes.get(slug)
    files = render_endpoint_programs(standing, settings=page, now_ms=now_ms, notes=notes, board=board)
    files[endpoint_path(slug)] = render_endpoint(
        standing,
        settings=page,
        latencies=latencies,
        now_ms=now_ms,
        version=version,
        notes=notes,
        board=board,
    )
    return files
