"""The only door to fsspec: places that are reached by an address, such as a bucket or a host with SFTP."""

from __future__ import annotations

import mimetypes
import re
import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_RENAMING = ("sftp", "ssh", "file", "local")
"""Where a file is put under another name first and then renamed; a bucket shows an object whole or not at all."""

_HASHED = re.compile(r"assets/.+\.[0-9a-f]{12}\.\w+")
_LASTING = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

# What Python's own table, and that of a small machine, does not know.
_TYPES = {
    ".atom": "application/atom+xml",
    ".ics": "text/calendar",
    ".js": "text/javascript",
    ".rss": "application/rss+xml",
    ".svg": "image/svg+xml",
}
_TEXT = ("text/", "application/atom+xml", "application/rss+xml", "image/svg+xml")


class Remote:
    """A place that fsspec knows how to reach.

    `options` are those of its file system, credentials among them. Raises whatever that raises: ImportError where its
    package is not installed, ValueError for a scheme that nobody knows.
    """

    def __init__(self, address: str, options: Mapping[str, Any]) -> None:
        from fsspec.core import url_to_fs

        scheme = address.partition("://")[0]
        more = dict(options)
        if scheme in ("sftp", "ssh") and "host_key_policy" not in more:
            more["host_key_policy"] = _known_hosts_only()
        # A connection that failed must not be handed out again.
        self._files, root = url_to_fs(address, skip_instance_cache=True, **more)
        self._root = root.rstrip("/")
        self._scheme = scheme

    def there(self, paths: Collection[str]) -> set[str]:
        """Return which of some files lie there."""
        if not paths:
            return set()
        self._files.invalidate_cache()
        found = {str(each).removeprefix(self._root).lstrip("/") for each in self._files.find(self._root)}
        return found.intersection(paths)

    def put(self, path: str, content: bytes) -> None:
        """Put a file there in one step."""
        name = f"{self._root}/{path}"
        if self._scheme not in _RENAMING:
            self._files.pipe_file(name, content, **self._described(path))
            return
        folder, _, last = name.rpartition("/")
        temporary = f"{folder}/.{last}.{secrets.token_hex(8)}"
        self._files.makedirs(folder, exist_ok=True)
        try:
            self._files.pipe_file(temporary, content)
            self._files.mv(temporary, name)
        except BaseException:
            with suppress(Exception):
                self._files.rm_file(temporary)
            raise

    def remove(self, path: str) -> None:
        """Remove a file, if it is there, and the folders that it leaves empty."""
        with suppress(FileNotFoundError):
            self._files.rm_file(f"{self._root}/{path}")
        while self._scheme in _RENAMING and "/" in path:
            path = path.rpartition("/")[0]
            with suppress(Exception):
                self._files.rmdir(f"{self._root}/{path}")

    def _described(self, path: str) -> dict[str, Any]:
        """Return what a bucket is told of a file, so that it sends it as what it is, and nobody keeps an old page."""
        kind, cached = content_type(path), _LASTING if _HASHED.fullmatch(path) else _ASK_AGAIN
        match self._scheme:
            case "s3" | "s3a":
                return {"ContentType": kind, "CacheControl": cached}
            case "gs" | "gcs":
                return {"content_type": kind, "fixed_key_metadata": {"cache_control": cached}}
            case _:
                return {}


def content_type(path: str) -> str:
    """Return the content type of a file of the page by its name.

    >>> content_type("index.html"), content_type("history.atom"), content_type("api/v2/status.json")
    ('text/html; charset=utf-8', 'application/atom+xml; charset=utf-8', 'application/json')
    """
    guessed, packed = mimetypes.guess_type(path, strict=False)
    kind = _TYPES.get(f".{path.rpartition('.')[2]}") or (None if packed else guessed) or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind


def _known_hosts_only() -> object:
    """Return a policy that talks to hosts only whose keys are known to the machine or its user, as `ssh` does.

    Without one the library would take any key, and send a password to whoever stands in between.
    """
    import paramiko

    class KnownHostsOnly(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # paramiko brings no types
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            for file in (Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts")):
                if file.is_file() and paramiko.HostKeys(str(file)).check(hostname, key):
                    return
            raise paramiko.SSHException(f"the key of {hostname} is not in ~/.ssh/known_hosts, or is another one")

    return KnownHostsOnly()
