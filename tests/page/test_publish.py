import gzip
import os
from pathlib import Path

import brotli
import pytest

from tests.full_disk import files_no_larger_than
from tests.page.sample import pages
from uptally.model.settings import Compression
from uptally.page import Site, publish
from uptally.page.publish import LIST

OLD = {"index.html": b"old index", "endpoints/a.html": b"old a", "assets/style.0123456789ab.css": b"old style"}
NEW = {"index.html": b"new index", "endpoints/a.html": b"new a", "assets/style.ba9876543210.css": b"new style"}
BOTH = (Compression.GZIP, Compression.BROTLI)


def found(directory: Path) -> dict[str, bytes]:
    """What lies in a folder, but for the list of what is ours."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and path.name != LIST
    }


class Asked(dict[str, bytes]):
    """Files that remember in which order they were asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.order: list[str] = []

    def __getitem__(self, path: str) -> bytes:
        self.order.append(path)
        return super().__getitem__(path)


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


@pytest.mark.parametrize("is_another_process", [False, True])
def test_files_that_are_needed_no_more_are_removed_whoever_wrote_them(tmp_path: Path, is_another_process: bool) -> None:
    site = Site(tmp_path, BOTH)
    site.publish({**OLD, "endpoints/gone.html": b"gone", "agreements/k3y/index.html": b"gone", "api/v2/x.json": b"{}"})
    if is_another_process:
        site = Site(tmp_path)
    site.begin()
    site.publish(NEW)
    site.remove_stale()
    assert found(Site(tmp_path).directory).keys() >= NEW.keys()
    assert {path for path in found(tmp_path) if not path.endswith((".gz", ".br"))} == set(NEW)
    assert not (tmp_path / "agreements").exists()


def test_files_that_are_said_to_be_current_are_kept_though_they_were_not_written_again(tmp_path: Path) -> None:
    site = Site(tmp_path, BOTH)
    site.publish(OLD)
    before = found(tmp_path)
    site.begin()
    assert site.remove_stale(OLD) == 0
    assert found(tmp_path) == before


def test_what_the_page_did_not_write_is_never_touched(tmp_path: Path) -> None:
    others = {
        "README.md": b"kept",
        "robots.txt": b"kept",
        "about.html": b"kept",
        "index.html.gz": b"kept",
        "assets/logo.svg": b"kept",
        "assets/style.000000000000.css": b"kept",
        "endpoints/b.html": b"kept",
        "endpoints/deep/a.html": b"kept",
        ".hidden": b"kept",
        ".b.html.0123456789abcdef": b"kept",
    }
    for path, content in others.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    site = Site(tmp_path)
    site.publish(OLD)
    site.begin()
    assert site.remove_stale() == len(OLD)
    assert found(tmp_path) == others


def test_pages_that_are_not_written_yet_keep_the_style_that_they_name(tmp_path: Path) -> None:
    Site(tmp_path).publish(OLD | {"endpoints/gone.html": b"gone"})
    site = Site(tmp_path)
    site.publish({path: NEW[path] for path in NEW if path != "endpoints/a.html"})
    assert site.remove_stale(["endpoints/a.html"], spares_assets=True) == 1
    assert found(tmp_path).keys() == OLD.keys() | NEW.keys()
    site.publish(NEW)
    assert site.remove_stale(["endpoints/a.html"]) == 1
    assert found(tmp_path) == NEW


def test_what_a_crash_left_behind_is_removed(tmp_path: Path) -> None:
    Site(tmp_path, BOTH).publish(NEW)
    whole = found(tmp_path)
    (tmp_path / ".index.html.0123456789abcdef").write_bytes(b"half")
    (tmp_path / "endpoints" / ".a.html.gz.0123456789abcdef").write_bytes(b"half")
    (tmp_path / f".{LIST}.0123456789abcdef").write_bytes(b"half")
    assert Site(tmp_path, BOTH).remove_stale(NEW) == 3
    assert found(tmp_path) == whole


def test_a_name_is_on_the_list_before_its_file_is_there(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with files_no_larger_than(1_000), pytest.raises(OSError, match="too large"):
        site.publish({"a.html": b"a", "b.html": b"x" * 2_000})
    (tmp_path / "b.html").write_bytes(b"as if it had been written")
    assert Site(tmp_path).ours() == {"a.html", "b.html"}


def test_a_list_that_a_crash_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    publish(tmp_path, {"a.html": b"a"})
    with (tmp_path / LIST).open("ab") as stream:
        stream.write(b"\n0123456\xff")
    publish(tmp_path, {"b.html": b"b"})
    assert Site(tmp_path).ours() == {"a.html", "b.html"}


def test_the_list_names_no_page_to_whoever_reads_it(tmp_path: Path) -> None:
    publish(tmp_path, {"agreements/n0body-kn0ws/index.html": b"a"})
    listed = (tmp_path / LIST).read_text()
    assert "n0body" not in listed
    assert "agreements" not in listed


def test_a_folder_that_is_not_there_has_nothing_stale(tmp_path: Path) -> None:
    assert Site(tmp_path / "site").remove_stale(NEW) == 0
    assert not (tmp_path / "site").exists()


def test_a_rendered_page_is_known_as_ours_in_every_part(tmp_path: Path) -> None:
    rendered = pages()
    publish(tmp_path, rendered)
    left = {"index.html", "404.html"}
    assert Site(tmp_path).remove_stale(left) == len(rendered) - len(left)
    assert set(found(tmp_path)) == left


def test_compressed_twins_say_the_same_as_their_files(tmp_path: Path) -> None:
    rendered = pages()
    Site(tmp_path, BOTH).publish(rendered)
    for path, content in rendered.items():
        assert gzip.decompress((tmp_path / f"{path}.gz").read_bytes()) == content
        assert brotli.decompress((tmp_path / f"{path}.br").read_bytes()) == content


def test_the_same_page_gives_the_same_twins_at_another_time(tmp_path: Path) -> None:
    Site(tmp_path / "a", BOTH).publish(pages())
    Site(tmp_path / "b", BOTH).publish(pages())
    assert found(tmp_path / "a") == found(tmp_path / "b")


def test_only_twins_of_files_that_changed_are_made_anew(tmp_path: Path) -> None:
    site = Site(tmp_path, BOTH)
    site.publish(OLD)
    for path in found(tmp_path):
        os.utime(tmp_path / path, (1, 1))
    site.publish({**OLD, "index.html": b"new index"})
    changed = {path for path in found(tmp_path) if (tmp_path / path).stat().st_mtime != 1}
    assert changed == {"index.html", "index.html.gz", "index.html.br"}


def test_a_twin_is_gone_before_its_file_changes_so_that_no_server_sends_an_old_one(tmp_path: Path) -> None:
    site = Site(tmp_path, BOTH)
    site.publish({"index.html": b"old index"})
    with files_no_larger_than(1_000), pytest.raises(OSError, match="too large"):
        site.publish({"index.html": b"x" * 2_000})
    assert found(tmp_path) == {"index.html": b"old index"}
    site.publish({"index.html": b"old index"})
    assert gzip.decompress((tmp_path / "index.html.gz").read_bytes()) == b"old index"


def test_a_twin_is_not_older_than_its_file(tmp_path: Path) -> None:
    site = Site(tmp_path, BOTH)
    for content in (b"one", b"two"):
        site.publish({"index.html": content})
        written = (tmp_path / "index.html").stat().st_mtime_ns
        assert (tmp_path / "index.html.gz").stat().st_mtime_ns >= written
        assert (tmp_path / "index.html.br").stat().st_mtime_ns >= written


def test_what_a_power_failure_left_empty_is_mended_by_the_next_process(tmp_path: Path) -> None:
    Site(tmp_path, BOTH).publish(NEW)
    whole = found(tmp_path)
    for path in whole:
        (tmp_path / path).write_bytes(b"")
    (tmp_path / "index.html").write_bytes(NEW["index.html"])
    Site(tmp_path, BOTH).publish(NEW)
    assert found(tmp_path) == whole


def test_twins_that_are_not_asked_for_any_more_go_with_the_next_writing(tmp_path: Path) -> None:
    Site(tmp_path, BOTH).publish(OLD)
    Site(tmp_path, [Compression.GZIP]).publish({"index.html": b"old index"})
    assert not (tmp_path / "index.html.br").exists()
    assert (tmp_path / "index.html.gz").exists()
