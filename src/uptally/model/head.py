"""The head of a ledger: what everything in it before is chained to."""

from __future__ import annotations

from typing import NamedTuple


class Head(NamedTuple):
    """The newest act and the newest block of a ledger, or those that something rests on: their numbers and digests, and
    when the act was recorded.

    Each digest covers all acts or blocks before it. Numbers and instant are 0 and digests empty where there is none.
    """

    act: int = 0
    act_digest: str = ""
    act_ms: int = 0
    block: int = 0
    block_digest: str = ""
