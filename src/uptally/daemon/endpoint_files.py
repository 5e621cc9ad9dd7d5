"""All files of the page that tell of one endpoint, or of one service of several."""

from __future__ import annotations

from uptally.daemon.latencies import Latencies
from uptally.daemon.notebook import Notebook
from uptally.model.settings import PageSettings
from uptally.model.statement import Standing
from uptally.page import Board, Made, Prepared, endpoint_path, render_endpoint, render_endpoint_programs


def endpoint_files(
    standing: Standing,
    latencies: Latencies,
    settings: PageSettings,
    notebook: Notebook,
    board: Board,
    made: Made | None,
    prepared: Prepared | None,
    *,
    version: str,
) -> dict[str, bytes]:
    """Return its page and what programs are told, as of its standing; `made` is what it is made of where it is a
    service of several. What the overview says of it is put with what is `prepared`.
    """
    slug, now_ms = standing.endpoint.slug, standing.as_of_ms
    notes = notebook.notes.get(slug)
    files = render_endpoint_programs(
        standing, settings=settings, now_ms=now_ms, notes=notes, board=board, latencies=latencies.windows
    )
    files[endpoint_path(slug)] = render_endpoint(
        standing,
        settings=settings,
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
