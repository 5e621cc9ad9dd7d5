"""Where an attempt's time went, drawn in text."""

from __future__ import annotations

from uptally.model.observation import Phases

WIDTH = 48
"""Columns that the whole attempt takes."""

_LABELS = ("resolve", "connect", "tls", "first byte", "transfer")


def waterfall(phases: Phases) -> list[str]:
    """Return a line for each phase that was reached: its name, its milliseconds, and a bar where it lay in the whole.

    A phase that was reached has a bar of one column at least. Empty where no phase was reached.

    >>> for line in waterfall(Phases(connect_us=500, first_byte_us=1_500)):
    ...     print(line)
    connect         0.5 ms  ████████████
    first byte      1.5 ms              ████████████████████████████████████
    """
    reached = [(label, spent) for label, spent in zip(_LABELS, phases, strict=True) if spent is not None]
    total_us = max(1, sum(spent for _, spent in reached))
    lines = []
    before_us = 0
    for label, spent_us in reached:
        start = min(before_us * WIDTH // total_us, WIDTH - 1)
        before_us += spent_us
        length = max(1, before_us * WIDTH // total_us - start)
        lines.append(f"{label:<10}  {spent_us / 1000:>7,.1f} ms  {' ' * start}{'█' * length}")
    return lines
