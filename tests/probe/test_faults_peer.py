"""What a peer, or somebody on the way, may do to harm or mislead who asks."""

from __future__ import annotations

import gzip
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import trustme

from tests.probe.servers import SHORT_MS, Recorder, Tls, answering, http, response, serving, silent, tcp
from uptally.clock import SystemClock
from uptally.model.endpoint import HttpExpectation
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober

GREETING = """
import socket
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    while True:
        peer, _ = listener.accept()
        peer.sendall(b"220 mail")
        peer.recv(1)
"""


@pytest.mark.parametrize(
    "body", [gzip.compress(bytes(50_000_000), 1), gzip.compress(b"") * 50_000], ids=["bomb", "members"]
)
async def test_what_would_unpack_to_very_much_is_taken_as_it_came(prober: Prober, body: bytes) -> None:
    answer = response(body, headers=("Content-Encoding: gzip",))
    async with serving(answering(answer)) as port:
        expect = HttpExpectation(not_contains=("\0" * 64,))
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", expect=expect))
    assert (attempt.outcome, attempt.body_bytes) == (Outcome.UP, len(body))
    assert len(body) < 1_048_576
    # It takes a quarter of a second to unpack.
    assert attempt.duration_us < 10_000_000


@pytest.mark.parametrize(
    "reason", [b"\xff\xfe", b"O\0K", "Grüße".encode(), b"<script>alert(1)</script>", b"", b"O" * 8_000]
)
async def test_words_beside_the_status_decide_nothing(prober: Prober, reason: bytes) -> None:
    for status, outcome in ((b"200", Outcome.UP), (b"500", Outcome.DOWN)):
        answer = b"HTTP/1.1 " + status + b" " + reason + b"\r\nContent-Length: 0\r\n\r\n"
        async with serving(answering(answer)) as port:
            attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
        assert (attempt.outcome, attempt.status) == (outcome, int(status))


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests"])
async def test_a_guard_in_front_of_the_target_is_down_and_shown_with_its_status(prober: Prober, status: str) -> None:
    async with serving(answering(response(b"Are you human?", status=status))) as port:
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.STATUS)
    assert attempt.evidence is not None
    assert (attempt.evidence.status, attempt.evidence.body_head) == (int(status[:3]), "Are you human?")


async def test_a_page_that_asks_for_a_human_is_down_where_the_right_text_is_expected(prober: Prober) -> None:
    async with serving(answering(response(b"<h1>Are you human?</h1>"))) as port:
        expect = HttpExpectation(contains=("Welcome",))
        attempt = await prober.attempt(http(f"http://127.0.0.1:{port}/", expect=expect))
    assert (attempt.outcome, attempt.reason, attempt.status) == (Outcome.DOWN, Reason.BODY_MISSING_TEXT, 200)


async def test_a_certificate_that_vouches_for_itself_is_untrusted(prober: Prober, tmp_path: Path) -> None:
    own = trustme.CA(organization_name="shop.example")
    file = tmp_path / "own.pem"
    file.write_bytes(own.private_key_pem.bytes() + own.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    async with serving(silent, context=context) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_UNTRUSTED)
    assert attempt.evidence is not None
    assert "self-signed" in attempt.evidence.error.replace("self signed", "self-signed")


async def test_a_peer_that_is_stopped_after_half_a_greeting_meets_the_deadline(prober: Prober) -> None:
    with subprocess.Popen([sys.executable, "-Sc", GREETING], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        try:
            assert (await prober.attempt(tcp(port, expect="220"))).outcome is Outcome.UP
            half = await prober.attempt(tcp(port, expect="220 mail.example", timeout_ms=SHORT_MS))
            os.kill(server.pid, signal.SIGSTOP)
            # The kernel goes on to accept connections for it.
            none = await prober.attempt(tcp(port, expect="220", timeout_ms=SHORT_MS))
        finally:
            server.kill()
    assert (half.outcome, half.reason) == (Outcome.DOWN, Reason.TRANSFER_TIMEOUT)
    assert (none.outcome, none.reason) == (Outcome.DOWN, Reason.RESPONSE_TIMEOUT)


async def test_a_name_is_looked_up_once_and_what_was_vetted_is_what_is_connected_to(tls: Tls) -> None:
    asked = []

    def lookup(name: str) -> Sequence[str]:
        asked.append(name)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.66"]

    server = Recorder()
    names: list[str | None] = []
    context = tls.context("shop.example")
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    async with Prober(clock=SystemClock(), lookup=lookup) as prober, serving(server, context=context) as port:
        attempt = await prober.attempt(http(f"https://shop.example:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.address) == (Outcome.UP, "127.0.0.1")
    assert asked == names == ["shop.example"]
    assert server.headers()["host"] == f"shop.example:{port}"
