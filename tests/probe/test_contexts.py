"""TLS options: files that are renewed are used without a restart, and not before they can be."""

import asyncio
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from tests.probe.servers import Tls, answering, http, response, serving
from uptally.model.endpoint import Tls as TlsOptions
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober, contexts


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contexts, "RENEWAL_S", 0.0)


async def test_a_new_authority_is_trusted_and_the_old_one_no_more(prober: Prober, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    old, new = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    new.issue_cert("127.0.0.1").configure_cert(context)
    old.cert_pem.write_to_path(str(ca_file))
    async with serving(answering(response()), context=context) as port:
        endpoint = http(f"https://127.0.0.1:{port}/", tls=TlsOptions(ca_file=str(ca_file)))
        assert (await prober.attempt(endpoint)).reason is Reason.TLS_UNTRUSTED
        new.cert_pem.write_to_path(str(ca_file))
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP


def write(certificate: trustme.LeafCert, certificate_file: Path | None = None, key_file: Path | None = None) -> None:
    if certificate_file is not None:
        certificate.cert_chain_pems[0].write_to_path(str(certificate_file))
    if key_file is not None:
        certificate.private_key_pem.write_to_path(str(key_file))


async def shown_names(context: ssl.SSLContext, ask: Callable[[int], object]) -> list[str]:
    """Run a server that asks for certificates while something is done; return the names that it was shown."""
    names: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        [(_, name)] = writer.get_extra_info("ssl_object").getpeercert()["subjectAltName"]
        names.append(name)
        writer.write(response())

    async with serving(handle, context=context) as port:
        await ask(port)  # type: ignore[misc]  # a coroutine function
    return names


async def test_a_renewed_client_certificate_is_shown(
    prober: Prober, tls: Tls, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = tls.context()
    context.verify_mode = ssl.CERT_REQUIRED
    tls.authority.configure_trust(context)
    certificate_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    old, new = tls.authority.issue_cert("old@example.org"), tls.authority.issue_cert("new@example.org")
    options = TlsOptions(ca_file=tls.ca_file, certificate_file=str(certificate_file), key_file=str(key_file))

    async def ask(port: int) -> None:
        endpoint = http(f"https://127.0.0.1:{port}/", tls=options)
        write(old, certificate_file, key_file)
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
        # Half-way: the key does not fit yet.
        write(new, certificate_file)
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
        assert str(certificate_file) in caplog.text
        write(new, key_file=key_file)
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP

    assert await shown_names(context, ask) == ["old@example.org", "old@example.org", "new@example.org"]


async def test_an_unchanged_file_is_read_once(
    prober: Prober, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    create = ssl.create_default_context

    def counted(**options: str | None) -> ssl.SSLContext:
        made.append(options)
        return create(cafile=options["cafile"])

    monkeypatch.setattr(ssl, "create_default_context", counted)
    async with serving(answering(response()), context=tls.context()) as port:
        for _ in range(3):
            attempt = await prober.attempt(http(f"https://127.0.0.1:{port}/", tls=tls.trusting))
            assert attempt.outcome is Outcome.UP
    assert len(made) == 1


async def test_files_are_not_looked_at_each_time(
    prober: Prober, tls: Tls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts, "RENEWAL_S", 3_600.0)
    ca_file = tmp_path / "ca.pem"
    tls.authority.cert_pem.write_to_path(str(ca_file))
    async with serving(answering(response()), context=tls.context()) as port:
        endpoint = http(f"https://127.0.0.1:{port}/", tls=TlsOptions(ca_file=str(ca_file)))
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
        trustme.CA().cert_pem.write_to_path(str(ca_file))
        assert (await prober.attempt(endpoint)).outcome is Outcome.UP
        later_s = time.monotonic() + 7_200
        monkeypatch.setattr(time, "monotonic", lambda: later_s)
        assert (await prober.attempt(endpoint)).reason is Reason.TLS_UNTRUSTED
