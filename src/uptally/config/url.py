"""URLs of endpoints: what is asked, and where."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from uptally.config.marks import nearest, shown
from uptally.config.values import Fault, text

SCHEMES = ("https", "http", "tcp")
URL_MAX = 2_000

_EXPECTED = "expected a URL such as https://example.com/ or tcp://example.com:5432"
_BRACKETS = "the host is malformed: an IPv6 address stands in brackets, as in https://[::1]/"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.ASCII | re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_DEFAULT_PORTS = {"https": 443, "http": 80}


class Url(NamedTuple):
    """A URL that was understood: `text` has a lower-case scheme, `host` is ASCII and without brackets."""

    text: str
    scheme: str
    host: str
    port: int


def url(value: object) -> Url:
    """Read the URL of an endpoint. It holds no credentials: their place is `auth`, where they stay secret."""
    written = text(value, _EXPECTED.removeprefix("expected "))
    if len(written) > URL_MAX:
        raise Fault(f"must have at most {URL_MAX} characters, not {len(written)}")
    if re.search(r"[\x00-\x20\x7f\\]", written):
        raise Fault("must not hold blanks, control characters or backslashes: write %20 for a blank")
    match = _SCHEME.fullmatch(written)
    if match is None:
        remedy = f"write https://{written}" if re.fullmatch(r"[\w.-]+(:\d+)?(/.*)?", written) else _EXPECTED
        raise Fault(_EXPECTED, f"{shown(written)} has no scheme: {remedy}")
    scheme = match[1].lower()
    if scheme not in SCHEMES:
        hint = nearest(scheme, SCHEMES) or ": https, http and tcp are known"
        raise Fault(_EXPECTED, f"unknown scheme {shown(scheme)}{hint}")
    host, port = _authority(written)
    if scheme == "tcp":
        if re.search(r"[/?#]", match[2]):
            raise Fault("expected tcp://host:port and nothing after the port")
        if port is None:
            raise Fault("the port is missing: expected tcp://host:port", f"the port is missing: write {written}:PORT")
    elif "#" in match[2]:
        raise Fault("must not hold a fragment: what follows # is never sent")
    return Url(scheme + written[len(scheme) :], scheme, host, port or _DEFAULT_PORTS[scheme])


def folder_url(value: object) -> str:
    """Read where the page is published, and return the address of its folder: with a slash at its end."""
    found = url(value)
    if found.scheme == "tcp" or "?" in found.text:
        raise Fault("expected the address of a folder, such as https://example.com/status/")
    return found.text if found.text.endswith("/") else f"{found.text}/"


def _authority(written: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(written)
    except ValueError:
        raise Fault(_BRACKETS) from None
    if "@" in parts.netloc:
        raise Fault("must not hold credentials: move them to 'auth', where they stay secret")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if ":" in parts.netloc.rpartition(":")[0] and not parts.netloc.startswith("["):
        raise Fault(_BRACKETS)
    if port == 0 or parts.netloc.endswith(":"):
        raise Fault("the port must be a number from 1 to 65535")
    return _host(parts.hostname or "", is_bracketed=parts.netloc.startswith("[")), port


def _host(host: str, *, is_bracketed: bool) -> str:
    if not host:
        raise Fault("the host is missing")
    if is_bracketed:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise Fault("what stands in brackets must be an IPv6 address") from None
        return host
    if not host.isascii():
        try:
            raise Fault("the host must be ASCII", f"the host must be ASCII: write {host.encode('idna').decode()}")
        except UnicodeError:
            raise Fault("the host must be ASCII") from None
    labels = host.removesuffix(".").split(".")
    # What ends in a number is an address, and 0x7f.1 or 2130706433 mean different addresses to different programs.
    if labels[-1].isdigit() or labels[-1].startswith("0x"):
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise Fault("the host is no IPv4 address: write four numbers, as in 192.0.2.1") from None
    elif len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Fault("the host is no host name: labels of letters, digits and hyphens, joined by dots")
    return host
