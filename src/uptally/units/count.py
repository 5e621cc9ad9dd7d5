"""Numbers of things, in words."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Write a number of things whose plural only takes an s.

    >>> counted(1, "day"), counted(1_204, "outage")
    ('1 day', '1,204 outages')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
