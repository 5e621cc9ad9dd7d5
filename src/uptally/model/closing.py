"""What a month's closing was made from, and what it is."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class LedgerRange(NamedTuple):
    """How far a ledger went: its newest act and block, with their digests, and what was in no block yet.

    Numbers are 0 and digests empty where there is none. `loose` are observations by slug, location and boot, each time
    from a first sequence to a last: what came later is in none of these, nor in a block of so low a number.
    """

    act: int
    act_digest: str
    block: int
    block_digest: str
    loose: tuple[tuple[str, str, int, int, int], ...] = ()


class Choice(StrEnum):
    """How a person decides what is undetermined: with the largest credit that it can be, or without one."""

    CREDIT = "credit"
    NO_CREDIT = "no_credit"


class Closing(NamedTuple):
    """A revision of a month, as its act has it.

    Revision 1 closes the month; a further one either decides a statement that was left open (`decided` is its id), from
    what revision `basis` was made from, or states the month again, from what there was by then (`is_restated`).
    `dated` is the month in whose export the corrections of a further revision stand: the one in which it was made.
    `config` is the digest of the configuration's record, `as_of_ms` when the ledger was looked at, `rows` how many are
    frozen in the document, `undecided` how many statements of the month are open from then on; `document` is the digest
    of its text, `stored` that of the bytes that are kept.
    """

    month: str
    revision: int
    as_of_ms: int
    config: str
    version: str
    act: int
    act_digest: str
    block: int
    block_digest: str
    rows: int
    document: str
    stored: str
    reason: str = ""
    is_restated: bool = False
    decided: str = ""
    choice: Choice | None = None
    basis: int = 0
    undecided: int = 0
    dated: str = ""
