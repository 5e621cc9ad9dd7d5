"""Processes: started for a measurement, watched from outside through /proc, and ended with it."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Self

DEADLINE_S = 60
_PORTS = range(20_000, 32_000)
_HELD, _PEAK = ("smaps_rollup", "Pss"), ("status", "VmHWM")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """What processes hold in memory now, and the most that each ever held, in bytes.

    What several share counts once for `held` (the kernel's "proportional set size"), and for each for `peak`.
    """

    held: int
    peak: int

    @classmethod
    def of(cls, pid: int) -> Self:
        """Look at a process and those that it started."""
        family = family_of(pid)
        return cls(*(sum(_kilobytes(each, *where) for each in family) * 1024 for where in (_HELD, _PEAK)))


@contextmanager
def started(command: Sequence[str | Path], *, log: Path) -> Iterator[int]:
    """Run a program and yield its process id; it is asked to end afterwards, and gets what it writes into a file.

    Raises RuntimeError with the end of that file where the program ends too early or by a failure.
    """
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield process.pid
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended by itself:\n{_end_of(log)}")
            process.send_signal(signal.SIGTERM)
            if process.wait(DEADLINE_S) > 0:
                raise RuntimeError(f"{command[0]} failed when it was to end:\n{_end_of(log)}")
        finally:
            process.kill()


def family_of(pid: int) -> list[int]:
    """Return the ids of a process and of all that it started, and these, which still run."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    started = [int(each) for task in tasks for each in (task / "children").read_text(encoding="ascii").split()]
    return [pid, *(each for child in started for each in family_of(child))]


def cpu_s(pid: int) -> float:
    """Return the CPU time that a process and those that it started took until now, of the user and of the system."""
    # The name in brackets may hold blanks; utime and stime are the 14th and 15th field, those of the ended behind them.
    ticks = 0
    for each in family_of(pid):
        fields = Path(f"/proc/{each}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS_PER_S


@contextmanager
def on_cores(cores: Collection[int]) -> Iterator[None]:
    """Have processes that are started meanwhile, and all that these start, run on some cores only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _kilobytes(pid: int, file: str, name: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on, below those that the kernel gives to connections.

    Services listen there. Above, one that connects to a port where nobody listens may be given the same port and meet
    itself. They are tried from a random one on, or two measurements at a time would take each other's ports. Raises
    OSError where there are not so many.
    """
    found: list[int] = []
    first = random.randrange(len(_PORTS))
    for port in (*_PORTS[first:], *_PORTS[:first]):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise OSError(f"there are not {count} free ports")


def await_port(port: int) -> None:
    """Wait until somebody listens. Raises TimeoutError where nobody does."""
    until_s = time.monotonic() + DEADLINE_S
    while time.monotonic() < until_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2_000:]
