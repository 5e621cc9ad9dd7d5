"""Opens the daemon's door: the server, and who comes in by it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from uptally import __version__
from uptally.clock import Clock
from uptally.daemon.doorkeeper import Doorkeeper
from uptally.daemon.exports import Exports
from uptally.daemon.figures import posting_of
from uptally.errors import DaemonError
from uptally.ledger import WritingLedger
from uptally.model.settings import Settings
from uptally.model.token import Scope
from uptally.server import PATH, Gate, Health, Metrics, Pulling, create_app, serve

_log = logging.getLogger(__name__)


@asynccontextmanager
async def opened(
    settings: Callable[[], Settings],
    metrics: Metrics,
    ledger: WritingLedger,
    clock: Clock,
    health: Callable[[], Health],
) -> AsyncIterator[None]:
    """Keep the door open, if there is to be one. Raises DaemonError where the address cannot be listened on."""
    server = settings().server
    if not server.is_enabled:
        yield
        return
    async with AsyncExitStack() as stack:
        keeper = Doorkeeper(settings().store.path, ledger, clock)
        stack.callback(keeper.close)
        exports = Exports(settings, clock)
        stack.callback(exports.close)
        admit = keeper.admitting(Scope.EXPORTS, by="GET /exports/")
        gate = Gate(admit, is_behind_proxy=server.is_behind_proxy, clock=time.monotonic)
        app = create_app(
            site=settings().page.directory,
            metrics=metrics.render,
            health=health,
            posting=posting_of(settings, ledger, clock, gate, keeper.admitting(Scope.FIGURES, by=f"POST {PATH}")),
            pulling=Pulling(gate, exports),
            hosts=lambda: settings().folders_by_host,
            version=__version__,
        )
        try:
            host, port = await stack.enter_async_context(serve(app, server.host, server.port))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise DaemonError(
                f"cannot listen on {server.host}:{server.port}: {why}. Stop what listens there, "
                "or set another address under `server: listen`"
            ) from error
        _log.info("the page is at http://%s:%d/", f"[{host}]" if ":" in host else host, port)
        yield
