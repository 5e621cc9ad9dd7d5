"""A process of the daemon's own that does one kind of work, told and heard through pipes."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_Report = TypeVar("_Report")

ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_", "TZ", "PYTHON", "LD_", "DYLD_")
"""What the names of variables begin with that an interpreter may need; any other may hold a secret of the daemon's."""

ON_THE_WAY = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_")
"""And of those that it may need to reach an address elsewhere."""

END_S = 5
"""How long a process that was told to end may take before it is killed."""


async def start(module: str, more: tuple[str, ...] = ()) -> asyncio.subprocess.Process:
    """Start a module, with the variables whose names begin as `ENVIRONMENT` and `more` say. Raises OSError."""
    # In the daemon's session, since it stands back for nobody outside of its own.
    environment = {name: value for name, value in os.environ.items() if name.startswith((*ENVIRONMENT, *more))}
    command = (sys.executable, "-P", "-m", module)
    return await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )


async def ask(process: asyncio.subprocess.Process, order: object, heard: Callable[..., _Report]) -> _Report:
    """Hand an order to a process and return its report, made of what is heard: see `process.report`.

    An order is not to be changed meanwhile. Raises OSError, and ValueError where the process ended.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    # With ten thousand services, half a second of work.
    process.stdin.write(await asyncio.to_thread(pickle.dumps, order))
    await process.stdin.drain()
    return heard(*json.loads(await process.stdout.readline()))


async def end(process: asyncio.subprocess.Process) -> int:
    """Have a process end, at the latest by killing it, and return its code."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(END_S):
            return await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        return await process.wait()
