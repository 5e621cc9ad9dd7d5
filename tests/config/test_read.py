import os
import socket
import time
from pathlib import Path

import pytest

from uptally.config import load
from uptally.config.read import BYTES_MAX
from uptally.errors import ConfigError
from uptally.model.settings import Settings

GOOD = "endpoints:\n  - name: Zürich\n    url: https://a.example/\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "probes.yaml"


def loaded(file: Path, content: bytes) -> Settings:
    file.write_bytes(content)
    return load(file, environment={})


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file, environment={})
    return str(caught.value).removeprefix(str(file))


@pytest.mark.parametrize(
    "content",
    [GOOD.encode(), GOOD.encode("utf-8-sig"), GOOD.replace("\n", "\r\n").encode(), GOOD.rstrip().encode()],
    ids=["plain", "byte order mark", "CRLF", "no line break at the end"],
)
def test_utf8_in_its_usual_forms_is_accepted(file: Path, content: bytes) -> None:
    assert [endpoint.name for endpoint in loaded(file, content).endpoints] == ["Zürich"]


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-8"])
def test_places_are_right_behind_a_byte_order_mark_and_with_crlf(file: Path, form: str) -> None:
    file.write_bytes((GOOD + "    grup: x\n").replace("\n", "\r\n").encode(form))
    assert refusal(file) == ":4:5: endpoints[0].grup: unknown key (did you mean 'group'?)"


def test_columns_count_characters_and_not_bytes(file: Path) -> None:
    file.write_text("endpoints:\n  - {name: Zürich ☃, grup: x, url: https://a.example/}\n", encoding="utf-8")
    assert refusal(file).startswith(":2:22: endpoints[0].grup: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD.encode("utf-16"), ":1:1: is UTF-16 or UTF-32: save it as UTF-8"),
        (GOOD.encode("utf-32"), ":1:1: is UTF-16 or UTF-32: save it as UTF-8"),
        (GOOD.encode("latin-1"), ":2:12: byte 0xfc is not valid UTF-8: save the file as UTF-8"),
        (
            b"endpoints:\n  - name: a\x07b\n",
            ':2:12: the character U+0007 must not stand in YAML: remove it, or write "\\u…" in quotes',
        ),
        (
            b"page:\n  title: a\x00b\n",
            ':2:11: the character U+0000 must not stand in YAML: remove it, or write "\\u…" in quotes',
        ),
        (
            "page:\n  title: a\u2028b\n".encode(),
            ':2:11: the character U+2028 must not stand in YAML: remove it, or write "\\u…" in quotes',
        ),
        (b"x" * (BYTES_MAX + 1), ": is larger than 5,000,000 bytes, which is all that is read"),
    ],
    ids=["UTF-16", "UTF-32", "Latin-1", "bell", "NUL", "line separator", "too large"],
)
def test_what_is_no_utf8_text_is_refused_at_its_place(file: Path, content: bytes, said: str) -> None:
    file.write_bytes(content)
    assert refusal(file) == said


def test_a_missing_file_names_the_remedy(file: Path) -> None:
    assert refusal(file) == ": there is no such file: `uptally init` writes one"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == ": is a directory, not a file"


def test_a_pipe_is_refused_without_waiting_for_a_writer(file: Path) -> None:
    os.mkfifo(file)
    assert refusal(file) == ": is no regular file but a pipe, socket or device"


def test_a_device_is_refused() -> None:
    assert refusal(Path("/dev/zero")) == ": is no regular file but a pipe, socket or device"


def test_a_socket_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(file.name)
        assert refusal(file) == ": is no regular file but a pipe, socket or device"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    file.chmod(0)
    assert refusal(file) == ": may not be read: permission denied"


def test_a_link_is_followed(file: Path) -> None:
    real = file.with_name("real.yaml")
    real.write_text(GOOD, encoding="utf-8")
    file.symlink_to(real)
    assert len(load(file, environment={}).endpoints) == 1


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{n}: &{n} [{','.join(['*a'] * 9)}]\n" for n in "bcdefghij"),
        "a: " + "[" * 100_000,
        "a: " + "{a: " * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "endpoints: " + "9" * 1_000_000,
    ],
    ids=["aliases", "lists", "tables", "block lists", "keys", "digits"],
)
def test_what_explodes_is_refused_before_it_does(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    began = time.process_time()
    assert refusal(file)
    assert time.process_time() - began < 5  # what is built from such a file would take hours, or all memory
