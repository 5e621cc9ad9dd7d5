"""How far what was measured lies from what was true: rows of runs, their errors, and how they are told."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple, Self

PEER = "prometheus"


class Run(NamedTuple):
    """The downtime of one target, in milliseconds, and the limits of it that were given: `high_ms` takes what was
    unknown as down.
    """

    true_ms: int
    measured_ms: int
    unknown_ms: int = 0
    low_ms: int | None = None
    high_ms: int | None = None

    @property
    def error_ms(self) -> int:
        return self.measured_ms - self.true_ms

    @property
    def is_within(self) -> bool:
        return self.low_ms is not None and self.high_ms is not None and self.low_ms <= self.true_ms <= self.high_ms


@dataclass(frozen=True, slots=True)
class Row:
    """What one prober said of all targets of a kind: of how many outages the bounds held, and what did not. A
    peer gives none.
    """

    kind: str
    prober: str
    interval: str
    runs: tuple[Run, ...]
    outages: int = 0
    seen: int = 0
    held: int = 0
    wrong: tuple[str, ...] = ()

    @property
    def mean_error_ms(self) -> float:
        """The mean absolute error."""
        return statistics.mean(abs(run.error_ms) for run in self.runs)

    @property
    def bias_ms(self) -> float:
        return statistics.mean(run.error_ms for run in self.runs)

    @property
    def unknown_ms(self) -> float:
        return statistics.mean(run.unknown_ms for run in self.runs)

    @property
    def within(self) -> int:
        """In how many runs the truth lies within the limits."""
        return sum(run.is_within for run in self.runs)

    @property
    def has_limits(self) -> bool:
        return all(run.low_ms is not None for run in self.runs)


@dataclass(frozen=True, slots=True)
class Measurement:
    """A whole measurement: how long each run was, what its outages were drawn from, and what came of it."""

    length_ms: int
    seed: str
    rows: tuple[Row, ...]

    def write(self, path: Path) -> None:
        """Write it into a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what was written."""
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = (Row(**row | {"runs": tuple(Run(*run) for run in row["runs"])}) for row in found["rows"])
        return cls(found["length_ms"], found["seed"], tuple(rows))


def table(rows: Sequence[Row]) -> str:
    """Return a line for each row: its errors in seconds, and of ours how the bounds and the limits held."""
    head = f"{'outages':8}{'prober':18}{'every':>6}{'mean error':>12}{'bias':>8}{'range':>17}"
    lines = [f"{head}{'seen':>10}{'in bounds':>11}{'unknown':>10}{'in limits':>11}{'limits apart':>14}"]
    for row in rows:
        errors_ms = [run.error_ms for run in row.runs]
        span = f"{_seconds(min(errors_ms))} .. {_seconds(max(errors_ms))}"
        line = f"{row.kind:8}{row.prober:18}{row.interval:>6}{row.mean_error_ms / 1e3:>10.2f} s"
        line += f"{_seconds(row.bias_ms):>8}{span:>17}"
        if row.outages:
            line += f"{f'{row.seen}/{row.outages}':>10}{_in_bounds(row):>11}{row.unknown_ms / 1e3:>8.2f} s"
        if row.has_limits:
            line += f"{f'{row.within}/{len(row.runs)}':>11}{_apart_s(row):>12.1f} s"
        lines.append(line)
    return "\n".join(lines)


def findings(rows: Sequence[Row]) -> list[str]:
    """Return what is asked of the rows, and whether it holds, in a line each; then each bound that does not."""
    lines = []
    peers = {(row.kind, row.interval): row for row in rows if row.prober == PEER}
    for row in rows:
        if row.prober == PEER:
            continue
        lines.append(_finding(row, "bounds that hold", "all", _in_bounds(row), not row.wrong))
        if row.has_limits:
            share = row.within / len(row.runs)
            lines.append(_finding(row, "runs within the limits", ">= 90%", f"{share:.0%}", share >= 0.9))
        most = _most_of_peer(row)
        if most is not None:
            share = row.mean_error_ms / peers[row.kind, row.interval].mean_error_ms
            lines.append(_finding(row, "mean error of the peer's", f"<= {most:.0%}", f"{share:.0%}", share <= most))
    return lines + [wrong for row in rows for wrong in row.wrong]


def _most_of_peer(row: Row) -> float | None:
    """Return how much of the peer's error a row may have; None where nothing was asked."""
    if "tripwire" in row.prober:
        return 0.4 if row.kind == "crash" else None
    return 1.0 if row.interval == "1s" else 0.8


def _finding(row: Row, what: str, asked: str, found: str, holds: bool) -> str:
    name = f"{row.kind}, {row.prober}, {row.interval}:"
    return f"{name:34}{what:26}{found:>10}{f'asked {asked}':>15}  {'holds' if holds else 'DOES NOT HOLD'}"


def _in_bounds(row: Row) -> str:
    return f"{row.held}/{row.seen}"


def _apart_s(row: Row) -> float:
    return statistics.mean((run.high_ms or 0) - (run.low_ms or 0) for run in row.runs) / 1e3


def _seconds(duration_ms: float) -> str:
    return f"{duration_ms / 1e3:+.1f}"
