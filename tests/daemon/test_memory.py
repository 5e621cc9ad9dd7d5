"""The process is set up so that it gives memory back."""

from __future__ import annotations

import subprocess
import sys

_GROWTH = """
import sys

def rss():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

if "prepared" in sys.argv:
    from uptally.daemon import process
    process.prepare()
before = rss()
bytearray(b"x") * 20_000_000
large, above_it = bytearray(b"x") * 10_000_000, bytearray(b"x") * 200_000
del large
print(rss() - before)
"""


def growth_of(*arguments: str) -> int:
    return int(subprocess.check_output([sys.executable, "-c", _GROWTH, *arguments], text=True))


def test_large_blocks_that_are_free_are_the_systems_again() -> None:
    assert growth_of("prepared") < 2_000_000
    assert growth_of() > 8_000_000, "the C library does so by itself: there is nothing to set up"
