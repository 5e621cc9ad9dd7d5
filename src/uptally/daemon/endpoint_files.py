"""All files of the page that tell of one endpoint, or of one service of several."""

from __future__ import annotations

from dataclasses import replace

from uptally.daemon.latencies import Latencies
from uptally.daemon.notebook import Notebook
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Board, Made, Prepared, endpoint_path, render_endpoint, render_endpoint_programs


def endpoint_files(
    standing: Standing,
    latencies: Latencies,
    settings: Settings,
    notebook: Notebook,
    board: Board,
    made: Made | None,
    prepared: Prepared | None,
    *,
    refresh_ms: int,
    version: str,
) -> dict[str, bytes]:
    """Return its page and what programs are told, as of its standing; `made` is what it is made of where it is a
    service of several, and `refresh_ms` how old the files may get. What the overview says of it is put with what is
    `prepared`.
    """
    slug, now_ms = standing.endpoint.slug, standing.as_of_ms
    page, notes = replace(settings.page, refresh_ms=refresh_ms), notebook.notes.get(slug)
    files = render_endpoint_programs(
        standing, settings=page, now_ms=now_ms, notes=notes, board=board, latencies=latencies.windows
    )
    files[endpoint_path(slug)] = render_endpoint(
        standing,
        settings=page,
        latencies=latencies.hours,
        latency_windows=latencies.windows,
        latency_courses=latencies.courses,
        now_ms=now_ms,
        version=version,
        notes=notes,
        board=board,
        made=made,
        prepared=prepared,
    )
    return files
