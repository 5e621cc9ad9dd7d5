"""How each attempt at an endpoint begins: worked out once, as long as the endpoint stays the same."""

from __future__ import annotations

from typing import NamedTuple, Self

from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.probe.connect import Way
from uptally.probe.request import Request


class Plan(NamedTuple):
    """Where an attempt at an endpoint goes first, what it says there, and whether the answer's body counts.

    Whether the way has TLS is told by `is_tls`; the context for it is not here, as it may be renewed.
    """

    endpoint: Endpoint
    way: Way
    is_tls: bool
    opening: bytes
    needs_body: bool = False

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """Work it out. Raises ValueError where a URL names no place on the web."""
        check = endpoint.check
        way = Way.configured(check.host, check.port, endpoint.family)
        if isinstance(check, HttpCheck):
            return cls(endpoint, way, check.is_tls, Request.of(check).encode(), check.expect.needs_body)
        return cls(endpoint, way, check.tls is not None, b"" if check.send is None else check.send.reveal().encode())
