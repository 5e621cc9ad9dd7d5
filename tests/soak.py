"""The long proofs: seed after seed, each in a process of its own, on all cores.

`python -m tests.soak days 1000-1199` lives through 200 simulated days; `kills 0-49` kills the writers of 50 ledgers, 20
times each, `sealing 0-49` those that are sealing, and `closing 0-9` those that close a month. What one seed finds, the
same command finds again with it alone.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.daemon.closers_killed import kill_while_closing
from tests.ledger.kills import kill_while_sealing, kill_while_writing
from tests.simulation.disk import folder_in_memory
from tests.simulation.proof import prove
from uptally.units.time import HOUR_MS


class Proven(NamedTuple):
    """What came of a seed: `seconds` are the processor's, of the process and of those that it started."""

    seed: int
    is_well: bool
    words: str
    seconds: float


def live(seed: int, *, hours: int) -> str:
    """Live through a world of so many hours. Raises AssertionError where the ledger does not tell the truth."""
    with folder_in_memory() as folder:
        lived, found = prove(seed, hours * HOUR_MS, folder)
    assert found.told, "no outage could be told for sure, so that nothing was proven of any"
    return f"{hours} h, {len(lived.committed)} observations, {found.told} outages to be told, {found.digest[:12]}"


def kill(seed: int, *, kills: int) -> str:
    """Kill the writers of a ledger. Raises AssertionError where anything that they acknowledged is lost."""
    with TemporaryDirectory() as folder:
        return f"{kills} kills, {kill_while_writing(Path(folder, 'ledger.db'), seed, kills)} observations acknowledged"


def kill_sealing(seed: int, *, kills: int) -> str:
    """Kill the writers of a ledger while they are sealing."""
    with TemporaryDirectory() as folder:
        return f"{kills} kills, {kill_while_sealing(Path(folder, 'ledger.db'), seed, kills)} observations acknowledged"


def kill_closing(seed: int, *, kills: int) -> str:
    """Kill those that close a month, each of a ledger of its own."""
    with TemporaryDirectory() as folder:
        closed, left = kill_while_closing(Path(folder), seed, kills)
        return f"{kills} kills, {closed} months closed by then and {left} not"


def go_through(proof: Callable[[int], str], seed: int) -> Proven:
    """Go through a proof with a seed; one that raises anything has failed."""
    try:
        is_well, words = True, proof(seed)
    except Exception:
        is_well, words = False, traceback.format_exc()
    return Proven(seed, is_well, words, sum(os.times()[:4]))


def seeds(text: str) -> range:
    """Return the seeds that `7` or `7-19` names."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main(arguments: Sequence[str]) -> int:
    """Say of each seed what came of it, and at the end of all; 1 where one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("proof", choices=["days", "kills", "sealing", "closing"])
    parser.add_argument("seeds", type=seeds, help="a seed, or the first and last of them: 1000-1199")
    parser.add_argument("--hours", type=int, default=24, help="how long a world is lived through")
    parser.add_argument("--kills", type=int, default=20, help="how often the writers of a ledger are killed")
    parser.add_argument("--at-once", type=int, default=os.cpu_count(), help="so many seeds at a time")
    given = parser.parse_args(arguments)
    proof = {
        "days": partial(live, hours=given.hours),
        "kills": partial(kill, kills=given.kills),
        "sealing": partial(kill_sealing, kills=given.kills),
        "closing": partial(kill_closing, kills=given.kills),
    }[given.proof]
    began_s, failed, seconds = time.monotonic(), 0, 0.0
    # Fresh interpreters, so that no seed has anything from another.
    anew = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(
        given.at_once, mp_context=anew, max_tasks_per_child=1, initializer=logging.disable, initargs=(logging.CRITICAL,)
    )
    with pool:
        for ended in as_completed([pool.submit(go_through, proof, seed) for seed in given.seeds]):
            proven = ended.result()
            failed += not proven.is_well
            seconds += proven.seconds
            word = "well" if proven.is_well else "FAILED"
            print(f"{given.proof} {proven.seed}: {word}, {proven.seconds:.1f} s of CPU: {proven.words}", flush=True)
    lasted_s = time.monotonic() - began_s
    many = len(given.seeds)
    print(f"{given.proof}: {many - failed} of {many} seeds are well; {seconds:.0f} s of CPU in {lasted_s:.0f} s")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
