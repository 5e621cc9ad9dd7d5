"""What is asked of an HTTP server: the request, and what becomes of it at a redirect."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterable
from ipaddress import IPv6Address
from typing import NamedTuple, Self
from urllib.parse import quote, unquote, urljoin, urlsplit

from uptally import __version__
from uptally.model.endpoint import BasicAuth, BearerAuth, HttpCheck
from uptally.model.observation import Reason
from uptally.model.secret import Secret
from uptally.probe.reasons import Failure
from uptally.probe.redact import basic_credentials

Headers = tuple[tuple[str, str], ...]

_OUR_HEADERS: Headers = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("User-Agent", f"uptally/{__version__}"),
)

# What the config adds to these says nothing that only the configured host may know.
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "cache-control", "user-agent"})
_OF_A_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location", "content-length"})

_HAS_A_BODY = frozenset({"POST", "PUT", "PATCH"})
"""An empty body in these is said to be one (RFC 9110, 8.6)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"(?=.{1,254}\Z)(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?", re.ASCII)

# Everything that may stand in a path or query as it is (RFC 3986, 3.3 and 3.4), escapes included.
_AS_WRITTEN = "/?:@!$&'()*+,;=%-._~[]|^"


class Target(NamedTuple):
    """A place on the web: `host` is ASCII, in lower case and without brackets; `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read an absolute URL; raises ValueError where it names no place on the web.

        >>> Target.parse("http://[2001:DB8::1]:8080/größe?a=b c#part")
        Target(scheme='http', host='2001:db8::1', port=8080, path='/gr%C3%B6%C3%9Fe?a=b%20c')
        """
        parts = urlsplit(url)
        if parts.scheme not in _DEFAULT_PORTS:
            raise ValueError(f"its scheme is {parts.scheme!r}")
        host = (parts.hostname or "").lower()
        if ":" in host:
            IPv6Address(host.partition("%")[0])
        elif not host.isascii():
            host = host.encode("idna").decode()
        if not host:
            raise ValueError("it names no host")
        if ":" not in host and not _HOST_NAME.fullmatch(host):
            raise ValueError("it names no valid host")
        if parts.port == 0:
            raise ValueError("its port is 0")
        path = quote(parts.path or "/", safe=_AS_WRITTEN, errors="surrogateescape")
        if parts.query:
            path += "?" + quote(parts.query, safe=_AS_WRITTEN, errors="surrogateescape")
        return cls(parts.scheme, host, parts.port or _DEFAULT_PORTS[parts.scheme], path)

    @property
    def authority(self) -> str:
        """Host and port, as they stand in a URL and in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host.removesuffix(".")
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.path}"


class Request(NamedTuple):
    """A request, before it is known which way it goes."""

    method: str
    target: Target
    headers: Headers
    body: bytes | None

    @classmethod
    def of(cls, check: HttpCheck) -> Self:
        """Return the request that a check begins with."""
        own = {name.lower() for name, _ in check.headers}
        headers = [(name, value) for name, value in _OUR_HEADERS if name.lower() not in own]
        headers += [(name, value.reveal()) for name, value in check.headers]
        match check.auth:
            case BasicAuth(username=username, password=password):
                headers.append(("Authorization", f"Basic {basic_credentials(username, password)}"))
            case BearerAuth(token=token):
                headers.append(("Authorization", f"Bearer {token.reveal()}"))
        body = None if check.body is None else check.body.reveal().encode()
        return cls(check.method, Target.parse(check.url), tuple(headers), body)

    def redirected(self, status: int, location: bytes) -> Self:
        """Return the request that a redirect asks for, by the rules of browsers (Fetch standard, HTTP-redirect fetch).

        Raises Failure with `BAD_REDIRECT`.
        """
        target = _named_place(self.target, location)
        method, body, headers = self.method, self.body, self.headers
        if (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST"):
            method, body = "GET", None
            headers = tuple((name, value) for name, value in headers if name.lower() not in _OF_A_BODY)
        if not _is_same_place(self.target, target):
            if body is not None:
                raise Failure(Reason.BAD_REDIRECT, f"a redirect would carry the body to another host: {target.host}")
            headers = tuple((name, value) for name, value in headers if name.lower() in _HARMLESS)
        return self._replace(method=method, target=target, headers=headers, body=body)

    def encode(self, *, to_proxy: Headers | None = None) -> bytes:
        """Return what is sent: to the target, or to a proxy that passes it on, with what only the proxy is told."""
        place = self.target.path if to_proxy is None else self.target.url
        lines = [*self.headers, *(to_proxy or ())]
        if not any(name.lower() == "host" for name, _ in lines):
            lines.insert(0, ("Host", self.target.authority))
        if self.body is not None or self.method in _HAS_A_BODY:
            lines.append(("Content-Length", str(len(self.body or b""))))
        lines.append(("Connection", "close"))
        return _head(f"{self.method} {place} HTTP/1.1", lines) + (self.body or b"")


class Proxy(NamedTuple):
    """A proxy of the environment: where it is, and what it is told of who asks."""

    place: Target
    headers: Headers

    def tunnel(self, target: Target) -> bytes:
        """Return the request for a tunnel to a target (RFC 9110, 9.3.6)."""
        host = f"[{target.host}]" if ":" in target.host else target.host
        authority = f"{host}:{target.port}"
        return _head(f"CONNECT {authority} HTTP/1.1", [("Host", authority), *self.headers])


def proxy_for(target: Target) -> Proxy | None:
    """Return the proxy that the environment names for a target; what it names is trusted like the config.

    Raises Failure with `MONITOR_ERROR` where that is no HTTP proxy.
    """
    proxies = urllib.request.getproxies_environment()
    if target.scheme not in proxies or urllib.request.proxy_bypass(target.host, proxies):
        return None
    named = proxies[target.scheme]
    if "://" not in named:
        named = f"http://{named}"
    try:
        place = Target.parse(named)
    except ValueError as error:
        # Its text may hold credentials.
        raise Failure(Reason.MONITOR_ERROR, f"{target.scheme}_proxy names no HTTP proxy: {error}") from None
    who = urlsplit(named)
    if who.username is None:
        return Proxy(place, ())
    credentials = basic_credentials(unquote(who.username), Secret(unquote(who.password or "")))
    return Proxy(place, (("Proxy-Authorization", f"Basic {credentials}"),))


def _head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in headers), "", ""]).encode()


def _is_same_place(source: Target, target: Target) -> bool:
    """Tell whether credentials may go along: to the same origin, or from it to its own encrypted side."""
    if source.host != target.host:
        return False
    if source[:3] == target[:3]:
        return True
    return (source.scheme, source.port, target.scheme, target.port) == ("http", 80, "https", 443)


def _named_place(source: Target, location: bytes) -> Target:
    named = location.decode(errors="surrogateescape").strip()
    try:
        if re.match(r"https?:(?!//[^/?#])", named, re.IGNORECASE):
            raise ValueError("it names no host")
        return Target.parse(urljoin(source.url, named))
    except ValueError as error:
        raise Failure(Reason.BAD_REDIRECT, f"a redirect to {named!r}: {error}") from error
