"""What is asked and expected of an endpoint or canary: the keys that its scheme knows, put together into a check."""

from __future__ import annotations

from collections.abc import Iterable

from uptally.config import shape
from uptally.config.hidden import hidden_in
from uptally.config.marks import Path, keys_at, value_at
from uptally.config.named_files import secret_in, tls_of
from uptally.config.source import Source
from uptally.model.endpoint import (
    BasicAuth,
    BearerAuth,
    HttpCheck,
    HttpExpectation,
    JsonEquals,
    TcpCheck,
    Tls,
)
from uptally.model.secret import Secret

_HTTP_EXPECT = {"status": "status", "not_contains": "not_contains", "json_equals": "json", "headers": "headers"}

_NOTHING = shape.Expect()
_ANY_2XX = HttpExpectation()


def check_of(
    asked: shape.Endpoint | shape.Canary, manner: shape.Manner, default_tls: Tls, path: Path, source: Source
) -> HttpCheck | TcpCheck:
    """Return the check that a table describes, adding what is wrong with it.

    `manner` is where keys that the table leaves out are taken from; with a problem added, the result is of no use.
    """
    if asked.url.scheme == "tcp":
        return _tcp_check(asked, default_tls, path, source)
    return _http_check(asked, manner, default_tls, path, source)


def _tcp_check(asked: shape.Endpoint | shape.Canary, default_tls: Tls, path: Path, source: Source) -> TcpCheck:
    for key in shape.HTTP_KEYS:
        if key in asked.model_fields_set:
            source.problems.add((*path, key), "is for http:// and https:// URLs; this one is tcp://")
    expect = asked.expect or _NOTHING
    for field, key in _HTTP_EXPECT.items():
        if field in expect.model_fields_set:
            source.problems.add((*path, "expect", key), "is for http:// and https:// URLs; this one is tcp://")
    if expect.contains and len(expect.contains) > 1:
        source.problems.add((*path, "expect", "contains"), "over tcp:// a single text is waited for, not a list")
    tls = default_tls if _is_true(asked, path, source) else None
    if asked.tls and tls is None:
        tls = tls_of(asked.tls, (*path, "tls"), source)
    return TcpCheck(
        host=asked.url.host,
        port=asked.url.port,
        tls=tls,
        send=asked.send,
        expect=expect.contains[0] if expect.contains else None,
        hidden=hidden_in(path, source),
    )


def _http_check(
    asked: shape.Endpoint | shape.Canary, manner: shape.Manner, default_tls: Tls, path: Path, source: Source
) -> HttpCheck:
    problems = source.problems
    if asked.send is not None:
        problems.add((*path, "send"), f"is for tcp:// URLs; this one is {asked.url.scheme}://: use 'body'")
    if isinstance(value_at(source.root, (*path, "tls")), bool):
        problems.add((*path, "tls"), "the URL's scheme says whether TLS is spoken: expected keys such as ca_file")
    follows = chosen(asked, manner, "follow_redirects").follow_redirects
    if not follows and "max_redirects" in asked.model_fields_set:
        problems.add((*path, "max_redirects"), "means nothing while 'follow_redirects' is false")
    expect = _expectation(asked.expect) if asked.expect else _ANY_2XX
    if asked.method == "HEAD" and expect.needs_body:
        problems.add((*path, "expect"), "looks into a body, and an answer to HEAD has none")
    headers = tuple((asked.headers or {}).items())
    _refuse_repeated((name for name, _ in headers), (*path, "headers"), source)
    _refuse_repeated((name for name, _ in expect.headers), (*path, "expect", "headers"), source)
    if asked.auth and any(name.lower() == "authorization" for name, _ in headers):
        problems.add((*path, "auth"), "stands beside an Authorization header: keep one of them")
    return HttpCheck(
        url=asked.url.text,
        host=asked.url.host,
        port=asked.url.port,
        method=asked.method,
        headers=headers,
        body=asked.body,
        auth=_auth(asked.auth, (*path, "auth"), source) if asked.auth else None,
        redirects_max=chosen(asked, manner, "max_redirects").max_redirects if follows else 0,
        environment_proxy=chosen(asked, manner, "environment_proxy").environment_proxy,
        tls=tls_of(asked.tls, (*path, "tls"), source) if asked.tls else default_tls,
        expect=expect,
        hidden=hidden_in(path, source),
    )


def chosen(asked: shape.Manner, manner: shape.Manner, key: str) -> shape.Manner:
    """Return whichever of the two decides a key: the table itself where it sets it, else its defaults where they do.

    Returned whole, so that the type checker knows what its keys hold.
    """
    return manner if key in manner.model_fields_set and key not in asked.model_fields_set else asked


def _is_true(asked: shape.Endpoint | shape.Canary, path: Path, source: Source) -> bool:
    return value_at(source.root, (*path, "tls")) is True


def _expectation(expect: shape.Expect) -> HttpExpectation:
    return HttpExpectation(
        statuses=expect.status,
        contains=expect.contains or (),
        not_contains=expect.not_contains or (),
        json=tuple(JsonEquals(expression, value) for expression, value in (expect.json_equals or {}).items()),
        headers=tuple((expect.headers or {}).items()),
    )


def _refuse_repeated(names: Iterable[str], path: Path, source: Source) -> None:
    first: dict[str, str] = {}
    for name in names:
        before = first.setdefault(name.lower(), name)
        if before != name:
            line = source.problems.mark_of((*path, before)).line
            source.problems.add((*path, name), f"the header stands twice: first in line {line} (case does not count)")


def _auth(auth: shape.Auth, path: Path, source: Source) -> BasicAuth | BearerAuth | None:
    """Return who asks. Anything but one complete answer is an error: no check goes out without its credentials.

    Keys count as they are written, those at fault too.
    """
    keys = keys_at(source.root, path)
    known = [key for key in keys if key in shape.Auth.model_fields]
    if len(known) > 1 or not keys:
        source.problems.add(path, "expected exactly one of basic, bearer and bearer_file")
    if len(known) != 1 or not auth.model_fields_set:
        return None
    if auth.basic is not None:
        password = _secret(auth.basic.password, auth.basic.password_file, "password", (*path, "basic"), source)
        return BasicAuth(auth.basic.username, password) if password else None
    token = _secret(auth.bearer, auth.bearer_file, "bearer", path, source)
    return BearerAuth(token) if token else None


def _secret(given: Secret | None, file: str | None, key: str, path: Path, source: Source) -> Secret | None:
    if given is not None and file is not None:
        source.problems.add((*path, f"{key}_file"), f"stands beside '{key}': keep one of them")
        return None
    if file is not None:
        return secret_in(file, (*path, f"{key}_file"), source)
    keys = keys_at(source.root, path)
    if given is None and key not in keys and all(key in shape.Basic.model_fields for key in keys):
        source.problems.add((*path, key), f"the key is missing: write {key} or {key}_file")
    return given
