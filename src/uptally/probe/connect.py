"""Opening a connection: resolve, vet and connect, each a step of its own in the record of the attempt."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple, Self

from uptally.model.endpoint import Family
from uptally.model.observation import Certificate, Reason
from uptally.probe.addresses import Vetting
from uptally.probe.connection import Connection
from uptally.probe.poll import Poll
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure
from uptally.probe.resolve import Resolver, is_address
from uptally.probe.secured import Secured
from uptally.probe.talk import Line, Silence, Talk

STAGGER_S = 0.25
"""How long one address may keep the next from being tried beside it (RFC 8305, 5)."""

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""What the kernel says at once of a family for which this host has no route."""

# Addresses for a question to the routing table; nothing is sent to them.
_FAR_AWAY = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2000::1"}


class Way(NamedTuple):
    """Where a connection is to go. `is_configured` says that the config names the host, not the target's redirect.

    `addresses` is what needs no lookup and no vetting: the host itself, where the config names an address.
    """

    host: str
    port: int
    family: Family
    context: ssl.SSLContext | None = None
    is_configured: bool = True
    addresses: tuple[str, ...] = ()

    @classmethod
    def configured(cls, host: str, port: int, family: Family) -> Self:
        """Return the way to a place that the config names, before it is known whether with TLS."""
        is_known = is_address(host) and (family is Family.ANY or (family is Family.IPV6) == (":" in host))
        return cls(host, port, family, addresses=(host,) if is_known else ())


class Dialer:
    """Opens connections for attempts, and tells their progress of each step."""

    def __init__(self, poll: Poll, resolver: Resolver, vetting: Vetting) -> None:
        self._poll = poll
        self._resolver = resolver
        self._vetting = vetting

    async def hold(self, progress: Progress, way: Way, talk: Talk) -> None:
        """Hold a talk over a connection of its own, with TLS where the way has a context; return when it has ended.

        Connects only to addresses that were vetted, whatever the name says a moment later. Raises OSError, ssl.SSLError
        or Failure.
        """
        if progress.is_stopped:
            progress.hop()
        progress.port = way.port
        addresses = way.addresses or await self._find(progress, way)
        if way.context is not None:
            progress.server_name = way.host.rstrip(".")
            talk = Secured(progress, talk, way.context, progress.server_name)
        progress.enter(Phase.CONNECT)
        progress.tried = addresses[0]
        try:
            if len(addresses) == 1:
                connection = Connection(self._poll, progress, addresses[0], way.port)
            else:
                connection = await self._race(progress, addresses)
                if connection.address != addresses[0]:
                    progress.warnings += (f"{connection.address} answered before {addresses[0]}, which is preferred",)
            await connection.hold(talk)
        except OSError as error:
            if not progress.address and error.errno in _NO_WAY and _is_only_family_missing(addresses):
                raise Failure(
                    Reason.NO_ROUTE_FAMILY, f"this host has no route for the family of {addresses[0]}"
                ) from error
            raise

    def note_reached(self, progress: Progress) -> None:
        """Remember where the attempt has been, before a redirect is followed from there."""
        self._vetting.note_reached(progress, progress.address)

    async def _find(self, progress: Progress, way: Way) -> Sequence[str]:
        """Return the addresses where a way leads, in the order in which they are to be tried."""
        found: Sequence[str] = (way.host,) if is_address(way.host) else await self._resolver.resolve(way.host)
        addresses = _of_family(found, way.family)
        self._vetting.vet(progress, way.host, addresses, is_configured=way.is_configured)
        return addresses

    async def shown_certificate(self, progress: Progress, context: ssl.SSLContext) -> Certificate | None:
        """Return the certificate that failed verification, by a second handshake.

        A failed handshake does not give the certificate away, and its name and end are what the operator needs to see.
        The context must not verify.
        """
        again = Progress(progress.clock)
        talk = Secured(again, _Glance(), context, progress.server_name)
        await Connection(self._poll, again, progress.address, progress.port).hold(talk)
        return again.certificate

    async def _race(self, progress: Progress, addresses: Sequence[str]) -> Connection:
        """Return a connection to the first of the addresses that takes one, each given a head start on the next.

        The others are dropped (RFC 8305).
        """
        waiting = iter(addresses)
        running: set[asyncio.Task[Connection]] = set()
        errors: list[OSError] = []
        try:
            while True:
                address = next(waiting, None)
                if address is not None:
                    running.add(asyncio.create_task(self._reach(progress, address)))
                elif not running:
                    raise _most_telling(errors)
                await asyncio.wait(
                    running, timeout=None if address is None else STAGGER_S, return_when=asyncio.FIRST_COMPLETED
                )
                connection = _taken(running, errors)
                if connection is not None:
                    return connection
        finally:
            for task in running:
                task.cancel()
                task.add_done_callback(_drop)
            # By its traceback, what is raised knows us: as a cycle, both would wait for the collector.
            errors.clear()

    async def _reach(self, progress: Progress, address: str) -> Connection:
        connection = Connection(self._poll, progress, address, progress.port)
        await connection.stand()
        return connection


class _Glance(Silence):
    """Has seen enough when the peer has shown its certificate: hands are not shaken, so that nobody is disturbed."""

    def begin(self, line: Line) -> None:
        """End at once."""
        line.finish()


def _of_family(addresses: Sequence[str], family: Family) -> Sequence[str]:
    """Return those of the wanted family.

    Of both, the families take turns, so that a dead one costs one wait (RFC 8305, 4).
    """
    if len(addresses) == 1 and family is Family.ANY:
        return addresses
    sixes = [address for address in addresses if ":" in address]
    fours = [address for address in addresses if ":" not in address]
    if family is not Family.ANY:
        chosen = fours if family is Family.IPV4 else sixes
        if not chosen:
            raise Failure(Reason.NO_ROUTE_FAMILY, f"no {family.value} address among {', '.join(addresses)}")
        return chosen
    first, second = (sixes, fours) if ":" in addresses[0] else (fours, sixes)
    return [address for pair in zip_longest(first, second) for address in pair if address is not None]


def _taken(running: set[asyncio.Task[Connection]], errors: list[OSError]) -> Connection | None:
    """Return a connection that stands, if there is one; move what failed to the errors. Raises what is no OSError."""
    for task in [task for task in running if task.done()]:
        running.remove(task)
        error = task.exception()
        if error is None:
            return task.result()
        if not isinstance(error, OSError):
            raise error
        errors.append(error)
    return None


def _drop(task: asyncio.Task[Connection]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().drop()


def _most_telling(errors: Sequence[OSError]) -> OSError:
    """Return the error of an address that this host could reach at all, before one for which it has no route."""
    return next((error for error in errors if error.errno not in _NO_WAY), errors[0])


def _is_only_family_missing(addresses: Sequence[str]) -> bool:
    """Tell whether the addresses are of one family that this host has no route for, while it has one for the other."""
    families = {socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses}
    return len(families) == 1 and all(_has_route(family) is (family not in families) for family in _FAR_AWAY)


def _has_route(family: socket.AddressFamily) -> bool:
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect((_FAR_AWAY[family], 53))
        return True
    return False
