"""The section `seal`: the key that signs what is handed over, which nobody else may be able to read."""

from __future__ import annotations

import os
import stat

from uptally.config import shape
from uptally.config.read import read_regular
from uptally.config.source import Source
from uptally.config.wording import validated
from uptally.errors import SealError
from uptally.model.secret import Secret
from uptally.signing import Key

KEY_BYTES_MAX = 10_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def seal_key_of(source: Source) -> Secret | None:
    """Return the private key of a file, in PEM form; None where there is none, or, with the problem added, where it
    cannot be used."""
    said = source.root.get("seal")
    if said is None:
        return None
    seal = validated(shape.Seal, said, ("seal",), source)
    if seal is None:
        return None
    path, file = ("seal", "key"), source.beside(seal.key)
    content = read_regular(file, bytes_max=KEY_BYTES_MAX)
    if isinstance(content, str):
        source.problems.add(path, content)
        return None
    source.secret_files[path] = file
    if os.name == "posix" and file.stat().st_mode & _OTHERS:
        source.problems.add(path, f"may be read or changed by others: `chmod 600 {file}`")
        return None
    try:
        return Secret(Key.of_pem(content).pem.decode())
    except SealError as error:
        source.problems.add(path, str(error))
        return None
