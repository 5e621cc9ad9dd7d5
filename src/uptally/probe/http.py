"""The HTTP check: a request, the redirects that it meets, and what the answer amounts to."""

from __future__ import annotations

import codecs
import contextlib
import json
import re
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jmespath

from uptally.model.endpoint import Endpoint, HttpCheck, HttpExpectation
from uptally.model.observation import Reason
from uptally.probe.connect import Way
from uptally.probe.exchange import Exchange
from uptally.probe.plan import Plan
from uptally.probe.progress import Progress
from uptally.probe.reasons import Failure
from uptally.probe.request import Request, proxy_for
from uptally.probe.secured import Secured
from uptally.probe.talk import Talk
from uptally.probe.tools import Tools
from uptally.probe.tunnel import Tunnel
from uptally.rules.judge import HttpAnswer, Verdict, judge_http

_CHARSET = re.compile(rb';\s*charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)


async def probe_http(tools: Tools, plan: Plan, progress: Progress) -> Verdict:
    """Ask, follow redirects within the limit, and judge the last answer.

    Raises what the way there met: Failure, OSError, ssl.SSLError.
    """
    endpoint, way, is_tls, opening, needs_body = plan
    check = endpoint.check
    assert isinstance(check, HttpCheck)
    if check.environment_proxy:
        exchange = await _ask(tools, endpoint, progress, Request.of(check))
    else:
        if is_tls:
            way = way._replace(context=await _context(tools, check))
        exchange = Exchange(progress, opening, check.method == "HEAD", check.redirects_max > 0, needs_body)
        await tools.dialer.hold(progress, way, exchange)
    if exchange.place is not None:
        exchange = await _follow(tools, endpoint, progress, exchange)
    return _judge(check.expect, exchange)


async def _follow(tools: Tools, endpoint: Endpoint, progress: Progress, exchange: Exchange) -> Exchange:
    """Return the exchange in which the redirects end."""
    check = endpoint.check
    assert isinstance(check, HttpCheck)
    request = Request.of(check)
    while exchange.place is not None:
        if progress.redirects == check.redirects_max:
            shown = exchange.place.decode(errors="replace")
            raise Failure(Reason.TOO_MANY_REDIRECTS, f"more than {check.redirects_max} redirects, the next to {shown}")
        tools.dialer.note_reached(progress)
        request = request.redirected(exchange.status, exchange.place)
        progress.redirects += 1
        exchange = await _ask(tools, endpoint, progress, request)
    return exchange


async def _ask(tools: Tools, endpoint: Endpoint, progress: Progress, request: Request) -> Exchange:
    """Make one exchange, through the proxy that the environment names if the config asks for that."""
    check, target = endpoint.check, request.target
    assert isinstance(check, HttpCheck)
    context = await _context(tools, check) if target.scheme == "https" else None
    proxy = proxy_for(target) if check.environment_proxy else None
    to_proxy = None if proxy is None or context is not None else proxy.headers
    needs_body, follows = check.expect.needs_body, check.redirects_max > 0
    exchange = Exchange(progress, request.encode(to_proxy=to_proxy), request.method == "HEAD", follows, needs_body)
    if proxy is None:
        is_configured = target.host == check.host.lower()
        way = Way(target.host, target.port, endpoint.family, context, is_configured=is_configured)
        await tools.dialer.hold(progress, way, exchange)
        return exchange
    talk: Talk = exchange
    if context is not None:
        talk = Tunnel(progress, proxy.tunnel(target), Secured(progress, exchange, context, target.host.rstrip(".")))
    proxy_context = await _context(tools, check) if proxy.place.scheme == "https" else None
    way = Way(proxy.place.host, proxy.place.port, endpoint.family, proxy_context)
    await tools.dialer.hold(progress, way, talk)
    return exchange


async def _context(tools: Tools, check: HttpCheck) -> ssl.SSLContext:
    return tools.contexts.ready(check.tls, is_http=True) or await tools.contexts.prepare(check.tls, is_http=True)


def _judge(expect: HttpExpectation, exchange: Exchange) -> Verdict:
    text = _decoded(exchange) if exchange.keeps_body else ""
    headers = [(_text(name), _text(value)) for name, value in exchange.headers] if expect.headers else ()
    find = _finder(text) if expect.json else _unasked
    return judge_http(expect, HttpAnswer(exchange.status, headers, text, exchange.is_cut, find))


def _text(data: bytes) -> str:
    return data.decode(errors="surrogateescape")


def _decoded(exchange: Exchange) -> str:
    """Return the body as text, in the character set that the response names for it."""
    body = exchange.body
    codec = _codec(exchange.header(b"content-type") or b"")
    if codec is not None:
        with contextlib.suppress(LookupError, ValueError):
            return body.decode(codec, errors="replace")
    return body.decode(errors="replace")


@lru_cache(maxsize=256)
def _codec(content_type: bytes) -> str | None:
    named = _CHARSET.search(content_type)
    try:
        return named and codecs.lookup(named[1].decode()).name
    except (LookupError, ValueError):
        return None


def _unasked(expression: str) -> str:
    raise AssertionError("no expression is expected to give anything")


def _finder(text: str) -> Callable[[str], str]:
    """Return what evaluates JMESPath expressions on the text, which is parsed once."""
    parsed: list[Any] = []

    def find(expression: str) -> str:
        try:
            if not parsed:
                parsed.append(json.loads(text))
            found = _expression(expression).search(parsed[0])
            return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        except jmespath.exceptions.JMESPathError as error:
            raise ValueError(f"{expression}: {error}") from error
        except RecursionError as error:
            raise ValueError("nested too deeply") from error

    return find


@lru_cache(maxsize=4_096)
def _expression(text: str) -> Any:
    return jmespath.compile(text)
