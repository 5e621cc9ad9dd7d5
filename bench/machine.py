"""What a figure was measured on: without it, a figure says nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
from importlib.metadata import version
from pathlib import Path


def describe() -> str:
    """Return the machine and the versions that decide a figure, and how busy the machine is otherwise."""
    load = " ".join(f"{average:.1f}" for average in os.getloadavg())
    return "\n".join(
        (
            f"machine: {_cpu()}, {len(os.sched_getaffinity(0))} cores, Linux {platform.release()}",
            f"python:  {platform.python_version()}, uvloop {version('uvloop')}, "
            f"SQLite {sqlite3.sqlite_version}, {ssl.OPENSSL_VERSION}",
            f"load:    {load} over 1, 5 and 15 minutes before the run",
        )
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
