"""An endpoint that stands in no file: a URL, and everything else by default."""

from __future__ import annotations

from uptally.config import shape
from uptally.config.url import url
from uptally.config.values import Fault
from uptally.errors import QuantityError
from uptally.model.endpoint import Endpoint, HttpCheck, TcpCheck

SLUG = "url"


def endpoint_at(text: str) -> Endpoint:
    """Return an endpoint that is called by its URL. Raises QuantityError, saying what was expected instead."""
    try:
        asked = url(text)
    except Fault as fault:
        raise QuantityError(fault.found) from None
    manner = shape.Defaults()
    check = TcpCheck(asked.host, asked.port) if asked.scheme == "tcp" else HttpCheck(asked.text, asked.host, asked.port)
    return Endpoint(text, SLUG, check, interval_ms=manner.interval, timeout_ms=manner.timeout)
