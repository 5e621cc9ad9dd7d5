"""Lives through one simulated world: `python -m tests.simulation <seed> <hours>`."""

from __future__ import annotations

import sys
from collections import Counter

from tests.simulation.audit import audit
from tests.simulation.disk import folder_in_memory
from tests.simulation.plan import Plan
from tests.simulation.world import World
from uptally.units.time import HOUR_MS


def main(seed: int, hours: int) -> int:
    """Say what a world was, and what was found; 1 where that is a fault."""
    plan = Plan.of(seed, hours * HOUR_MS)
    with folder_in_memory() as folder:
        lived = World(plan, folder).live()
        found = audit(lived)
    for endpoint in plan.endpoints:
        seconds = endpoint.interval_ms // 1_000, endpoint.timeout_ms // 1_000
        print(f"{endpoint.slug}: every {seconds[0]} s, {seconds[1]} s at most")
    for (outcome, reason), count in sorted(Counter((each.outcome, each.reason) for each in lived.committed).items()):
        print(f"{count:8} {outcome.label} {reason.label}")
    print(f"{found.told} outages could be told for sure; the ledger's digest is {found.digest}")
    print(*found.faults or ("all is well",), sep="\n")
    return bool(found.faults)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
