"""How far what was measured lies from what was true: rows of runs, their errors, and how they are told."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple, Self

PEER = "prometheus"
WRONG_SHOWN = 20
DRAWS = 2_000

_HEADINGS = (
    *("outages", "interval", "", "runs", "mean error, s", "share of the peer's", "bias, s", "range, s"),
    *("unknown, s", "outages seen", "within bounds", "truth within limits", "limits apart, s"),
)


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
    """Return the rows in Markdown, each of ours with its share of the peer's error, and how bounds and limits held."""
    peers = _peers(rows)
    lines = ["| " + " | ".join(_HEADINGS) + " |", "| --- | ---: | --- |" + " ---: |" * (len(_HEADINGS) - 3)]
    order = sorted(rows, key=lambda row: (row.kind != "mixed", int(row.interval[:-1]), row.prober == PEER))
    for row in order:
        errors_s = [run.error_ms / 1e3 for run in row.runs]
        cells = [row.kind, row.interval.replace("s", " s"), row.prober, str(len(row.runs))]
        cells += [f"{row.mean_error_ms / 1e3:.2f}", "", _signed(row.bias_ms / 1e3)]
        cells += [f"{_signed(min(errors_s))} to {_signed(max(errors_s))}"]
        if row.prober != PEER:
            peer = peers[row.kind, row.interval]
            low, high = chance(row, peer)
            cells[5] = f"{share_of(row, peer):.0%} ({low:.0%} to {high:.0%})"
            cells += [f"{row.unknown_ms / 1e3:.1f}", f"{row.seen} of {row.outages}", f"{row.held} of {row.seen}"]
            cells += [f"{row.within} of {len(row.runs)}", f"{_apart_s(row):.1f}"]
        lines.append("| " + " | ".join(cells + [""] * (len(_HEADINGS) - len(cells))) + " |")
    return "\n".join(lines)


def findings(rows: Sequence[Row]) -> list[str]:
    """Return what is asked of the rows, and whether it holds, in a line each; then bounds that do not."""
    lines, peers = [], _peers(rows)
    for row in rows:
        if row.prober == PEER:
            continue
        lines.append(_finding(row, "bounds that hold", "all", f"{row.held} of {row.seen}", not row.wrong))
        within = row.within / len(row.runs)
        lines.append(_finding(row, "truth within limits", ">= 90%", f"{within:.0%}", within >= 0.9))
        share, most = share_of(row, peers[row.kind, row.interval]), _most_of_peer(row)
        lines.append(_finding(row, "mean error of the peer's", f"<= {most:.0%}", f"{share:.0%}", share <= most))
    wrong = [each for row in rows for each in row.wrong]
    return lines + wrong[:WRONG_SHOWN] + ([f"and {len(wrong) - WRONG_SHOWN} more"] if len(wrong) > WRONG_SHOWN else [])


def share_of(row: Row, peer: Row) -> float:
    """Return a row's mean absolute error as a share of the peer's on the same targets."""
    return row.mean_error_ms / peer.mean_error_ms


def chance(row: Row, peer: Row) -> tuple[float, float]:
    """Return between what the mean error's share of the peer's lies with 90% confidence: had other targets been drawn
    of those that there were (bootstrap), it would have come out so.
    """
    random = Random(0)
    pairs = [(abs(ours.error_ms), abs(theirs.error_ms)) for ours, theirs in zip(row.runs, peer.runs, strict=True)]
    shares = []
    for _ in range(DRAWS):
        ours, theirs = zip(*random.choices(pairs, k=len(pairs)), strict=True)
        shares.append(sum(ours) / sum(theirs))
    shares.sort()
    return shares[DRAWS // 20], shares[-DRAWS // 20]


def _peers(rows: Sequence[Row]) -> dict[tuple[str, str], Row]:
    return {(row.kind, row.interval): row for row in rows if row.prober == PEER}


def _most_of_peer(row: Row) -> float:
    if "tripwire" in row.prober:
        return 0.4
    return 1.0 if row.interval == "1s" else 0.8


def _finding(row: Row, what: str, asked: str, found: str, holds: bool) -> str:
    name = f"{row.kind}, {row.prober}, {row.interval}:"
    return f"{name:34}{what:26}{found:>12}{f'asked {asked}':>15}  {'holds' if holds else 'DOES NOT HOLD'}"


def _apart_s(row: Row) -> float:
    return statistics.mean((run.high_ms or 0) - (run.low_ms or 0) for run in row.runs) / 1e3


def _signed(seconds: float) -> str:
    return f"{seconds:+.1f}"
