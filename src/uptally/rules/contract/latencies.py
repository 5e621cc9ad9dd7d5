"""How fast the good answers of a period were.

Sketches know a latency to its bucket only, at most 1/64 of it wide: the bucket's greatest value is taken, so that no
figure is better than what was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from uptally.model.objective import Measured
from uptally.rules.contract.wording import percent
from uptally.rules.sketch import Sketch, bounds_of
from uptally.units.money import exact_text
from uptally.units.said import Said, said, said_of


def latency_at(share: Fraction, latencies: Mapping[str, Mapping[int, int]]) -> Measured:
    """Return the latency in microseconds that a share of the good answers did not exceed, of the slowest component.

    `latencies` are the components' counts of answers by bucket; one without any answer says nothing.
    """
    sketches = {name: Sketch(counts) for name, counts in latencies.items()}
    answers = sum(sketch.count for sketch in sketches.values())
    slowest = max(((sketch.bucket_at(share), name) for name, sketch in sketches.items() if sketch.count), default=None)
    if slowest is None:
        return Measured(None, {"answers": 0}, (said("no good answer was measured, so there is no latency"),))
    bucket, name = slowest
    count = sketches[name].count
    rank = -(-count * share.numerator // share.denominator)
    lines = []
    if len(sketches) > 1:
        lines.append(
            said_of(
                "of {number} component {name} is the slowest",
                "of {number} components {name} is the slowest",
                len(sketches),
                name=name,
            )
        )
    lines.append(
        said(
            "{share} of {answers} good answers are {rank}: the latency of number {rank} from the fastest",
            share=percent(share),
            answers=str(count),
            rank=str(rank),
        )
    )
    least_us, most_us = bounds_of(bucket)
    if least_us < most_us:
        least, most = milliseconds(Fraction(least_us)), milliseconds(Fraction(most_us))
        lines.append(said("it lies between {least} and {most}, and the greater counts", least=least, most=most))
    return Measured(Fraction(most_us), {"answers": answers}, tuple(lines))


def milliseconds(latency_us: Fraction) -> Said:
    """Write microseconds as milliseconds, exactly.

    >>> milliseconds(Fraction(300_416))
    '300.416 ms'
    """
    return said("{number} ms", number=exact_text(Fraction(latency_us, 1_000)))
