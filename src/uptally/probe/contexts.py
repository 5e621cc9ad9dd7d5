"""SSL contexts, shared by all attempts with the same options."""

from __future__ import annotations

import asyncio
import logging
import os
import ssl
import time
from dataclasses import dataclass

from uptally.model.endpoint import Tls
from uptally.model.observation import Reason
from uptally.probe.reasons import Failure

RENEWAL_S = 10.0
"""How often files are looked at: a renewed certificate is used after so long, without a restart."""

Stamps = tuple[tuple[int, int, int], ...]

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Made:
    """A context, and what the files that it was made of looked like, and when."""

    context: ssl.SSLContext
    stamps: Stamps
    looked_s: float


class Contexts:
    """SSL contexts, one for each set of options: making one reads the system's certificates, which takes 19 ms.

    A context is made anew when one of its files has changed. Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._made: dict[tuple[Tls, bool], _Made] = {}
        self._making: dict[tuple[Tls, bool], asyncio.Task[_Made]] = {}

    def ready(self, tls: Tls, *, is_http: bool) -> ssl.SSLContext | None:
        """Return the context for the options at once; None where it must be made, or its files looked at again."""
        made = self._made.get((tls, is_http))
        if made is None or time.monotonic() - made.looked_s >= RENEWAL_S:
            return None
        return made.context

    async def prepare(self, tls: Tls, *, is_http: bool) -> ssl.SSLContext:
        """Return the context for the options, made on a thread where it is new or its files have changed.

        Raises Failure with `MONITOR_ERROR` where a file cannot be used: that is no fault of the target. A context that
        was made before stays in use meanwhile, as certificate and key may be half-way through being renewed.
        """
        key = (tls, is_http)
        made = self._made.get(key)
        if made is not None:
            made.looked_s = time.monotonic()
            if _stamps(tls) == made.stamps:
                return made.context
        try:
            return (await self._make(key)).context
        except OSError as error:
            if made is not None:
                _log.warning("what was renewed is not used yet: cannot use %s: %s", _files(tls), error)
                return made.context
            raise Failure(Reason.MONITOR_ERROR, f"cannot use {_files(tls)}: {error}") from error

    async def _make(self, key: tuple[Tls, bool]) -> _Made:
        """Make a context, once for all who ask for it meanwhile."""
        if key not in self._making:
            self._making[key] = asyncio.create_task(asyncio.to_thread(_make, *key))
        task = self._making[key]
        try:
            made = await asyncio.shield(task)
        finally:
            if task.done():
                # A failure is not kept: the file may be there the next time.
                self._making.pop(key, None)
            # By its traceback, a failure knows us: as a cycle, both would wait for the collector.
            del task
        self._made[key] = made
        return made


def _make(tls: Tls, is_http: bool) -> _Made:
    # Looked at first: what is changed while it is read is read again.
    looked_s, stamps = time.monotonic(), _stamps(tls)
    if tls.verify:
        context = ssl.create_default_context(cafile=tls.ca_file)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate_file is not None:
        context.load_cert_chain(tls.certificate_file, tls.key_file)
    if is_http:
        context.set_alpn_protocols(["http/1.1"])
    return _Made(context, stamps, looked_s)


def _stamps(tls: Tls) -> Stamps:
    """Return what tells a file from the one that stood there before; nothing for one that is not there."""
    system = ssl.get_default_verify_paths()
    authorities = (tls.ca_file,) if tls.ca_file else (system.cafile, system.capath)
    stamps = []
    for path in (*(authorities if tls.verify else ()), tls.certificate_file, tls.key_file):
        if path is not None:
            try:
                found = os.stat(path)
            except OSError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((found.st_ino, found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def _files(tls: Tls) -> str:
    return ", ".join(path for path in (tls.ca_file, tls.certificate_file, tls.key_file) if path) or (
        "the system certificates"
    )
