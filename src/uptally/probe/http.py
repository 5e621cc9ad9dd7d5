"""The HTTP check: a request, the redirects that it meets, and what the answer amounts to."""

from __future__ import annotations

import codecs
import json
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jmespath
from multidict import CIMultiDict
from yarl import URL

from uptally import __version__
from uptally.model.endpoint import BasicAuth, BearerAuth, Endpoint, HttpCheck
from uptally.model.observation import Reason
from uptally.model.secret import Secret
from uptally.probe.connect import Way
from uptally.probe.engine import Reply
from uptally.probe.exchange import Hop
from uptally.probe.progress import Progress
from uptally.probe.reasons import Failure
from uptally.probe.redact import basic_credentials
from uptally.probe.tools import Tools
from uptally.rules.judge import HttpAnswer, Verdict, judge_http

_OUR_HEADERS = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", f"uptally/{__version__}"),
)

# What the config adds to these says nothing that only the configured host may know.
_HARMLESS = frozenset({"accept", "accept-language", "cache-control", "user-agent"})
_OF_A_BODY = ("Content-Type", "Content-Encoding", "Content-Language", "Content-Location", "Content-Length")

_TO_PROXY = "Proxy-Authorization"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def probe_http(tools: Tools, endpoint: Endpoint, progress: Progress) -> Verdict:
    """Ask, follow redirects within the limit, and judge the last answer.

    Raises what the way there met: Failure, OSError.
    """
    check = endpoint.check
    assert isinstance(check, HttpCheck)
    context = await tools.contexts.prepare(check.tls, is_http=True)
    way = Way(check.host, check.port, endpoint.family, context if check.is_tls else None)
    hop = _first_hop(check, way)
    while True:
        reply = await tools.engine.send(progress, hop)
        try:
            location = reply.header("Location") if reply.status in _REDIRECTS and check.redirects_max else None
            if location is None:
                return await _judge(check, reply)
        finally:
            reply.close()
        if progress.redirects == check.redirects_max:
            raise Failure(
                Reason.TOO_MANY_REDIRECTS, f"more than {check.redirects_max} redirects, the next to {location}"
            )
        target = _target(hop.url, location)
        next_way = Way(
            target.raw_host or "",
            target.port or 0,
            endpoint.family,
            context if target.scheme == "https" else None,
            is_configured=target.raw_host == check.host.lower(),
        )
        hop = _next_hop(check, hop, reply.status, target, next_way)
        progress.redirects += 1


def _first_hop(check: HttpCheck, way: Way) -> Hop:
    headers = CIMultiDict(_OUR_HEADERS)
    for name, _ in check.headers:
        headers.popall(name, None)
    headers.extend((name, value.reveal()) for name, value in check.headers)
    match check.auth:
        case BasicAuth(username=username, password=password):
            headers["Authorization"] = f"Basic {basic_credentials(username, password)}"
        case BearerAuth(token=token):
            headers["Authorization"] = f"Bearer {token.reveal()}"
    body = None if check.body is None else check.body.reveal().encode()
    return _through_proxy(check, Hop(check.method, _url(check.url), headers, body, way))


def _next_hop(check: HttpCheck, hop: Hop, status: int, target: URL, way: Way) -> Hop:
    """Return the request that a redirect asks for, by the rules of browsers (Fetch standard, HTTP-redirect fetch)."""
    method, body, headers = hop.method, hop.body, hop.headers.copy()
    headers.popall(_TO_PROXY, None)
    if (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST"):
        method, body = "GET", None
        for name in _OF_A_BODY:
            headers.popall(name, None)
    if not _is_same_place(hop.url, target):
        if body is not None:
            raise Failure(Reason.BAD_REDIRECT, f"a redirect would carry the body to another host: {target.host}")
        kept = _HARMLESS | {name.lower() for name, _ in _OUR_HEADERS}
        headers = CIMultiDict((name, value) for name, value in headers.items() if name.lower() in kept)
    return _through_proxy(check, Hop(method, target, headers, body, way))


def _is_same_place(source: URL, target: URL) -> bool:
    """Tell whether credentials may go along: to the same origin, or from it to its own encrypted side."""
    if source.raw_host != target.raw_host:
        return False
    if (source.scheme, source.port) == (target.scheme, target.port):
        return True
    return (source.scheme, source.port, target.scheme, target.port) == ("http", 80, "https", 443)


def _target(source: URL, location: str) -> URL:
    try:
        named = URL(location)
        target = source.join(named).with_fragment(None)
        if target.scheme not in ("http", "https"):
            raise ValueError(f"its scheme is {target.scheme!r}")
        if not target.raw_host or target.port is None or (named.scheme and not named.raw_host):
            raise ValueError("it names no host")
        return target.with_user(None)
    except ValueError as error:
        raise Failure(Reason.BAD_REDIRECT, f"a redirect to {location!r}: {error}") from error


def _through_proxy(check: HttpCheck, hop: Hop) -> Hop:
    """Return the hop with the proxy that the environment names for it, if the config asks for that."""
    if not check.environment_proxy:
        return hop
    host = hop.url.host or ""
    proxies = urllib.request.getproxies_environment()
    if hop.url.scheme not in proxies or urllib.request.proxy_bypass(host, proxies):
        return hop
    proxy = URL(proxies[hop.url.scheme])
    if proxy.user is None:
        return hop._replace(proxy=proxy)
    credentials = {_TO_PROXY: f"Basic {basic_credentials(proxy.user, Secret(proxy.password or ''))}"}
    proxy = proxy.with_user(None)
    # In front of a tunnel they are the proxy's alone; without one, what the proxy gets is the request itself.
    if hop.way.context is not None:
        return hop._replace(proxy=proxy, proxy_headers=credentials)
    return hop._replace(proxy=proxy, headers=CIMultiDict(hop.headers, **credentials))


async def _judge(check: HttpCheck, reply: Reply) -> Verdict:
    body = await reply.read(keep=check.expect.needs_body)
    text = _decoded(body, reply.charset) if check.expect.needs_body else ""
    return judge_http(check.expect, HttpAnswer(reply.status, reply.headers, text, reply.is_cut, _finder(text)))


def _decoded(body: bytes, charset: str | None) -> str:
    try:
        return body.decode(codecs.lookup(charset or "utf-8").name, errors="replace")
    except (LookupError, ValueError):
        return body.decode(errors="replace")


def _finder(text: str) -> Callable[[str], str]:
    """Return what evaluates JMESPath expressions on the text; it is parsed once, and only if an expression asks."""
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


@lru_cache(maxsize=2_048)
def _url(text: str) -> URL:
    """The endpoints' own addresses, each parsed once; what a redirect names is not kept.

    With more endpoints than are kept here, parsing anew is the cheaper: some 6 us against a kilobyte each.
    """
    return URL(text)
