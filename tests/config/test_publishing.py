"""How the page gets to its readers."""

import importlib.util
import json
from pathlib import Path

import pytest

from uptally.config import load, publishing
from uptally.errors import ConfigError
from uptally.model.secret import Secret
from uptally.model.settings import Destination

ENDPOINTS = "endpoints: [{name: A, url: 'https://a.example/'}]\n"


def destination(folder: Path, said: str) -> Destination | None:
    file = folder / "probes.yaml"
    file.write_text(f"page: {{publish: {said}}}\n{ENDPOINTS}")
    return load(file, environment={"TOKEN": "hunter2"}).page.publish


def refused(folder: Path, said: str) -> str:
    with pytest.raises(ConfigError) as caught:
        destination(folder, said)
    return str(caught.value)


def test_a_page_is_copied_to_a_folder_that_starts_from_the_files(tmp_path: Path) -> None:
    assert destination(tmp_path, "there") == Destination(str(tmp_path / "there"))
    assert destination(tmp_path, "{to: /srv/there}") == Destination("/srv/there")


def test_a_page_is_copied_to_an_address_with_options_that_print_as_stars(tmp_path: Path) -> None:
    found = destination(tmp_path, "{to: 'SFTP://up@there.example:2222/www', options: {password: '${TOKEN}', n: [1]}}")
    assert found is not None
    assert (found.address, found.scheme) == ("sftp://up@there.example:2222/www", "sftp")
    assert isinstance(found.options, Secret)
    assert json.loads(found.options.reveal()) == {"password": "hunter2", "n": [1]}
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("'sftp://up:hunter2@there.example/'", "must not hold a password: move it to 'options'"),
        ("'sftp://'", "expected a folder, or an address"),
        ("'://there'", "expected a folder, or an address"),
        ("'sftp://there.example/?a=b'", "expected a folder, or an address"),
        ("7", "expected keys and values, not a number"),
        ("{options: {a: b}}", "the key is missing"),
        ("{to: there, options: {a: b}}", "a folder has none"),
        ("{to: 'sftp://there.example/', options: [a]}", "expected keys and values, not a list"),
        ("site", "is the folder that the page is written to"),
        (".", "holds this file, which would be published"),
    ],
)
def test_where_no_page_can_be_copied_to_is_refused(tmp_path: Path, said: str, message: str) -> None:
    told = refused(tmp_path, said)
    assert message in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("publish: 's3://bucket/'", "needs the package s3fs: pip install 'uptally[s3]'"),
        ("publish: 'gs://bucket/'", "needs the package gcsfs: pip install 'uptally[gcs]'"),
        ("publish: 'sftp://there.example/'", "needs the package paramiko: pip install 'uptally[sftp]'"),
        ("compress: [brotli]", "needs the package brotli: pip install 'uptally[brotli]'"),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, remedy: str
) -> None:
    found = importlib.util.find_spec
    missing = ("s3fs", "gcsfs", "paramiko", "brotli")
    monkeypatch.setattr(publishing, "find_spec", lambda name: None if name in missing else found(name))
    (tmp_path / "probes.yaml").write_text(f"page: {{{said}}}\n{ENDPOINTS}")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "probes.yaml", environment={})
    assert remedy in str(caught.value)
