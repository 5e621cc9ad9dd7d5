"""The page is copied to another place: a folder here, which is a place like any other."""

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.full_disk import files_no_larger_than
from tests.page.test_publish import BOTH, found
from uptally.page import Site
from uptally.page.push import Folder, Push, Pushed

FILES = {"index.html": b"overview", "endpoints/a.html": b"a", "api/v2/status.json": b"{}", "assets/s.css": b"style"}


class Told:
    """A folder that remembers what was done to it, and that fails at a path if it is told to."""

    def __init__(self, directory: Path) -> None:
        self._folder = Folder(directory)
        self.done: list[str] = []
        self.fails_at = ""

    def there(self, paths: Collection[str]) -> set[str]:
        return self._folder.there(paths)

    def put(self, path: str, content: bytes) -> None:
        if path == self.fails_at:
            raise OSError("the disk is full")
        self.done.append(path)
        self._folder.put(path, content)

    def remove(self, path: str) -> None:
        self.done.append(f"-{path}")
        self._folder.remove(path)


class Ways:
    """A page's folder, and a place that it is copied to."""

    def __init__(self, folder: Path) -> None:
        self.site = Site(folder / "site", BOTH)
        self.there = folder / "there"
        self.told = Told(self.there)
        self.record = folder / "ledger.pushed"

    def pushing(self, place_name: str = "there") -> Push:
        return Push(self.site.directory, self.told, record=self.record, place_name=place_name)


@pytest.fixture
def ways(tmp_path: Path) -> Ways:
    made = Ways(tmp_path)
    made.site.publish(FILES)
    return made


def test_all_of_the_page_comes_to_lie_there_and_nothing_else(ways: Ways) -> None:
    (ways.site.directory / "mine.html").write_bytes(b"somebody else's")
    assert ways.pushing().push() == Pushed(3 * len(FILES), 0)
    assert found(ways.there) == {path: each for path, each in found(ways.site.directory).items() if path != "mine.html"}
    assert not list(ways.there.rglob(".*"))


def test_assets_come_first_and_the_overview_last_and_twins_before_their_file(ways: Ways) -> None:
    ways.pushing().push()
    assert ways.told.done[:3] == ["assets/s.css.br", "assets/s.css.gz", "assets/s.css"]
    assert ways.told.done[-3:] == ["index.html.br", "index.html.gz", "index.html"]


@pytest.mark.parametrize("is_another_process", [False, True])
def test_only_what_changed_is_copied_again(ways: Ways, is_another_process: bool) -> None:
    push = ways.pushing()
    push.push()
    ways.told.done.clear()
    ways.site.publish({**FILES, "index.html": b"another overview"})
    assert (ways.pushing() if is_another_process else push).push() == Pushed(3, 0)
    assert ways.told.done == ["index.html.br", "index.html.gz", "index.html"]


@pytest.mark.parametrize("is_another_process", [False, True])
def test_what_is_gone_is_removed_there_and_nothing_that_we_did_not_copy(ways: Ways, is_another_process: bool) -> None:
    push = ways.pushing()
    push.push()
    (ways.there / "endpoints" / "b.html").write_bytes(b"somebody else's")
    left = {path: each for path, each in FILES.items() if path != "endpoints/a.html" and path != "api/v2/status.json"}
    ways.site.begin()
    ways.site.publish(left)
    ways.site.remove_stale()
    assert (ways.pushing() if is_another_process else push).push() == Pushed(0, 6)
    assert found(ways.there) == {**found(ways.site.directory), "endpoints/b.html": b"somebody else's"}
    assert not (ways.there / "api").exists()


def test_a_twin_that_is_gone_is_removed_before_its_file_changes(ways: Ways) -> None:
    push = ways.pushing()
    push.push()
    ways.told.done.clear()
    Site(ways.site.directory).publish({"index.html": b"another overview"})
    push.push()
    assert ways.told.done == ["-index.html.gz", "-index.html.br", "index.html"]


def test_after_a_failure_only_what_is_missing_is_copied(ways: Ways) -> None:
    ways.told.fails_at = "endpoints/a.html"
    push = ways.pushing()
    with pytest.raises(OSError, match="full"):
        push.push()
    done = set(ways.told.done)
    ways.told.fails_at = ""
    ways.told.done.clear()
    push.push()
    assert done.isdisjoint(ways.told.done)
    assert found(ways.there) == found(ways.site.directory)


def test_a_disk_that_is_full_keeps_the_old_file_and_gets_the_new_one_later(ways: Ways) -> None:
    push = ways.pushing()
    push.push()
    new = bytes(range(256)) * 40
    Site(ways.site.directory).publish({"endpoints/a.html": new})
    with files_no_larger_than(5_000), pytest.raises(OSError, match="too large"):
        push.push()
    assert (ways.there / "endpoints" / "a.html").read_bytes() == b"a"
    push.push()
    assert (ways.there / "endpoints" / "a.html").read_bytes() == new


def test_what_was_lost_there_is_copied_again_after_a_failure_or_by_another_process(ways: Ways) -> None:
    ways.pushing().push()
    (ways.there / "assets" / "s.css").unlink()
    assert ways.pushing().push() == Pushed(1, 0)
    push = ways.pushing()
    push.push()
    (ways.there / "assets" / "s.css").unlink()
    assert push.push() == Pushed(0, 0)
    push.look_again()
    assert push.push() == Pushed(1, 0)


def test_a_file_is_remembered_before_it_is_copied_so_that_none_is_forgotten(ways: Ways) -> None:
    ways.told.fails_at = "index.html"
    with pytest.raises(OSError, match="full"):
        ways.pushing().push()
    # As if it had been copied, and the connection had broken before that was known.
    (ways.there / "index.html").write_bytes(b"half")
    ways.site.begin()
    ways.site.remove_stale()
    ways.told.fails_at = ""
    ways.pushing().push()
    assert found(ways.there) == {}


def test_another_place_gets_all_of_the_page(ways: Ways) -> None:
    ways.pushing().push()
    ways.told.done.clear()
    assert ways.pushing("elsewhere").push() == Pushed(3 * len(FILES), 0)


@pytest.mark.parametrize("said", ["", "{", "[]", '{"format": "uptally-pushed/9"}', '{"files": 3}'])
def test_a_record_that_cannot_be_read_is_none(ways: Ways, said: str) -> None:
    ways.record.write_text(said)
    assert ways.pushing().push() == Pushed(3 * len(FILES), 0)


def test_the_record_is_for_its_owner_alone(ways: Ways) -> None:
    ways.pushing().push()
    assert ways.record.stat().st_mode & 0o077 == 0
    assert "index.html" in json.loads(ways.record.read_bytes())["files"]
