"""Whatever comes late, in whatever order: a closed month and all its corrections add up to what is stated from scratch.

What is stated from scratch is counted here in half hours, from the observations and acts that were drawn, without
anything of the ledger's, the books' or the rules'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.disk import folder_in_memory
from uptally.books.audit import verify_closings
from uptally.books.closing import Asked, Draft, close_month, restate_month
from uptally.books.months import rows_of_month
from uptally.clock import SystemClock
from uptally.config import load
from uptally.export.changes import changes
from uptally.export.csv import to_csv
from uptally.export.month import MonthRows
from uptally.ledger import Ledger, Reader, amend_beside
from uptally.model.act import NewAct
from uptally.model.exclusion import Plan
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import Settings
from uptally.rules.record.claims import CLAIM, Claimed, claim
from uptally.rules.record.closings import CLOSE
from uptally.rules.record.exclusions import EXCLUSION_KINDS, exclude, recorded_exclusions, revoke
from uptally.units.time import DAY_MS, HOUR_MS

HALF_MS = HOUR_MS // 2
OCTOBER_MS = 1_790_805_600_000  # 2026-10-01 in Berlin
MONTH_HOURS = 31 * 24 + 1  # the hour that is set back
NOVEMBER_MS = OCTOBER_MS + MONTH_HOURS * HOUR_MS
CLAIM_BY_MS = NOVEMBER_MS + 30 * DAY_MS
HOURS = 40
"""So many hours of the month can have been looked at."""

UNTIL_MS = OCTOBER_MS + HOURS * HOUR_MS
CONFIG = """\
page: {{title: Shop, timezone: Europe/Berlin}}
server: {{enabled: false}}
endpoints: [{{name: Website, url: "http://127.0.0.1:1/", interval: 1h, timeout: 1s}}]
agreements:
  - {{name: Acme, customer: {{name: Acme Ltd}}, provider: {{name: Us}}, approved: {{by: Ann, on: 2026-01-01}},
     undetermined: counted, covers: [{{service: website, sla: gold}}]}}
slas:
  gold:
    {{target: 98%, from: 2026-10-01, edges: observed, fee: {fee} EUR, claim: 30d,
     credits: [{{below: 98%, credit: 10%}}, {{below: 90%, credit: 33.3%}}, {{below: 50%, credit: 100%}}],
     exclusions: {{maintenance: {{notice: 12h}}, force_majeure: {{}}}}}}
"""
TIERS = (Fraction(1, 2), Fraction(1)), (Fraction(9, 10), Fraction(333, 1000)), (Fraction(98, 100), Fraction(1, 10))
OUTCOMES = {"up": (Outcome.UP, Reason.NONE), "down": (Outcome.DOWN, Reason.STATUS)}
SUMS = ("scheduled_ms", "agreed_service_ms", "denominator_ms", "up_ms", "down_ms", "counted_down_ms", "excluded_ms",
        "unknown_ms")  # fmt: skip
Figures = dict[str, int | Decimal]


@dataclass(eq=False)
class Excluded:
    """What was put on record to be left out."""

    kind: str
    start_ms: int
    end_ms: int
    recorded_ms: int
    revoked_ms: int | None = None


@dataclass
class World:
    """All that was ever observed and put on record, as one would write it on paper."""

    seen: dict[int, str] = field(default_factory=dict)
    excluded: list[Excluded] = field(default_factory=list)
    claimed_ms: int | None = None
    fee: Decimal = Decimal(1000)

    def figures(self) -> Figures:
        """Count every half hour of the month, and what is to be booked."""
        halves: Counter[str] = Counter()
        for start_ms in range(OCTOBER_MS, NOVEMBER_MS, HALF_MS):
            is_out = any(self._leaves_out(each, start_ms) for each in self.excluded)
            halves["out" if is_out else self.seen.get((start_ms - OCTOBER_MS) // HOUR_MS, "unknown")] += 1
        known = halves["up"] + halves["down"]
        ratio = Fraction(halves["up"], known) if known else None
        share = next((share for below, share in TIERS if ratio is not None and ratio < below), Fraction(0))
        credit = (self.fee * share.numerator / share.denominator).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        is_claimed = self.claimed_ms is not None and self.claimed_ms < CLAIM_BY_MS
        counts = [halves.total(), halves.total() - halves["out"], known, halves["up"], halves["down"], halves["down"],
                  halves["out"], halves["unknown"]]  # fmt: skip
        told: Figures = {column: count * HALF_MS for column, count in zip(SUMS, counts, strict=True)}
        return told | {"credit_amount": credit, "booked_amount": credit if is_claimed else Decimal(0)}

    @staticmethod
    def _leaves_out(each: Excluded, at_ms: int) -> bool:
        is_announced = each.kind == "maintenance" and each.start_ms - each.recorded_ms >= 12 * HOUR_MS
        has_begun = each.revoked_ms is None or each.start_ms < each.revoked_ms
        return (is_announced or each.kind == "force_majeure") and has_begun and each.start_ms <= at_ms < each.end_ms


class SetClock(SystemClock):
    """Says what it is told to say."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def wall_ms(self) -> int:
        return self.now_ms


class House:
    """A ledger and a configuration to which all that is done which is done to the world on paper."""

    def __init__(self, folder: Path) -> None:
        self.file, self.path = folder / "probes.yaml", folder / "uptally.db"
        self.world = World()
        self._sequence = 0
        self.agree(1000)
        # What the month begins with is known before it does.
        self.observe(-1, 1, "up")

    def agree(self, fee: int) -> None:
        """Put the fee right."""
        self.world.fee = Decimal(fee)
        self.file.write_text(CONFIG.format(fee=f"{fee}.00"), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load(self.file, environment={})

    def observe(self, hour: int, count: int, state: str) -> None:
        """Look once an hour, in hours in which nobody looked."""
        hours = [each for each in range(hour, min(hour + count, HOURS)) if each not in self.world.seen]
        self.world.seen |= dict.fromkeys(hours, state)
        with closing(Ledger.open(self.path, location="local", clock=SystemClock(), version="test")) as ledger:
            ledger.import_observations([self._observed(each, state) for each in hours])

    def _observed(self, hour: int, state: str) -> Observation:
        self._sequence += 1
        # No slot of the grid, since three of those that fail in a row of ten are one outage.
        return Observation(
            *("website", "local", 1, self._sequence, Kind.RECHECK, OCTOBER_MS + hour * HOUR_MS, 1_000),
            *(*OUTCOMES[state], HOUR_MS, 1_000),
        )

    def exclude(self, kind: str, half: int, halves: int, recorded_half: int) -> None:
        start_ms, at_ms = OCTOBER_MS + half * HALF_MS, OCTOBER_MS + recorded_half * HALF_MS
        each = Excluded(kind, start_ms, start_ms + halves * HALF_MS, at_ms)
        plan = Plan(f"{len(self.world.excluded)}", kind, start_ms, each.end_ms)
        self.world.excluded.append(each)
        self._record(EXCLUSION_KINDS, exclude(plan, by="ann"), at_ms)

    def revoke(self, number: int, half: int) -> None:
        """Take back what stands of all that is excluded, if anything does."""
        standing = [each for each in self.world.excluded if each.revoked_ms is None]
        if standing:
            each = standing[number % len(standing)]
            each.revoked_ms = max(OCTOBER_MS + half * HALF_MS, each.recorded_ms)
            with Reader.open(self.path) as reader:
                held = recorded_exclusions(reader.acts(*EXCLUSION_KINDS))[self.world.excluded.index(each)]
            self._record(EXCLUSION_KINDS, revoke(held, by="ann", why="error"), each.revoked_ms)

    def claim(self, days: int) -> None:
        """Put on record that the credit was claimed, or that it was claimed on another day."""
        self.world.claimed_ms = NOVEMBER_MS + days * DAY_MS
        claimed = Claimed("acme", "website", "2026-10")
        self._record([CLAIM], claim(claimed, received_ms=self.world.claimed_ms, by="ann"), self.world.claimed_ms)

    def _record(self, kinds: Iterable[str], act: NewAct, at_ms: int) -> None:
        amend_beside(self.path, clock=SetClock(at_ms), kinds=list(kinds), decide=lambda _: [act])

    def freeze(self, now_ms: int, *, again: bool) -> Draft | None:
        """Close the month, or state it again; None where nothing is to be corrected."""
        asked = Asked("2026-10", "ann", "test", "late" if again else "")
        with Reader.open(self.path) as reader, reader.snapshot():
            draft = (restate_month if again else close_month)(reader, self.settings, asked, now_ms=now_ms)
        if draft is not None:
            amend_beside(self.path, clock=SetClock(now_ms), kinds=[CLOSE], decide=draft.decide)
        return draft

    def month(self, name: str, now_ms: int) -> MonthRows:
        with Reader.open(self.path) as reader, reader.snapshot():
            return rows_of_month(reader, self.settings, name, now_ms)


STATES = st.sampled_from([*OUTCOMES])
HALVES = st.integers(-50, 2 * HOURS - 32)
LATE = st.one_of(
    st.tuples(st.just(House.observe), st.integers(0, HOURS - 1), st.integers(1, 12), STATES),
    st.tuples(
        st.just(House.exclude), st.sampled_from(["force_majeure", "maintenance", "party"]),
        *(HALVES, st.integers(1, 30), st.sampled_from([-100, -30, 0, 2 * MONTH_HOURS + 10])),
    ),
    st.tuples(st.just(House.revoke), st.integers(0, 9), st.sampled_from([-40, 10, 60, 2 * MONTH_HOURS + 20])),
    st.tuples(st.just(House.claim), st.sampled_from([5, 29, 30, 40])),
    st.tuples(st.just(House.agree), st.sampled_from([1000, 333])),
)  # fmt: skip
"""Something that comes late: who does it, and with what."""


@contextmanager
def house() -> Iterator[House]:
    with folder_in_memory() as folder:
        yield House(folder)


def promised(month: MonthRows) -> list[Figures]:
    """Return what each row of a month's agreement says."""
    return [
        {column: Decimal(str(row[column] or 0)) if column.endswith("amount") else int(row[column] or 0)
         for column in (*SUMS, "credit_amount", "booked_amount")}
        for row in month.rows if row["agreement"]
    ]  # fmt: skip


def risen(before: MonthRows, after: MonthRows) -> Figures:
    """Return by how much a month's agreement says more than it did, by what the differences tell."""
    found: Figures = {}
    for each in changes(before.rows, after.rows):
        if each.id.startswith("acme/") and each.column in (*SUMS, "credit_amount", "booked_amount"):
            assert each.difference is not None
            found[each.column] = Decimal(each.difference) if each.column.endswith("amount") else int(each.difference)
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(early=st.lists(LATE, max_size=4), rounds=st.lists(st.lists(LATE, min_size=1, max_size=3), max_size=4))
def test_closed_rows_and_all_corrections_add_up_to_the_statement_from_scratch(
    early: list[tuple[object, ...]], rounds: list[list[tuple[object, ...]]]
) -> None:
    with house() as held:
        held.observe(HOURS - 1, 1, "up")
        for do, *what in early:
            do(held, *what)  # type: ignore[operator]  # drawn as objects
        now_ms = NOVEMBER_MS + 3 * DAY_MS
        held.freeze(now_ms, again=False)
        told, written = [held.world.figures()], [to_csv(held.month("2026-10", now_ms).rows)]
        assert promised(held.month("2026-10", now_ms)) == told
        for late in rounds:
            now_ms += DAY_MS
            for do, *what in late:
                do(held, *what)  # type: ignore[operator]  # drawn as objects
            figures = held.world.figures()
            if held.freeze(now_ms, again=True) is None:
                assert figures == told[-1]
                continue
            told.append(figures)
            revisions = [held.month(f"2026-10@{number + 1}", now_ms) for number in range(len(told))]
            assert [promised(each) for each in revisions] == [[each] for each in told]
            assert to_csv(held.month("2026-10", now_ms).rows) == written[0]
            written.append(to_csv(revisions[-1].rows))
            assert [to_csv(each.rows) for each in revisions[1:]] == written[1:]
            for number, before in enumerate(told):
                grown = {column: cell - before[column] for column, cell in figures.items() if cell != before[column]}
                assert risen(revisions[number], revisions[-1]) == grown
            corrections = [row for row in held.month("2026-11", now_ms).rows if row["status"] == "correction"]
            for column, difference in (("counted_down_ms", "difference_ms"), ("booked_amount", "difference_amount")):
                added = sum(Decimal(str(row[difference] or 0)) for row in corrections if row["agreement"])
                assert told[0][column] + added == figures[column]
        with Reader.open(held.path) as reader, reader.snapshot():
            reader.verify_acts()
            assert verify_closings(reader).revisions == len(told)
