import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from uptally.errors import SealError
from uptally.signing import Key, PublicKey


def test_signature_is_of_its_key_and_of_its_content() -> None:
    key = Key.new()
    signature = key.sign(b"content")
    assert signature == key.sign(b"content")
    assert key.public.verify(signature, b"content")
    assert not key.public.verify(signature, b"Content")
    assert not Key.new().public.verify(signature, b"content")


def test_keys_are_read_as_they_were_written() -> None:
    key = Key.new()
    assert Key.of_pem(key.pem).public == key.public
    assert PublicKey.of_pem(key.public.pem) == key.public
    assert PublicKey.of_text(key.public.text).fingerprint == key.public.fingerprint


def test_openssl_alone_makes_keys_and_checks_signatures(tmp_path: Path, require_server: Callable[[str], Path]) -> None:
    openssl = require_server("openssl")

    def run(*arguments: str) -> bytes:
        return subprocess.run([openssl, *arguments], cwd=tmp_path, check=True, capture_output=True).stdout

    run("genpkey", "-algorithm", "ed25519", "-out", "key.pem")
    key = Key.of_pem((tmp_path / "key.pem").read_bytes())
    assert run("pkey", "-in", "key.pem", "-pubout") == key.public.pem
    (tmp_path / "seal.pub").write_bytes(key.public.pem)
    (tmp_path / "content").write_bytes(b"content")
    (tmp_path / "signature").write_bytes(key.sign(b"content"))
    told = run(
        *("pkeyutl", "-verify", "-pubin", "-inkey", "seal.pub", "-rawin", "-in", "content", "-sigfile", "signature")
    )
    assert b"Verified Successfully" in told


@pytest.mark.parametrize("pem", [b"", b"x", Key.new().pem[:-40], Key.new().public.pem])
def test_what_is_no_private_key_is_refused_and_not_shown(pem: bytes) -> None:
    with pytest.raises(SealError, match="holds no Ed25519 key") as caught:
        Key.of_pem(pem)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("pem", [b"", b"x", Key.new().pem, Key.new().public.pem.replace(b"MCow", b"MCox")])
def test_what_is_no_public_key_is_refused(pem: bytes) -> None:
    with pytest.raises(SealError, match="public key"):
        PublicKey.of_pem(pem)


def test_without_the_extra_the_message_names_it() -> None:
    program = "import sys; sys.modules['cryptography'] = None\nfrom uptally.signing import Key\nKey.new()"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'uptally[sign]'" in found.stderr
