"""How long statements take, from the ledger: one, and those of 1,000 agreements with 10,000 services.

    python -m bench.statements [--quick]

Every endpoint is a service of its own, with eight outages in the month; an agreement covers ten of them, with tiers, a
fee, a claim and an exclusion. One statement is the median of a hundred, warm; all are made once, reading included. What
counts is the processor's time, so that others who work on the machine are not measured. No garbage is looked for, as
in `uptally report`.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random

from bench import ledgers, machine
from uptally.books.recorded import Recorded
from uptally.books.statements import statements_of_month
from uptally.ledger import Reader
from uptally.model.agreement import Agreement, Approval, Coverage, Party
from uptally.model.comparison import Comparison
from uptally.model.credit import Award, Bound, CreditRules, Tier, Tiers
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.exclusion import Plan, RecordedExclusion
from uptally.model.fee import ClaimRule, Fee
from uptally.model.observation import Outcome
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.model.terms import ExclusionRule, ExclusionRules, ServiceWindow, Terms
from uptally.recurrence import occurrences
from uptally.units.instant import UTC
from uptally.units.time import DAY_MS, MINUTE_MS, SECOND_MS, month_window

MONTH = "2026-10"
WINDOW = month_window(MONTH, UTC)
NOW_MS = WINDOW.end_ms + DAY_MS
OUTAGES = 8
SERVICES = 10
"""Of each agreement."""

SPEAKS_MS = 30 * DAY_MS
ONE_MS, ALL_S = 5, 10
"""What is aimed at."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--agreements", type=int, default=1_000)
    parser.add_argument("--goes", type=int, default=100, help="how often the one statement is made")
    parser.add_argument("--quick", action="store_true", help="few agreements, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.agreements = 20
    print(machine.describe())
    gc.disable()
    settings = settings_of(options.agreements)
    with ledger_of(len(settings.endpoints)) as path:
        with Reader.open(path) as reader:
            one = replace(settings, agreements=(_agreement(0, services=1), *settings.agreements[1:]))
            goes = [_timed(reader, one, statements=1, agreement="customer-0") for _ in range(options.goes)]
        with Reader.open(path) as reader:
            all_s = _timed(reader, settings, statements=len(settings.endpoints))
    print(f"{OUTAGES} outages in each endpoint's month\n")
    print(f"one agreement of one service: {statistics.median(goes) * 1_000:.2f} ms (target {ONE_MS} ms)")
    count = f"{len(settings.endpoints):,} endpoints, {options.agreements:,} agreements"
    print(f"{count}: {all_s:.2f} s on one core (target {ALL_S} s)")


@contextmanager
def ledger_of(endpoints: int) -> Iterator[Path]:
    """Give the ledger of the month, in a folder of its own that ends with the context."""
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name:
        path = Path(name) / "uptally.db"
        ledgers.build(path, STORY, endpoints=endpoints, at_once=500)
        yield path


def _timed(reader: Reader, settings: Settings, *, statements: int, agreement: str | None = None) -> float:
    """Make statements once and return the processor's seconds; raises ValueError where they are wrong."""
    began_s = time.process_time()
    found = statements_of_month(
        reader, settings, MONTH, now_ms=NOW_MS, recorded=_RECORDED, occurrences=occurrences, agreement=agreement
    )
    took_s = time.process_time() - began_s
    if len(found) != statements or not all(map(_is_right, found)):
        raise ValueError("the statements are not those of what was put into the ledger")
    return took_s


def _is_right(statement: PeriodStatement) -> bool:
    return len(statement.outages) == OUTAGES and statement.windows[0].agreed_ms == WINDOW.length_ms - 60 * MINUTE_MS


_RECORDED = Recorded(
    exclusions=[
        RecordedExclusion(
            Plan("move", "maintenance", WINDOW.end_ms - DAY_MS, WINDOW.end_ms - DAY_MS + 60 * MINUTE_MS),
            "bench",
            WINDOW.start_ms,
        )
    ]
)
_TERMS = Terms(
    "gold",
    (
        ServiceWindow(
            "always",
            Fraction(999, 1000),
            credit=CreditRules(
                (
                    Tiers(
                        tuple(
                            Tier((Bound(Comparison.LT, Fraction(below, 1000)),), Award(Fraction(share, 100)))
                            for below, share in ((999, 10), (990, 25), (950, 50))
                        )
                    ),
                )
            ),
        ),
    ),
    exclusions=ExclusionRules((ExclusionRule("maintenance", notice_ms=2 * DAY_MS),)),
    fee=Fee(Decimal("1000.00"), "EUR"),
    claim=ClaimRule(30),
)


def _agreement(number: int, *, services: int = SERVICES) -> Agreement:
    first = number * SERVICES
    return Agreement(
        f"Customer {number}",
        f"customer-{number}",
        Party(f"Customer {number}"),
        Party("Provider"),
        tuple(Coverage(f"endpoint-{each}", (_TERMS,)) for each in range(first, first + services)),
        approved=Approval("bench", date(2026, 1, 1)),
    )


def settings_of(agreements: int) -> Settings:
    return Settings(
        file="probes.yaml",
        page=PageSettings("Bench", "", UTC, Path("site"), 10_000),
        monitor=MonitorSettings("local", (), 1_000, 100),
        store=StoreSettings(Path("uptally.db")),
        server=ServerSettings(False, "127.0.0.1", 0),
        endpoints=tuple(
            Endpoint(f"Endpoint {number}", f"endpoint-{number}", TcpCheck("host", 1), 10 * SECOND_MS, SECOND_MS)
            for number in range(agreements * SERVICES)
        ),
        findings=(),
        notes=(),
        revision="{}",
        agreements=tuple(_agreement(number) for number in range(agreements)),
    )


def _edges(number: int) -> Iterator[tuple[int, Outcome]]:
    """Yield what an endpoint was: good first, and then bad and good for each outage."""
    random = Random(number)
    share_ms = (WINDOW.length_ms - 2 * DAY_MS) // OUTAGES
    yield WINDOW.start_ms - DAY_MS, Outcome.UP
    for outage in range(OUTAGES):
        begin_ms = WINDOW.start_ms + outage * share_ms + random.randrange(1, share_ms // 2)
        yield begin_ms - SECOND_MS, Outcome.UP
        yield begin_ms, Outcome.DOWN
        yield begin_ms + random.randrange(1, 10) * MINUTE_MS, Outcome.UP


STORY = ledgers.Story(_edges, SPEAKS_MS)


if __name__ == "__main__":
    main()
