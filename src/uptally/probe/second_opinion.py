"""Asks other resolvers about a name that our own could not look up: is it the name, or the resolver?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from uptally.model.observation import Reason

TRIES = 2
TRY_S = 1.5
"""So long may one resolver take for one try; a datagram that was lost is worth another."""


class SecondOpinion:
    """Other resolvers than the system's, as addresses and ports; each is asked for addresses of either family.

    Attempts that ask about one name at the same moment share the question. Belongs to one event loop.
    """

    def __init__(self, resolvers: Sequence[tuple[str, int]]) -> None:
        self._resolvers = tuple(resolvers)
        self._asking: dict[str, asyncio.Task[Reason | None]] = {}

    async def ask(self, name: str) -> Reason | None:
        """Return what all resolvers that answer agree on: `NONE` where the name has addresses, `DNS_NOT_FOUND` where it
        has none, `DNS_UNAVAILABLE` where they fail at it; None where they differ, or are silent for three seconds.
        """
        asking = self._asking.get(name)
        if asking is None:
            asking = asyncio.create_task(self._ask_all(name))
            self._asking[name] = asking
            asking.add_done_callback(lambda _: self._asking.pop(name))
        # Shielded, for the others who wait for the same answer.
        return await asyncio.shield(asking)

    async def _ask_all(self, name: str) -> Reason | None:
        opinions = set(await asyncio.gather(*(_ask_one(name, host, port) for host, port in self._resolvers)))
        opinions.discard(None)
        return opinions.pop() if len(opinions) == 1 else None


async def _ask_one(name: str, host: str, port: int) -> Reason | None:
    for _ in range(TRIES):
        found = _joined(await asyncio.gather(*(_query(name, kind, host, port) for kind in ("A", "AAAA"))))
        if found is not None:
            return found
    return None


def _joined(found: Iterable[Reason | None]) -> Reason | None:
    """Return what two families come to: one address is enough to be found, and one silence to know nothing."""
    either = set(found)
    order = (Reason.NONE, None, Reason.DNS_UNAVAILABLE, Reason.DNS_NOT_FOUND)
    return next(reason for reason in order if reason in either)


async def _query(name: str, kind: str, host: str, port: int) -> Reason | None:
    # Few configurations name resolvers, and this library costs the others nothing: 7 MB, 0.2 s.
    import dns.asyncquery
    import dns.exception
    import dns.message
    import dns.rcode

    try:
        question = dns.message.make_query(name, kind)
        answer, _ = await dns.asyncquery.udp_with_fallback(question, host, TRY_S, port, ignore_errors=True)
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    match answer.rcode():
        case dns.rcode.NOERROR:
            has_address = any(rrset.rdtype == question.question[0].rdtype for rrset in answer.answer)
            return Reason.NONE if has_address else Reason.DNS_NOT_FOUND
        case dns.rcode.NXDOMAIN:
            return Reason.DNS_NOT_FOUND
        case dns.rcode.SERVFAIL:
            return Reason.DNS_UNAVAILABLE
    return None
