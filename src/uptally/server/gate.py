"""Who may come in: bearer tokens (RFC 6750), and how often."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from aiohttp import web

from uptally.errors import LedgerError
from uptally.model.token import PREFIX
from uptally.server.problem import problem

Admit = Callable[[str], str | None]
"""Tells the name of the token that a secret belongs to, None where it is not good. Called in a thread; it may raise
LedgerError."""

FAILURES_AT_ONCE, FAILURES_PER_S = 20, 1 / 6
"""For each address. A secret cannot be guessed: this keeps noise from log and ledger."""

PULLS_AT_ONCE, PULLS_PER_S = 60, 1.0
"""For each token, of answers that have a body: who asks with If-None-Match may ask as often as wanted."""

_KEYS_MAX = 10_000
_TELLING = frozenset({"token", "access_token", "bearer", "bearer_token", "api_key", "apikey", "key", "auth", "secret"})

_log = logging.getLogger(__name__)


class Allowance:
    """So many at once, and then so many a second, for each key; of very many keys the ones that asked least recently
    are forgotten."""

    def __init__(self, at_once: int, per_s: float, *, clock: Callable[[], float]) -> None:
        self._at_once = at_once
        self._per_s = per_s
        self._clock = clock
        self._used: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str) -> int:
        """Return for how many whole seconds there is no more for a key; 0 where there is."""
        return math.ceil(max(0.0, self._held(key) + 1 - self._at_once) / self._per_s)

    def take(self, key: str) -> None:
        """Count one for a key."""
        self._used[key] = self._held(key) + 1, self._clock()
        self._used.move_to_end(key)
        if len(self._used) > _KEYS_MAX:
            self._used.popitem(last=False)

    def _held(self, key: str) -> float:
        used, at_s = self._used.get(key, (0.0, 0.0))
        return max(0.0, used - (self._clock() - at_s) * self._per_s)


class Known(NamedTuple):
    """Who asks, by the name of the token."""

    name: str


class Gate:
    """Lets in who has a token. Belongs to one event loop.

    A wrong token is answered as a missing one is, to the byte. Where a proxy stands in front, an address is the last
    one that it adds to `X-Forwarded-For`.
    """

    def __init__(self, admit: Admit, *, is_behind_proxy: bool = False, clock: Callable[[], float]) -> None:
        self._admit = admit
        self._is_behind_proxy = is_behind_proxy
        self._failures = Allowance(FAILURES_AT_ONCE, FAILURES_PER_S, clock=clock)
        self._pulls = Allowance(PULLS_AT_ONCE, PULLS_PER_S, clock=clock)

    async def enter(self, request: web.Request, admit: Admit | None = None) -> Known | web.Response:
        """Return who asks, or why nobody is let in: 400 for a token in the query, 401, 429, or 503 for a ledger that
        cannot be read. `admit` knows other tokens, of another door; who fails at one has failed at all."""
        if _tells_in_query(request):
            return problem(
                400,
                "a token belongs in the header Authorization: an address stands in logs and histories, "
                "so have this token rotated",
            )
        try:
            name = await asyncio.to_thread(admit or self._admit, given_token(request))
        except LedgerError:
            return problem(503, "tokens cannot be looked up now: try again later", {"Retry-After": "60"})
        if name is not None:
            return Known(name)
        address = self._address(request)
        if wait_s := self._failures.wait_s(address):
            return problem(429, "too many tokens that are not good", {"Retry-After": str(wait_s)})
        self._failures.take(address)
        if self._failures.wait_s(address):
            _log.warning("too many tokens that are not good from %s: it has to wait", address)
        return problem(401, "a bearer token is needed", {"WWW-Authenticate": 'Bearer realm="uptally"'})

    def refuse_often(self, known: Known) -> web.Response | None:
        """Count an answer with a body; return the refusal where there were too many."""
        if wait_s := self._pulls.wait_s(known.name):
            return problem(429, "this token was used too often", {"Retry-After": str(wait_s)})
        self._pulls.take(known.name)
        return None

    def _address(self, request: web.Request) -> str:
        told = request.headers.getall("X-Forwarded-For", [])
        if self._is_behind_proxy and told:
            try:
                return str(ipaddress.ip_address(told[-1].rpartition(",")[2].strip()))
            except ValueError:
                pass
        return request.remote or ""


def given_token(request: web.Request) -> str:
    """Return the token that a request has in its header, empty where there is none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""


def _tells_in_query(request: web.Request) -> bool:
    return any(key.lower() in _TELLING or PREFIX in value for key, value in request.query.items())
