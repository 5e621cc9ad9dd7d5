import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.page.sample import pages
from uptally.page import publish, remove_stale

OLD = {"index.html": b"old index", "endpoints/a.html": b"old a", "assets/style.0123456789ab.css": b"old style"}
NEW = {"index.html": b"new index", "endpoints/a.html": b"new a", "assets/style.ba9876543210.css": b"new style"}


def found(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


class Asked(dict[str, bytes]):
    """Files that remember in which order they were asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.order: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.order.append(path)
        return super().__getitem__(path)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What a full disk does, as a plain user can bring it about: writes beyond a size fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_page_is_written_below_its_folder_and_only_what_changed_again(tmp_path: Path) -> None:
    assert publish(tmp_path / "site", OLD) == 3
    assert found(tmp_path / "site") == OLD
    assert publish(tmp_path / "site", {**OLD, "index.html": b"new index"}) == 1


def test_what_a_page_needs_is_written_before_it_and_the_overview_last(tmp_path: Path) -> None:
    asked = Asked({"index.html": b"1", "404.html": b"2", "zones.html": b"3", "assets/style.0123456789ab.css": b"4"})
    publish(tmp_path, asked)
    assert asked.order == ["assets/style.0123456789ab.css", "404.html", "zones.html", "index.html"]


def test_a_full_disk_leaves_the_old_page_whole(tmp_path: Path) -> None:
    publish(tmp_path, OLD)
    with files_no_larger_than(1_000), pytest.raises(OSError, match="too large"):
        publish(tmp_path, {**NEW, "endpoints/a.html": b"x" * 2_000})
    assert found(tmp_path) == {**OLD, "assets/style.ba9876543210.css": b"new style"}


def test_pages_of_endpoints_that_are_gone_and_old_assets_are_removed(tmp_path: Path) -> None:
    publish(tmp_path, {**OLD, "endpoints/gone.html": b"gone"})
    publish(tmp_path, NEW)
    assert remove_stale(tmp_path, NEW) == 2
    assert found(tmp_path) == NEW


def test_what_the_page_did_not_write_is_never_touched(tmp_path: Path) -> None:
    others = {
        "README.md": b"kept",
        "robots.txt": b"kept",
        "about.html": b"kept",
        "assets/logo.svg": b"kept",
        "endpoints/notes.txt": b"kept",
        "endpoints/deep/a.html": b"kept",
        ".hidden": b"kept",
    }
    for path, content in others.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    publish(tmp_path, NEW)
    assert remove_stale(tmp_path, NEW) == 0
    assert found(tmp_path) == {**others, **NEW}


def test_what_a_crash_left_behind_is_removed(tmp_path: Path) -> None:
    publish(tmp_path, NEW)
    (tmp_path / ".index.html.0123456789abcdef").write_bytes(b"half")
    (tmp_path / "endpoints" / ".a.html.0123456789abcdef").write_bytes(b"half")
    assert remove_stale(tmp_path, NEW) == 2
    assert found(tmp_path) == NEW


def test_a_folder_that_is_not_there_has_nothing_stale(tmp_path: Path) -> None:
    assert remove_stale(tmp_path / "site", NEW) == 0


def test_a_rendered_page_is_known_as_ours_in_every_part(tmp_path: Path) -> None:
    rendered = pages()
    publish(tmp_path, rendered)
    left = {"index.html", "404.html"}
    assert remove_stale(tmp_path, left) == len(rendered) - len(left)
    assert set(found(tmp_path)) == left
