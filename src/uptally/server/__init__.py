"""Floor 4, the room with a door: HTTP for the page, the metrics and the daemon's health.

`app` says what is answered, `listener` guards the door against slow and many clients, `metrics` keeps what Prometheus
is told. The room knows no ledger and no config: it is handed a folder and callables.
"""

from uptally.server.app import Health, create_app
from uptally.server.listener import serve
from uptally.server.metrics import Metrics

__all__ = ["Health", "Metrics", "create_app", "serve"]
