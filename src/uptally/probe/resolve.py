"""Names to addresses, on threads of our own, so that a slow name delays no other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from queue import SimpleQueue

Lookup = Callable[[str], Sequence[str]]
"""Blocks until it returns the addresses of a name, the preferred first; raises OSError (socket.gaierror among them)."""

ADDRESSES_MAX = 8
"""A name with hundreds of records is tried at so many of them."""

THREADS = 64
SLOW_THREADS = 48
"""So many threads names may hold that were slow the last time; the rest stays free for the others."""

SLOW_S = 1.0
SLOW_NAMES_KEPT = 4_096
LOOKUPS_OF_ONE_NAME = 2

_HOSTS_FILE = Path("/etc/hosts")


class ResolverBusy(OSError):
    """Names that do not resolve hold all the threads that such names may have."""


class _Query:
    """One lookup under way, and the future that everyone who asked for it waits on."""

    __slots__ = ("begin_s", "future", "is_slow", "name")

    def __init__(self, name: str, *, is_slow: bool) -> None:
        self.name = name
        self.is_slow = is_slow
        self.begin_s = time.monotonic()
        self.future: asyncio.Future[tuple[str, ...] | Exception] = asyncio.get_running_loop().create_future()
        """What was found, an error too: raised by it, it would be logged as nobody's where all who asked gave up."""

    def age_s(self) -> float:
        return time.monotonic() - self.begin_s


class Resolver:
    """Looks up names with no cache, since the lookup is part of what is measured.

    Attempts that ask for one name at the same moment share a lookup; a name that hangs holds at most two threads, and
    all such names together never the whole pool. The caller's deadline is the lookup's: a thread that is stuck beyond
    it is left behind, at the end as well, as nothing can interrupt it. Belongs to one event loop.
    """

    def __init__(self, lookup: Lookup | None = None) -> None:
        self._lookup = lookup or look_up
        self._queries: dict[str, list[_Query]] = {}
        self._slow_names: dict[str, None] = {}
        self._slow = 0
        self._busy = 0
        self._threads = 0
        self._jobs: SimpleQueue[_Query | None] = SimpleQueue()

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a name, at most eight.

        An IP address is its own. Raises OSError, above all socket.gaierror.
        """
        if is_address(host):
            return (host,)
        queries = self._queries.get(host, ())
        if queries and (queries[-1].age_s() <= SLOW_S or len(queries) >= LOOKUPS_OF_ONE_NAME):
            query = queries[-1]
        else:
            query = self._submit(host)
        # Shielded, for the others who wait for the same lookup.
        found = await asyncio.shield(query.future)
        if isinstance(found, Exception):
            try:
                raise found
            finally:
                # By its traceback, it knows us: as a cycle, both would wait for the collector.
                del found, query
        return found

    def close(self) -> None:
        """Let each thread end as soon as it is done with what it looks up; waits for none of them."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _submit(self, name: str) -> _Query:
        query = _Query(name, is_slow=name in self._slow_names or name in self._queries)
        if query.is_slow:
            if self._slow >= SLOW_THREADS:
                raise ResolverBusy(f"{SLOW_THREADS} lookups of slow names are under way")
            self._slow += 1
        self._queries.setdefault(name, []).append(query)
        self._busy += 1
        if self._threads < min(self._busy, THREADS):
            self._threads += 1
            # No executor: at exit the interpreter would wait for its threads, and a lookup may hang for half a minute.
            loop = asyncio.get_running_loop()
            threading.Thread(target=self._work, args=(loop,), name="uptally-resolver", daemon=True).start()
        self._jobs.put(query)
        return query

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while (query := self._jobs.get()) is not None:
            found: Sequence[str] | Exception
            try:
                found = self._lookup(query.name)
            except Exception as error:
                found = error
            # The loop may have been closed over a lookup that hung.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._done, query, found)

    def _done(self, query: _Query, found: Sequence[str] | Exception) -> None:
        self._busy -= 1
        self._slow -= query.is_slow
        others = self._queries[query.name]
        others.remove(query)
        if not others:
            del self._queries[query.name]
        self._slow_names.pop(query.name, None)
        if query.age_s() > SLOW_S:
            self._slow_names[query.name] = None
            if len(self._slow_names) > SLOW_NAMES_KEPT:
                del self._slow_names[next(iter(self._slow_names))]
        if isinstance(found, Exception):
            query.future.set_result(found)
        elif not found:
            query.future.set_result(socket.gaierror(socket.EAI_NONAME, "the name has no address"))
        else:
            query.future.set_result(tuple(dict.fromkeys(found))[:ADDRESSES_MAX])


@lru_cache(maxsize=4_096)
def is_address(host: str) -> bool:
    """Tell whether a host is an IP address, in the one canonical way of writing it: ``127.1`` is a name."""
    if ":" in host:
        return True
    try:
        socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


def look_up(name: str) -> list[str]:
    """Ask the system for a name's addresses of either family; blocks.

    The name is taken as complete: a final dot keeps the search domains of resolv.conf away, which would find
    ``shop.corp.example`` for a ``shop`` that is gone. Only names of the hosts file are asked for as they stand, since
    there a dot would hide them.
    """
    is_local = name.endswith(".") or name == "localhost" or name.endswith(".localhost") or _is_in_hosts_file(name)
    found = socket.getaddrinfo(name if is_local else f"{name}.", None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def _is_in_hosts_file(name: str) -> bool:
    """Read anew each time, as containers and people change it.

    It is a short file, and we are on a thread of our own.
    """
    try:
        text = _HOSTS_FILE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    wanted = name.lower()
    return any(wanted in line.partition("#")[0].lower().split()[1:] for line in text.splitlines())
