"""What the daemon asks of the process that makes an export, and what it hears of it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import NamedTuple

from uptally.books.basis import plain
from uptally.export.manifest import SUFFIX
from uptally.model.secret import Secret
from uptally.model.settings import Settings


class Order(NamedTuple):
    """What is to be made of the ledger at `store`: an export of a month, or, without a format, the list of all; into
    which file, and beside it its manifest, signed with a key where there is one. `told` is what `tell` makes of the
    configuration: once for many orders, since of ten thousand services that is half a second of work."""

    store: Path
    told: bytes
    now_ms: int
    file: Path
    month: str = ""
    written_as: str = ""
    seal_key: Secret | None = None

    def settings(self) -> Settings:
        """Return what was told of the configuration."""
        settings = pickle.loads(self.told)
        assert isinstance(settings, Settings)
        return settings


def tell(settings: Settings) -> bytes:
    """Return what decides statements, without secrets."""
    return pickle.dumps(plain(settings))


def beside(file: Path) -> Path:
    """Return where the manifest of an export lies."""
    return file.with_name(file.name + SUFFIX)


class Report(NamedTuple):
    """What came of it: the name that whoever gets the file should give it, its bytes, and the digests of it and of its
    manifest, SHA-256 in hex; `missing` is why there is no such export, `impossible` why none can be made as things are,
    and `failure` that none could be made."""

    name: str = ""
    state: str = ""
    revision: int = 0
    size: int = 0
    sha256: str = ""
    manifest_sha256: str = ""
    missing: str = ""
    impossible: str = ""
    failure: bool = False
