"""Places that are reached by an address: real files, and a real SFTP server on loopback."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from tests.page.test_publish import BOTH, found
from uptally.page import Site
from uptally.page.push import Push, Pushed
from uptally.page.remote import Remote, content_type

FILES = {"index.html": b"overview", "endpoints/a.html": b"a", "assets/style.0123456789ab.css": b"style"}
PASSWORD = "open-sesame"


class _Login(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko brings no types
    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == ("up", PASSWORD)
        return int(paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


class _Handle(paramiko.SFTPHandle):  # type: ignore[misc]  # paramiko brings no types
    pass


def _served(root: Path) -> type:
    """An SFTP server of one folder."""

    class Served(paramiko.SFTPServerInterface):  # type: ignore[misc]  # paramiko brings no types
        def _of(self, path: str) -> Path:
            return root / path.lstrip("/")

        def _done(self, what: Any, *arguments: Any) -> Any:
            try:
                found = what(*arguments)
            except OSError as error:
                return paramiko.SFTPServer.convert_errno(error.errno)
            return paramiko.SFTP_OK if found is None or isinstance(found, Path) else found

        def list_folder(self, path: str) -> Any:
            def listed() -> list[Any]:
                return [paramiko.SFTPAttributes.from_stat(each.stat(), each.name) for each in self._of(path).iterdir()]

            return self._done(listed)

        def stat(self, path: str) -> Any:
            return self._done(lambda: paramiko.SFTPAttributes.from_stat(self._of(path).stat()))

        lstat = stat

        def open(self, path: str, flags: int, attr: Any) -> Any:
            def opened() -> Any:
                handle = _Handle(flags)
                handle.readfile = handle.writefile = os.fdopen(
                    os.open(self._of(path), (flags & ~os.O_ACCMODE) | os.O_RDWR, 0o644), "r+b"
                )
                return handle

            return self._done(opened)

        def remove(self, path: str) -> Any:
            return self._done(self._of(path).unlink)

        def posix_rename(self, oldpath: str, newpath: str) -> Any:
            return self._done(self._of(oldpath).replace, self._of(newpath))

        def mkdir(self, path: str, attr: Any) -> Any:
            return self._done(self._of(path).mkdir)

        def rmdir(self, path: str) -> Any:
            return self._done(self._of(path).rmdir)

    return Served


class Host:
    """A host with SFTP, on a port and threads of its own."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        self.key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[Any] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> str:
        return f"sftp://up@127.0.0.1:{self.port}/status"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _served(self.root))
            self._open.append(transport)
            transport.start_server(server=_Login(), event=threading.Event())

    def hang_up(self) -> None:
        """Break all connections."""
        for transport in self._open:
            transport.close()
        self._open.clear()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    found = Host(tmp_path / "host")
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    known = f"[127.0.0.1]:{found.port} {found.key.get_name()} {found.key.get_base64()}\n"
    (home / ".ssh" / "known_hosts").write_text(known)
    monkeypatch.setenv("HOME", str(home))
    yield found
    found.close()


OPTIONS = {"password": PASSWORD, "look_for_keys": False, "allow_agent": False}


def test_a_page_is_copied_to_a_host_and_what_is_gone_removed_there(host: Host, tmp_path: Path) -> None:
    site = Site(tmp_path / "site", BOTH)
    site.publish(FILES)
    push = Push(site.directory, Remote(host.address, OPTIONS), record=tmp_path / "record", place_name=host.address)
    assert push.push() == Pushed(9, 0)
    assert found(host.root / "status") == found(site.directory)
    site.begin()
    site.publish({"index.html": b"another", "assets/style.0123456789ab.css": b"style"})
    site.remove_stale()
    assert push.push() == Pushed(3, 3)
    assert found(host.root / "status") == found(site.directory)
    assert not (host.root / "status" / "endpoints").exists()
    # As another process sees it: it looks at what lies there.
    again = Push(site.directory, Remote(host.address, OPTIONS), record=tmp_path / "record", place_name=host.address)
    assert again.push() == Pushed(0, 0)


def test_a_host_whose_key_nobody_knows_is_not_given_the_password(host: Host) -> None:
    Path("~/.ssh/known_hosts").expanduser().write_text("")
    with pytest.raises(paramiko.SSHException, match="known_hosts"):
        Remote(host.address, OPTIONS)


def test_a_file_is_replaced_in_one_step_and_nothing_else_is_left(host: Host) -> None:
    place = Remote(host.address, OPTIONS)
    place.put("index.html", b"old")
    place.put("index.html", b"new")
    assert found(host.root) == {"status/index.html": b"new"}


def test_a_connection_that_breaks_raises(host: Host) -> None:
    place = Remote(host.address, OPTIONS)
    host.hang_up()
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        place.put("index.html", b"new")


def test_what_lies_there_is_found_by_its_paths(tmp_path: Path) -> None:
    place = Remote(f"file://{tmp_path}/there", {})
    place.put("endpoints/a.html", b"a")
    assert place.there(["endpoints/a.html", "index.html"]) == {"endpoints/a.html"}
    place.remove("endpoints/a.html")
    place.remove("endpoints/a.html")
    assert found(tmp_path) == {}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("endpoints/a.html", "text/html; charset=utf-8"),
        ("assets/status.0123456789ab.js", "text/javascript; charset=utf-8"),
        ("assets/icon.0123456789ab.svg", "image/svg+xml; charset=utf-8"),
        ("history.rss", "application/rss+xml; charset=utf-8"),
        ("maintenance.ics", "text/calendar; charset=utf-8"),
        ("api/v2/summary.json", "application/json"),
        ("index.html.gz", "application/octet-stream"),
        ("odd", "application/octet-stream"),
    ],
)
def test_a_bucket_is_told_what_a_file_is(path: str, kind: str) -> None:
    assert content_type(path) == kind
