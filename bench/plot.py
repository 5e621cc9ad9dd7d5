"""Draws measured against true downtime, from what `bench.truth` wrote, as SVG.

python -m bench.plot MEASUREMENT SVG
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.accuracy import PEER, Measurement, Row, Run

PANEL_PX, GAP_PX, LEFT_PX, TOP_PX = 300, 90, 64, 78
RADIUS_PX = 2.4
RUNS_MAX = 100
"""So many runs of a row are drawn: more would hide each other."""

# Both themes of a reader's screen; the two colours differ in lightness too, and the marks in shape.
_STYLE = """
svg { color: #1f2328; background: #ffffff; font: 13px system-ui, sans-serif; --ours: #0a58ca; --peer: #c2570c; }
text { fill: currentColor; }
.title { font-weight: 600; }
.small { font-size: 11px; }
.frame, .grid, .true { fill: none; stroke: currentColor; }
.frame { opacity: .5; }
.grid { opacity: .12; }
.true { opacity: .7; }
.limits { stroke: var(--ours); opacity: .3; }
.ours { fill: var(--ours); }
.peer { fill: none; stroke: var(--peer); stroke-width: 1.3; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; background: #0d1117; --ours: #6cb2ff; --peer: #ffa657; }
  .limits { opacity: .45; }
}
"""


class Scale(NamedTuple):
    """Where downtimes lie in a panel, whose corner is given in pixels; ranges are the ticks of an axis, in seconds."""

    x_px: int
    y_px: int
    true_s: range
    measured_s: range

    def x_of(self, true_ms: float) -> float:
        return self.x_px + _share(true_ms, self.true_s) * PANEL_PX

    def y_of(self, measured_ms: float) -> float:
        return self.y_px + (1 - _share(measured_ms, self.measured_s)) * PANEL_PX


def main() -> None:
    source, drawn = map(Path, sys.argv[1:])
    drawn.write_text(draw(Measurement.read(source)), encoding="utf-8")


def draw(measurement: Measurement) -> str:
    """Return the plot: a panel for each kind of outages and interval, with our best way and the peer in it."""
    peers = {(row.kind, row.interval): row for row in measurement.rows if row.prober == PEER}
    best = {(row.kind, row.interval): row for row in measurement.rows if row.prober != PEER}
    ours = list(best.values())
    width = LEFT_PX + 2 * PANEL_PX + GAP_PX + 24
    height = TOP_PX + -(-len(ours) // 2) * (PANEL_PX + GAP_PX) - 44
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        "<title>Measured against true downtime, of uptally and of Prometheus with blackbox_exporter</title>",
        f"<style>{_STYLE}</style>",
        *_legend(measurement),
    ]
    for index, row in enumerate(ours):
        x_px = LEFT_PX + index % 2 * (PANEL_PX + GAP_PX)
        y_px = TOP_PX + index // 2 * (PANEL_PX + GAP_PX)
        lines += _panel(row, peers[row.kind, row.interval], x_px, y_px)
    return "\n".join((*lines, "</svg>")) + "\n"


def _legend(measurement: Measurement) -> Iterator[str]:
    seconds = measurement.length_ms // 1_000
    yield f'<text class="title" x="{LEFT_PX}" y="18">Measured against true downtime, runs of {seconds} s</text>'
    yield _ours(LEFT_PX + 5, 36)
    yield _text(LEFT_PX + 16, 40, "uptally, with its 95% limits")
    yield _peer(LEFT_PX + 225, 36)
    yield _text(LEFT_PX + 236, 40, "Prometheus with blackbox_exporter")
    yield f'<path class="true" d="M{LEFT_PX + 478} 36h24"/>'
    yield _text(LEFT_PX + 508, 40, "the truth")


def _panel(row: Row, peer: Row, x_px: int, y_px: int) -> Iterator[str]:
    scale = _scale((*row.runs, *peer.runs), x_px, y_px)
    outages = "Crashes" if row.kind == "crash" else "Mixed outages"
    title = f"{outages}, checked every {row.interval.replace('s', ' s')}"
    title += " and by tripwire" if "tripwire" in row.prober else ""
    yield f'<text class="title" x="{x_px}" y="{y_px - 8}">{title}</text>'
    yield f'<rect class="frame" x="{x_px}" y="{y_px}" width="{PANEL_PX}" height="{PANEL_PX}"/>'
    for second in scale.true_s:
        x = scale.x_of(second * 1_000)
        yield f'<path class="grid" d="M{x:.1f} {y_px}v{PANEL_PX}"/>'
        yield _text(x, y_px + PANEL_PX + 15, str(second), anchor="middle")
    for second in scale.measured_s:
        y = scale.y_of(second * 1_000)
        yield f'<path class="grid" d="M{x_px} {y:.1f}h{PANEL_PX}"/>'
        yield _text(x_px - 6, y + 4, str(second), anchor="end")
    yield _text(x_px + PANEL_PX / 2, y_px + PANEL_PX + 31, "true downtime, s", anchor="middle")
    middle = f"{x_px - 40} {y_px + PANEL_PX / 2}"
    yield f'<text class="small" text-anchor="middle" transform="translate({middle}) rotate(-90)">measured, s</text>'
    yield from _marks(row, peer, scale)


def _marks(row: Row, peer: Row, scale: Scale) -> Iterator[str]:
    first, last = scale.true_s[0] * 1_000, scale.true_s[-1] * 1_000
    ends = (scale.x_of(first), scale.y_of(first), scale.x_of(last), scale.y_of(last))
    yield '<path class="true" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>'.format(*ends)
    for run in row.runs[:RUNS_MAX]:
        if run.low_ms is not None and run.high_ms is not None:
            low, high = scale.y_of(run.low_ms), scale.y_of(run.high_ms)
            yield f'<path class="limits" d="M{scale.x_of(run.true_ms):.1f} {low:.1f}V{high:.1f}"/>'
    for run in peer.runs[:RUNS_MAX]:
        yield _peer(scale.x_of(run.true_ms), scale.y_of(run.measured_ms))
    for run in row.runs[:RUNS_MAX]:
        yield _ours(scale.x_of(run.true_ms), scale.y_of(run.measured_ms))


def _scale(runs: Iterable[Run], x_px: int, y_px: int) -> Scale:
    runs = list(runs)
    told_ms = (value for run in runs for value in (run.measured_ms, run.low_ms, run.high_ms))
    measured_ms = [value for value in told_ms if value is not None]
    true_ms = [run.true_ms for run in runs]
    return Scale(x_px, y_px, _ticks(true_ms), _ticks([*measured_ms, *true_ms]))


def _ticks(values_ms: Collection[int]) -> range:
    """Return whole seconds, at most ten and evenly apart, between the first and last of which all values lie."""
    least_s, most_s = min(values_ms) / 1_000, max(values_ms) / 1_000
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1_000) if most_s - least_s <= 8 * step)
    return range(int(least_s // step) * step, int(-(-most_s // step) + 1) * step, step)


def _share(value_ms: float, ticks: range) -> float:
    return (value_ms / 1_000 - ticks[0]) / (ticks[-1] - ticks[0])


def _ours(x: float, y: float) -> str:
    return f'<circle class="ours" cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS_PX}"/>'


def _peer(x: float, y: float) -> str:
    size = RADIUS_PX * 1.3
    return f'<path class="peer" d="M{x:.1f} {y - size:.1f}l{size} {size}l{-size} {size}l{-size} {-size}z"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text class="small" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


if __name__ == "__main__":
    main()
