"""Floor 7, what an operator types: one file per verb.

stdout is data and stderr is talk. Exit codes: 0 fine, 1 a finding or a failure, 2 usage, 3 another uptally writes to
the ledger, 78 a configuration that is refused (`check`, whose finding that is, says 1).
"""

from uptally.cli.verbs import main

__all__ = ["main"]
