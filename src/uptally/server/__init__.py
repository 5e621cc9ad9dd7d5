"""Floor 4, the room with a door: HTTP for the page, the metrics and the daemon's health, and posts of figures.

`app` says what is answered, `listener` guards the door against slow and many clients, `metrics` keeps what Prometheus
is told, `posting` takes figures from who has the token. The room knows no ledger and no config: it is handed a folder
and callables.
"""

from uptally.server.app import Health, create_app
from uptally.server.listener import serve
from uptally.server.metrics import Metrics
from uptally.server.posting import PATH, Posting, Taken

__all__ = ["PATH", "Health", "Metrics", "Posting", "Taken", "create_app", "serve"]
