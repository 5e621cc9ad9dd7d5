"""TLS: each way in which it fails has a reason of its own, and the operator sees which certificate it was."""

import asyncio
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.probe.servers import (
    SHORT_MS,
    Recorder,
    Tls,
    answering,
    blocking_tls,
    http,
    relay,
    reset,
    response,
    serving,
    silent,
    tcp,
)
from uptally.clock import SystemClock
from uptally.model.endpoint import Tls as TlsOptions
from uptally.model.observation import Attempt, Outcome, Reason
from uptally.probe import Prober

pytestmark = pytest.mark.usefixtures("garbage")

NOW = datetime.now(UTC)
PAST = NOW - timedelta(days=30)
FUTURE = NOW + timedelta(days=30)


def milliseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000


async def ask(prober: Prober, context: ssl.SSLContext, options: TlsOptions, *, host: str = "127.0.0.1") -> Attempt:
    async with serving(answering(response(b"secret page")), context=context) as port:
        return await prober.attempt(http(f"https://{host}:{port}/", tls=options))


async def test_a_trusted_certificate_is_up_and_its_facts_are_known(prober: Prober, tls: Tls) -> None:
    context = tls.context(not_after=FUTURE, common_name="shop.example")
    attempt = await ask(prober, context, tls.trusting)
    assert (attempt.outcome, attempt.tls_version, attempt.warnings) == (Outcome.UP, "TLSv1.3", ())
    assert attempt.certificate is not None
    assert (attempt.certificate.subject, attempt.certificate.not_after_ms) == ("shop.example", milliseconds(FUTURE))
    assert attempt.phases.tls_us is not None
    assert attempt.phases.tls_us > 0


async def test_without_a_common_name_the_first_alternative_name_is_shown(prober: Prober, tls: Tls) -> None:
    attempt = await ask(prober, tls.context("localhost", "127.0.0.1"), tls.trusting)
    assert attempt.certificate is not None
    assert attempt.certificate.subject == "localhost"


async def test_a_name_is_verified_and_sent(prober: Prober, tls: Tls) -> None:
    context = tls.context("localhost")
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    assert (await ask(prober, context, tls.trusting, host="localhost")).outcome is Outcome.UP
    assert asked == ["localhost"]


@pytest.mark.parametrize(
    ("names", "not_before", "not_after", "reason"),
    [
        (("127.0.0.1",), PAST - timedelta(days=30), PAST, Reason.TLS_EXPIRED),
        (("127.0.0.1",), FUTURE, FUTURE + timedelta(days=30), Reason.TLS_NOT_YET_VALID),
        (("other.example",), None, FUTURE, Reason.TLS_WRONG_HOST),
        (("127.0.0.2",), None, FUTURE, Reason.TLS_WRONG_HOST),
    ],
)
async def test_a_certificate_that_does_not_hold_is_down_and_shown(
    prober: Prober, tls: Tls, names: tuple[str, ...], not_before: datetime | None, not_after: datetime, reason: Reason
) -> None:
    context = tls.context(*names, not_before=not_before, not_after=not_after, common_name="shop.example")
    attempt = await ask(prober, context, tls.trusting)
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, reason)
    assert attempt.status is None
    assert attempt.evidence is not None
    assert attempt.evidence.error
    assert attempt.evidence.certificate_subject == "shop.example"
    assert attempt.evidence.certificate_not_after_ms == milliseconds(not_after)


async def test_an_unknown_authority_is_untrusted(prober: Prober, tls: Tls) -> None:
    context = tls.context(authority=trustme.CA(), common_name="shop.example")
    for options in (tls.trusting, TlsOptions()):
        attempt = await ask(prober, context, options)
        assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_UNTRUSTED)
        assert attempt.evidence is not None
        assert attempt.evidence.certificate_subject == "shop.example"


async def test_a_missing_intermediate_is_untrusted(prober: Prober, tls: Tls, tmp_path: Path) -> None:
    certificate = tls.authority.create_child_ca().issue_cert("127.0.0.1")
    leaf = tmp_path / "leaf.pem"
    leaf.write_bytes(certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    assert (await ask(prober, context, tls.trusting)).reason is Reason.TLS_UNTRUSTED


async def test_the_second_look_at_a_bad_certificate_takes_no_time_of_the_attempt(prober: Prober, tls: Tls) -> None:
    connections = 0
    context = tls.context(not_before=PAST - timedelta(days=1), not_after=PAST)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes the first connection on to the server, and keeps the second one waiting."""
        nonlocal connections
        connections += 1
        if connections > 1:
            await asyncio.sleep(0.3)
        to_server, from_server = await asyncio.open_connection("127.0.0.1", port)

        await relay(reader, writer, to_server, from_server)

    async with serving(silent, context=context) as port, serving(forward) as front:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{front}/", tls=tls.trusting))
    assert connections == 2
    assert attempt.reason is Reason.TLS_EXPIRED
    assert attempt.evidence is not None
    assert attempt.evidence.certificate_not_after_ms == milliseconds(PAST)
    assert sum(part or 0 for part in attempt.phases) <= attempt.duration_us + 5
    assert attempt.duration_us < 290_000


async def test_without_verification_anything_is_up_and_still_shown(prober: Prober, tls: Tls) -> None:
    context = tls.context("other.example", not_before=PAST - timedelta(days=1), not_after=PAST, authority=trustme.CA())
    attempt = await ask(prober, context, TlsOptions(verify=False))
    assert attempt.outcome is Outcome.UP
    assert attempt.certificate is not None
    assert attempt.certificate.not_after_ms == milliseconds(PAST)
    assert attempt.warnings == ("the certificate has expired",)


@pytest.mark.parametrize(("days", "warned"), [(14, True), (2, False), (0, False)])
async def test_a_certificate_near_its_end_is_a_warning_and_up(
    prober: Prober, tls: Tls, days: int, warned: bool
) -> None:
    context = tls.context(not_after=NOW + timedelta(days=3, hours=1))
    async with serving(answering(response()), context=context) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting, certificate_days=days))
    assert attempt.outcome is Outcome.UP
    assert bool(attempt.warnings) == warned
    assert all(text.startswith("the certificate expires in 3d") for text in attempt.warnings)


async def test_an_alert_is_a_failed_handshake(prober: Prober, tls: Tls) -> None:
    context = tls.context()
    context.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with blocking_tls(context) as port:
        attempt = await prober.attempt(http(f"https://localhost:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_HANDSHAKE)
    assert attempt.evidence is not None
    assert "unrecognized_name" in attempt.evidence.error.lower()


async def test_a_server_that_only_knows_old_tls_is_down(prober: Prober, tls: Tls) -> None:
    context = tls.context()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    with blocking_tls(context) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_HANDSHAKE)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x03\xff\xff" + b"\x00" * 70_000])
async def test_what_is_no_tls_is_a_failed_handshake(prober: Prober, answer: bytes) -> None:
    async def at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(answer)

    async with serving(at_once) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_HANDSHAKE)


async def test_a_banner_in_clear_text_is_a_failed_handshake(prober: Prober) -> None:
    async def banner(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")
        await asyncio.sleep(3_600)

    async with serving(banner) as port:
        for _ in range(5):
            assert (await prober.attempt(http(f"https://127.0.0.1:{port}/"))).reason is Reason.TLS_HANDSHAKE


async def test_silence_in_the_handshake_meets_the_deadline(prober: Prober) -> None:
    async with serving(silent) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", timeout_ms=SHORT_MS))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, Reason.TLS_TIMEOUT)


@pytest.mark.parametrize(("is_reset", "reason"), [(True, Reason.CONNECT_RESET), (False, Reason.TLS_HANDSHAKE)])
async def test_an_end_within_the_handshake(prober: Prober, is_reset: bool, reason: Reason) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        if is_reset:
            reset(writer)

    async with serving(handle) as port:
        attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/"))
    assert (attempt.outcome, attempt.reason) == (Outcome.DOWN, reason)


async def test_a_chain_without_end_is_a_failed_handshake(prober: Prober, tls: Tls, tmp_path: Path) -> None:
    certificate = tls.authority.issue_cert("127.0.0.1")
    chain = tmp_path / "chain.pem"
    chain.write_bytes(certificate.private_key_pem.bytes() + certificate.cert_chain_pems[0].bytes() * 300)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    assert (await ask(prober, context, tls.trusting)).reason is Reason.TLS_HANDSHAKE


async def test_a_client_certificate_is_shown_where_one_is_asked_for(prober: Prober, tls: Tls, tmp_path: Path) -> None:
    context = tls.context()
    context.verify_mode = ssl.CERT_REQUIRED
    tls.authority.configure_trust(context)
    ours = tls.authority.issue_cert("monitor@example.org")
    certificate_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    ours.cert_chain_pems[0].write_to_path(str(certificate_file))
    ours.private_key_pem.write_to_path(str(key_file))
    shown = TlsOptions(ca_file=tls.ca_file, certificate_file=str(certificate_file), key_file=str(key_file))
    assert (await ask(prober, context, shown)).outcome is Outcome.UP
    with blocking_tls(context) as port:
        missing = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
    assert (missing.outcome, missing.reason) == (Outcome.DOWN, Reason.TLS_HANDSHAKE)


async def test_a_file_that_cannot_be_read_is_our_fault_until_it_can(
    tls: Tls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ca_file = tmp_path / "late.pem"
    options = TlsOptions(ca_file=str(ca_file))
    async with Prober(clock=SystemClock()) as prober:
        attempt = await ask(prober, tls.context(), options)
        assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.MONITOR_ERROR)
        assert attempt.evidence is not None
        assert str(ca_file) in attempt.evidence.error
        assert "bug" not in caplog.text
        ca_file.write_text(Path(tls.ca_file).read_text())
        assert (await ask(prober, tls.context(), options)).outcome is Outcome.UP


async def test_many_first_attempts_make_one_context(tls: Tls, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    create = ssl.create_default_context

    def counted(**options: str | None) -> ssl.SSLContext:
        made.append(options)
        return create(cafile=options["cafile"])

    monkeypatch.setattr(ssl, "create_default_context", counted)
    async with serving(answering(response()), context=tls.context()) as port, Prober(clock=SystemClock()) as prober:
        endpoint = http(f"https://127.0.0.1:{port}/", tls=tls.trusting)
        attempts = await asyncio.gather(*(prober.attempt(endpoint) for _ in range(20)))
    assert {attempt.outcome for attempt in attempts} == {Outcome.UP}
    assert len(made) == 1


async def test_a_redirect_to_the_encrypted_side_is_verified(prober: Prober, tls: Tls) -> None:
    secured = Recorder()
    async with serving(secured, context=tls.context()) as tls_port:
        moved = response(status="301 X", headers=(f"Location: https://127.0.0.1:{tls_port}/",))
        async with serving(answering(moved)) as port:
            good = await prober.attempt(http(f"http://127.0.0.1:{port}/", tls=tls.trusting))
            bad = await prober.attempt(http(f"http://127.0.0.1:{port}/"))
    assert (good.outcome, good.redirects, good.tls_version) == (Outcome.UP, 1, "TLSv1.3")
    assert bad.reason is Reason.TLS_UNTRUSTED


async def test_tcp_with_tls_is_verified_and_talks(prober: Prober, tls: Tls) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readline() == b"PING\n"
        writer.write(b"+PONG\r\n")
        await reader.read()

    async with serving(greet, context=tls.context()) as port:
        good = await prober.attempt(tcp(port, tls=tls.trusting, send="PING\n", expect="+PONG"))
        bad = await prober.attempt(tcp(port, tls=TlsOptions()))
    assert (good.outcome, good.tls_version) == (Outcome.UP, "TLSv1.3")
    assert bad.reason is Reason.TLS_UNTRUSTED
