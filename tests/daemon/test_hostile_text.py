"""What a target says is for the operator alone: it is on record, and on no page; and it writes no line of the log."""

from __future__ import annotations

import html
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from tests.daemon.processes import Daemon, wait_until
from tests.daemon.test_reload import ALWAYS, configure, observations
from tests.hostile import ANSWERS, CERTIFIED, COMMON_NAME, MARK, MARKDOWN, NAME, executable, spellings
from uptally.ledger import Reader
from uptally.model.observation import Reason

TOLD = f"""\
---
title: {json.dumps(NAME)}
services: [tls]
impact: major
started: 2026-11-01 02:50
---
## 2026-11-01 02:55 investigating
{MARKDOWN}"""

EVIDENT = {"body", "place", "loop"}
"""Where what was said is part of the evidence."""


@contextmanager
def saying(text: str, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers whatever it is asked with this, by TLS where told; yields its port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.settimeout(1)
                with suppress(OSError), peer if tls is None else tls.wrap_socket(peer, server_side=True) as asked:
                    asked.recv(65_536)
                    asked.sendall(text.encode())
                peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def certified(folder: Path, issuer: trustme.CA, *, subject: str, names: Sequence[str]) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that is called this, and is for these names alone."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    authority = x509.load_pem_x509_certificate(issuer.cert_pem.bytes())
    signer = load_pem_private_key(issuer.private_key_pem.bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject, _validate=False)] if subject else []))
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    file = folder / f"{uuid4().hex}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


SECRETS = {"PASSWORD": 'pa55<w&rd>/"+one', "TOKEN": "t0ken-5ecret?two=&", "KEY": "k3y of th3 'third'"}


def test_nothing_that_a_target_says_and_no_secret_is_published_or_logged_and_nothing_published_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / "2026-11-01-told.md").write_text(TOLD)
    with ExitStack() as stack:
        ports = {name: stack.enter_context(saying(text)) for name, text in ANSWERS.items()}
        manner = "interval: 500ms, timeout: 2s, headers: {X-Key: '${KEY}'}"
        asked = {name: f"name: {name}, url: 'http://127.0.0.1:{port}/'" for name, port in ports.items()}
        issuer = trustme.CA(organization_name=COMMON_NAME, organization_unit_name=COMMON_NAME)
        issuer.cert_pem.write_to_path(tmp_path / "ca.pem")
        for number, names in enumerate((CERTIFIED, *((each,) for each in CERTIFIED))):
            # With no name of its own a certificate is called by the first of those that it is for.
            tls = certified(tmp_path, issuer, subject="", names=names)
            port = stack.enter_context(saying(ANSWERS["reason"], tls))
            asked[f"san-{number}"] = f"name: san-{number}, url: 'https://127.0.0.1:{port}/', tls: {{ca_file: ca.pem}}"
        tls = certified(tmp_path, issuer, subject=COMMON_NAME, names=CERTIFIED)
        secure = stack.enter_context(saying(ANSWERS["reason"], tls))
        asked["tls"] = (
            f"name: {json.dumps(NAME)}, slug: tls, group: {json.dumps(NAME)}, url: 'https://127.0.0.1:{secure}/'"
        )
        asked["secret"] = f"name: secret, url: 'http://127.0.0.1:{ports['body']}/?key=${{TOKEN}}'"
        asked["secret"] += ", auth: {basic: {username: me, password: '${PASSWORD}'}}"
        configure(tmp_path, *(f"{each}, {manner}" for each in asked.values()))
        configured = tmp_path / "probes.yaml"
        configured.write_text(configured.read_text().replace("refresh: 1s", "refresh: 1s, incidents: incidents"))
        daemon = stack.enter_context(Daemon(tmp_path, environment=SECRETS))
        wait_until(lambda: all(len(observations(tmp_path, name)) >= 3 for name in asked), "attempts at each")
        assert daemon.stop() == 0
    with Reader.open(tmp_path / "uptally.db") as reader:
        evidence = {name: repr(reader.evidence(name, location="local", window=ALWAYS)) for name in asked}
    assert {name for name, text in evidence.items() if MARK in text} >= EVIDENT
    named = [each.reason for name in asked if name.startswith("san-") for each in observations(tmp_path, name)]
    assert set(named) - {Reason.CANCELLED} == {Reason.TLS_WRONG_HOST}
    assert max(map(len, evidence.values())) < 20_000
    published = {file: file.read_bytes() for file in (tmp_path / "site").rglob("*") if file.is_file()}
    assert len(published) > len(asked)
    log = daemon.log.read_bytes()
    unsaid = {MARK.encode(), *(each for secret in SECRETS.values() for each in spellings(secret))}
    assert not [
        (file, each) for file, text in {**published, daemon.log: log}.items() for each in unsaid if each in text
    ]
    assert all(line.startswith("20") for line in log.decode().splitlines())
    pages = {file: text.decode() for file, text in published.items() if file.suffix == ".html"}
    assert html.escape("<img src=x onerror=") in pages[tmp_path / "site" / "index.html"]
    assert not {file: found for file, text in pages.items() if (found := executable(text))}
    assert executable(f"{NAME}{MARKDOWN}")
