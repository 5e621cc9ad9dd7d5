"""What is asked: the request's bytes, and where a redirect leads."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.probe.servers import Recorder, http, serving
from uptally.model.endpoint import HttpCheck
from uptally.model.observation import Reason
from uptally.model.secret import Secret
from uptally.probe import Prober
from uptally.probe.reasons import Failure
from uptally.probe.request import Request, Target


@pytest.mark.parametrize(
    ("url", "sent", "host"),
    [
        ("http://a.example", "/", "a.example"),
        ("http://A.Example:80/", "/", "a.example"),
        ("https://a.example:443/x", "/x", "a.example"),
        ("https://a.example:80/x", "/x", "a.example:80"),
        ("http://a.example./x", "/x", "a.example"),
        ("http://[2001:db8::1]:8080/", "/", "[2001:db8::1]:8080"),
        ("http://a.example?q=1", "/?q=1", "a.example"),
        ("http://a.example/a%20b%2Fc;d=e?f=%26+g", "/a%20b%2Fc;d=e?f=%26+g", "a.example"),
        ("http://a.example/größe?ü=\u4e1c", "/gr%C3%B6%C3%9Fe?%C3%BC=%E4%B8%9C", "a.example"),
        ('http://a.example/"<x>`{y}', "/%22%3Cx%3E%60%7By%7D", "a.example"),
    ],
)
def test_a_url_is_sent_as_it_is_written(url: str, sent: str, host: str) -> None:
    head = Request.of(HttpCheck(url, "a.example", 80)).encode().decode().split("\r\n")
    assert head[:2] == [f"GET {sent} HTTP/1.1", f"Host: {host}"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_where_a_body_belongs_its_absence_is_said(method: str) -> None:
    request = Request.of(HttpCheck("http://a.example/", "a.example", 80, method=method))
    assert b"\r\nContent-Length: 0\r\n" in request.encode()
    assert b"Content-Length" not in request._replace(method="GET").encode()


def test_the_host_of_the_config_is_sent() -> None:
    check = HttpCheck("http://127.0.0.1/", "127.0.0.1", 80, headers=(("host", Secret("shop.example")),))
    assert Request.of(check).encode().lower().count(b"host:") == 1


def redirected(location: bytes, url: str = "http://a.example/dir/page?q=1") -> str:
    return Request.of(HttpCheck(url, "a.example", 80)).redirected(302, location).target.url


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"next", "http://a.example/dir/next"),
        (b"../up", "http://a.example/up"),
        (b"?other=1", "http://a.example/dir/page?other=1"),
        (b"//b.example/x", "http://b.example/x"),
        (b"HTTPS://B.example:8443/x#part", "https://b.example:8443/x"),
        (b"http://user:pw@b.example/", "http://b.example/"),
        (b" /blanks ", "http://a.example/blanks"),
        (b"/a b\tc", "http://a.example/a%20bc"),
        ("/größe".encode(), "http://a.example/gr%C3%B6%C3%9Fe"),
        ("/größe".encode("latin-1"), "http://a.example/gr%F6%DFe"),
        ("http://münchen.example/".encode(), "http://xn--mnchen-3ya.example/"),
    ],
)
def test_a_redirect_leads_where_a_browser_would_go(location: bytes, url: str) -> None:
    assert redirected(location) == url


@pytest.mark.parametrize(
    "location",
    [b"ftp://a/", b"http:x", b"http:/x", b"http://a:0/", b"http://a:99999/", b"http://[::1", b"http://[x]/",
     b"http://a b/", b"http://a\\b/", b"http://%61/", b"http://user@/", b"data:text/html,x", "http://\u2100/".encode()],
)  # fmt: skip
def test_a_redirect_to_no_place_is_refused(location: bytes) -> None:
    with pytest.raises(Failure) as caught:
        redirected(location)
    assert caught.value.reason is Reason.BAD_REDIRECT


@given(st.binary(max_size=60))
def test_no_location_can_forge_a_line_of_the_request(location: bytes) -> None:
    check = HttpCheck("http://a.example/", "a.example", 80, headers=(("X-Key", Secret("k3y")),))
    request = Request.of(check)
    try:
        after = request.redirected(302, location)
    except Failure:
        return
    lines = after.encode().split(b"\r\n")
    assert len(lines) <= len(request.encode().split(b"\r\n"))
    assert lines[0].split(b" ")[::2] == [b"GET", b"HTTP/1.1"]
    assert lines[0].isascii()
    assert lines[0].decode().isprintable()
    assert len(lines[0].split(b" ")) == 3


@given(st.text(max_size=30))
def test_any_text_is_a_place_or_a_value_error(text: str) -> None:
    try:
        target = Target.parse(f"http://{text}")
    except ValueError:
        return
    assert Target.parse(target.url).url == target.url


async def test_a_changed_check_is_asked_anew(prober: Prober) -> None:
    server = Recorder()
    async with serving(server) as port:
        endpoint = http(f"http://127.0.0.1:{port}/old")
        await prober.attempt(endpoint)
        await prober.attempt(endpoint)
        check = http(f"http://127.0.0.1:{port}/new", headers={"X-Key": "k3y"}).check
        await prober.attempt(dataclasses.replace(endpoint, check=check))
    assert [request.split(b" ")[1] for request in server.requests] == [b"/old", b"/old", b"/new"]
    assert server.headers()["x-key"] == "k3y"
