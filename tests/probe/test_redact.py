"""Evidence: no secret in it, nothing that could forge a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.model.endpoint import BasicAuth, BearerAuth, HttpCheck, TcpCheck
from uptally.model.secret import Secret
from uptally.probe.redact import clean, clean_bytes, secrets_of


def check(**options: object) -> HttpCheck:
    return HttpCheck("http://a.example/", "a.example", 80, **options)  # type: ignore[arg-type]  # handed on


@pytest.mark.parametrize(
    ("subject", "echo"),
    [
        (check(auth=BasicAuth("user", Secret("pa55word"))), "pa55word"),
        (check(auth=BasicAuth("user", Secret("pa55word"))), "Basic dXNlcjpwYTU1d29yZA=="),
        (check(auth=BearerAuth(Secret("t0k3n+/x"))), "Bearer t0k3n+/x"),
        (check(auth=BearerAuth(Secret("t0k3n+/x"))), "token=t0k3n%2B%2Fx"),
        (check(headers=(("X-Key", Secret("k3y-value")),)), "k3y-value"),
        (check(headers=(("Authorization", Secret("Bearer t0k3n")),)), "bad token t0k3n"),
        (check(headers=(("X-Key", Secret("k3y-value")),)), "azN5LXZhbHVl"),
        (check(body=Secret('{"pin": 1234}')), 'got {"pin": 1234}'),
        (check(hidden=(Secret("t0k%2Bn"),)), "no such path: /?token=t0k%2Bn"),
        (check(hidden=(Secret("t0k%2Bn"),)), "bad token t0k+n"),
        (TcpCheck("a.example", 1, hidden=(Secret("w3lcome"),)), "w3lcome"),
        (TcpCheck("a.example", 1, send=Secret("AUTH s3cret\r\n")), "unknown: AUTH s3cret"),
    ],
)
def test_a_secret_is_masked_in_each_form_in_which_it_is_echoed(subject: HttpCheck | TcpCheck, echo: str) -> None:
    secrets = secrets_of(subject)
    shown = clean(echo, secrets, 256)
    assert "***" in shown
    assert not any(secret in shown for secret in secrets)


def test_a_secret_that_holds_another_is_masked_whole() -> None:
    secrets = secrets_of(check(headers=(("A", Secret("key")), ("B", Secret("key-and-more")))))
    assert clean("x key-and-more key", secrets, 256) == "x *** ***"


def test_an_empty_secret_masks_nothing() -> None:
    assert clean("text", secrets_of(check(headers=(("A", Secret("")),))), 256) == "text"


@given(st.text(), st.integers(1, 600))
def test_what_is_shown_is_printable_and_short(text: str, limit: int) -> None:
    shown = clean(text, (), limit)
    assert shown.isprintable()
    assert len(shown) <= limit


@given(st.binary(max_size=5_000))
def test_any_bytes_can_be_shown(data: bytes) -> None:
    assert clean_bytes(data, (), 512).isprintable()


@given(st.integers(0, 1_200), st.integers(0, 4_000))
def test_no_part_of_a_secret_is_left_at_a_cut(padding: int, received: int) -> None:
    secret = "S3CR3T-" * 20
    body = ("." * padding + secret * 20).encode()[:received]
    shown = clean_bytes(body, (secret,), 512)
    assert "S3CR" not in shown


def test_plain_text_stays_as_it_is() -> None:
    assert clean("Grüße, 東京 — ok", (), 256) == "Grüße, 東京 — ok"
