from pathlib import Path

import pytest

from tests.cli.conftest import Invoke
from uptally.signing import Key

SEALED = "endpoints: [{name: Website, url: 'http://127.0.0.1:1/'}]\nseal: {key: seal.key}\n"


def test_key_is_for_its_owner_alone_and_its_public_part_is_shown(folder: Path, uptally: Invoke) -> None:
    made = uptally("key", "new", "seal.key")
    assert made.exit_code == 0, made.stderr
    file = folder / "seal.key"
    assert file.stat().st_mode & 0o777 == 0o600
    public = Key.of_pem(file.read_bytes()).public
    assert made.stdout_bytes == public.pem
    assert f"fingerprint: {public.fingerprint}" in made.stderr
    (folder / "probes.yaml").write_text(SEALED)
    assert uptally("key", "show").stdout_bytes == public.pem


def test_file_that_is_there_is_left_alone(folder: Path, uptally: Invoke) -> None:
    (folder / "seal.key").write_text("mine")
    refused = uptally("key", "new", "seal.key")
    assert (refused.exit_code, "is there already" in refused.stderr) == (1, True)
    assert (folder / "seal.key").read_text() == "mine"


def test_without_a_key_there_is_none_to_show(folder: Path, uptally: Invoke) -> None:
    (folder / "probes.yaml").write_text(SEALED.partition("seal")[0])
    refused = uptally("key", "show")
    assert (refused.exit_code, "uptally key new FILE" in refused.stderr) == (1, True)


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        (None, 0, "there is no such file"),
        (Key.new().pem, 0o640, "chmod 600"),
        (Key.new().pem, 0o604, "chmod 600"),
        (b"hunter2", 0o600, "holds no Ed25519 key"),
    ],
)
def test_key_that_cannot_be_used_is_refused_by_place_and_remedy(
    folder: Path, uptally: Invoke, content: bytes | None, mode: int, words: str
) -> None:
    (folder / "probes.yaml").write_text(SEALED)
    if content is not None:
        (folder / "seal.key").write_bytes(content)
        (folder / "seal.key").chmod(mode)
    refused = uptally("status")
    assert (refused.exit_code, refused.stderr.count("\n")) == (78, 1)
    assert refused.stderr.startswith("probes.yaml:2:8: seal.key: ")
    assert words in refused.stderr
    assert "hunter2" not in refused.stderr


def test_key_in_the_folder_that_is_published_is_refused(folder: Path, uptally: Invoke) -> None:
    (folder / "site").mkdir()
    uptally("key", "new", "site/seal.key")
    (folder / "probes.yaml").write_text(SEALED.replace("seal.key", "site/seal.key"))
    refused = uptally("status")
    assert (refused.exit_code, "would be published" in refused.stderr) == (78, True)
