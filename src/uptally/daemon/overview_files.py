"""All files of the page that tell of all services together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from uptally.daemon.measuring import measuring_of
from uptally.ledger import Reader
from uptally.model.credit_note import CreditNotes
from uptally.model.settings import Settings
from uptally.model.statement import Standing
from uptally.page import Board, Keep, render_index, render_method, render_programs


def publish_overview(
    publish: Callable[[dict[str, bytes]], object],
    standings: Sequence[Standing],
    reader: Reader,
    settings: Settings,
    notes: Mapping[str, CreditNotes],
    board: Board,
    *,
    now_ms: int,
    config_ms: int | None,
    version: str,
    keep: Keep,
    sealed: Mapping[str, bytes],
) -> None:
    """Publish what programs are told, how it is measured, and the overview. `config_ms` is when the configuration in
    force came, where a newer one was refused, and `sealed` the files that tell the ledger's head. Raises LedgerCorrupt.
    """
    page = settings.page
    publish({**sealed})
    # One after the other, since each has 10 MB and more where there are ten thousand endpoints.
    publish(render_programs(standings, settings=page, now_ms=now_ms, notes=notes, board=board, keep=keep))
    measuring = measuring_of(reader, settings, sealed)
    files = render_method(measuring, standings, settings=page, now_ms=now_ms, version=version)
    files["index.html"] = render_index(
        standings,
        settings=page,
        now_ms=now_ms,
        version=version,
        config_ms=config_ms,
        notes=notes,
        board=board,
        keep=keep,
    )
    publish(files)
