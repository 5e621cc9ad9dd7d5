"""Floor 4, the room with a door: HTTP for the page, metrics, health, exports and posts of figures.

`app` says what is answered, `listener` guards the door against slow and many clients, `metrics` keeps what Prometheus
is told, `posting` takes figures from who has the token, `exports` gives months to whom the `gate` lets
in, and `openapi` describes it all. The room knows no ledger and no config: it is handed a folder and callables.
"""

from uptally.server.app import Health, create_app
from uptally.server.exports import ExportFailed, ExportImpossible, Found, Made, Pulling
from uptally.server.gate import Admit, Gate
from uptally.server.listener import serve
from uptally.server.metrics import Metrics
from uptally.server.posting import PATH, Posting, Taken

__all__ = [
    "PATH",
    "Admit",
    "ExportFailed",
    "ExportImpossible",
    "Found",
    "Gate",
    "Health",
    "Made",
    "Metrics",
    "Posting",
    "Pulling",
    "Taken",
    "create_app",
    "serve",
]
