from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.config.conftest import Loaded
from uptally.errors import ConfigError
from uptally.model.endpoint import BasicAuth, BearerAuth, HttpCheck, Tls
from uptally.model.secret import Secret

WEBSITE = "endpoints:\n  - name: A\n    url: https://a.example/\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a test authority, a client certificate, its key, and that key under a password."""
    authority = trustme.CA()
    client = authority.issue_cert("client.example")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    client.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    client.private_key_pem.write_to_path(tmp_path / "client.key")
    authority.issue_cert("other.example").private_key_pem.write_to_path(tmp_path / "other.key")
    key = load_pem_private_key(client.private_key_pem.bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    (tmp_path / "locked.key").write_bytes(locked)
    return tmp_path


def http_check(loaded: Loaded, extra: str) -> HttpCheck:
    check = loaded(WEBSITE + extra).endpoints[0].check
    assert isinstance(check, HttpCheck)
    return check


def refusal(loaded: Loaded, extra: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(WEBSITE + extra)
    [problem] = caught.value.problems
    return f"{problem.path.removeprefix('endpoints[0].')}: {problem.message}"


def test_certificates_are_found_beside_the_file(loaded: Loaded, folder: Path) -> None:
    tls = "    tls: {ca_file: ca.pem, certificate_file: client.pem, key_file: client.key}\n"
    assert http_check(loaded, tls).tls == Tls(
        ca_file=str(folder / "ca.pem"), certificate_file=str(folder / "client.pem"), key_file=str(folder / "client.key")
    )


@pytest.mark.parametrize("key", ["other.key", "locked.key", "ca.pem"])
def test_a_key_that_cannot_be_used_is_refused_without_asking_for_a_password(
    loaded: Loaded, folder: Path, key: str
) -> None:
    said = "is no certificate in PEM form that fits 'key_file', or that key has a password"
    tls = f"    tls: {{certificate_file: client.pem, key_file: {key}}}\n"
    assert refusal(loaded, tls) == f"tls.certificate_file: {said}"


def test_an_authority_without_certificates_is_refused(loaded: Loaded, folder: Path) -> None:
    assert refusal(loaded, "    tls: {ca_file: client.key}\n") == "tls.ca_file: holds no certificates in PEM form"


def test_an_empty_authority_is_refused(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    assert refusal(loaded, "    tls: {ca_file: empty.pem}\n") == "tls.ca_file: holds no certificates in PEM form"


@pytest.mark.parametrize("content", [b"hunter2", b"hunter2\n", b"hunter2\r\n"])
def test_a_secret_is_read_without_its_line_break(loaded: Loaded, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret").write_bytes(content)
    bearer = http_check(loaded, "    auth: {bearer_file: secret}\n")
    basic = http_check(loaded, "    auth: {basic: {username: u, password_file: secret}}\n")
    assert bearer.auth == BearerAuth(Secret("hunter2"))
    assert basic.auth == BasicAuth("u", Secret("hunter2"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "must hold the secret on a single line, and nothing else"),
        (b"\n", "must hold the secret on a single line, and nothing else"),
        (b"hunter2\nhunter3\n", "must hold the secret on a single line, and nothing else"),
        (b"hunter2\x00", "must hold the secret on a single line, and nothing else"),
        (b"hunter2\xff", "holds no UTF-8 text"),
        (b"x" * 64_001, "is larger than 64,000 bytes, which is all that is read"),
    ],
    ids=["empty", "a line break", "two lines", "NUL", "Latin-1", "too large"],
)
def test_a_file_without_a_usable_secret_is_refused(loaded: Loaded, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    assert refusal(loaded, "    auth: {bearer_file: secret}\n") == f"auth.bearer_file: {said}"


def test_a_secret_that_would_be_published_is_refused(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/token").write_text("hunter2", encoding="utf-8")
    said = "auth.bearer_file: lies in the page's folder, and would be published with it"
    assert refusal(loaded, "    auth: {bearer_file: site/token}\n") == said


def test_a_ledger_that_a_link_puts_into_the_page_is_refused(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "ledger.db").symlink_to(tmp_path / "site/ledger.db")
    assert refusal(loaded, "store: {path: ledger.db}\n").startswith("store.path: lies in the page's folder")
