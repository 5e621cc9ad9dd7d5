"""The message files that come with us: whole, up to date with the code, and sound."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import uptally

SRC = Path(uptally.__file__).parent
FILES = sorted((SRC / "page" / "messages").glob("*.po"))
KEYWORDS = {"_": None, "N_": None, "said": None, "said_of": (1, 2), "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
METHODS = [
    ("page/**.py", "python"),
    ("rules/**.py", "python"),
    ("books/**.py", "python"),
    ("page/templates/**.j2", "jinja2"),
]
OPTIONS = {"page/templates/**.j2": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def messages_of_the_code() -> Catalog:
    catalogue = Catalog()
    for _file, _line, message, _comments, context in extract_from_dir(
        SRC, METHODS, OPTIONS, keywords=KEYWORDS, comment_tags=(), strip_comment_tags=False
    ):
        catalogue.add(message, context=context)
    return catalogue


def keys(catalogue: Catalog) -> Iterator[tuple[str | None, str]]:
    for message in catalogue:
        if message.id:
            yield message.context, message.id[0] if isinstance(message.id, (list, tuple)) else message.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_file_holds_each_message_of_the_code_and_no_other(file: Path) -> None:
    found = read_po(io.BytesIO(file.read_bytes()), locale=file.stem)
    assert sorted(map(str, keys(found))) == sorted(map(str, keys(messages_of_the_code())))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_message_is_translated(file: Path) -> None:
    found = read_po(io.BytesIO(file.read_bytes()), locale=file.stem)
    texts = {message.id: message.string for message in found if message.id}
    assert [id for id, text in texts.items() if not (all(text) if isinstance(text, (list, tuple)) else text)] == []
    assert [message.id for message in found if message.fuzzy and message.id] == []
