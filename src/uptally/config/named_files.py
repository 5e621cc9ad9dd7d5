"""Files that the configuration names: certificates, keys, secrets; read here so that faults show before any attempt."""

from __future__ import annotations

import ssl
from pathlib import Path as FilePath

from uptally.config import shape
from uptally.config.marks import Path, keys_at
from uptally.config.read import read_regular
from uptally.config.source import Source
from uptally.model.endpoint import Tls
from uptally.model.secret import Secret

PEM_BYTES_MAX = 5_000_000
SECRET_BYTES_MAX = 64_000


def tls_of(tls: shape.Tls, path: Path, source: Source) -> Tls:
    """Return TLS settings with absolute paths, adding what is wrong with the files."""
    if tls.ca_file is not None and not tls.verify:
        source.problems.add((*path, "ca_file"), "means nothing while 'verify' is false")
    # As they are written, those at fault too: what would only follow from a fault is not said.
    keys = keys_at(source.root, path)
    is_clear = all(key in shape.Tls.model_fields for key in keys)
    if tls.key_file is not None and is_clear and "certificate_file" not in keys:
        source.problems.add((*path, "key_file"), "means nothing without 'certificate_file'")
    if tls.certificate_file is not None and is_clear and "key_file" not in keys:
        source.problems.add((*path, "certificate_file"), "needs a 'key_file' beside it")
    files: dict[str, str | None] = {"ca_file": None, "certificate_file": None, "key_file": None}
    is_readable = True
    for key in files:
        name = getattr(tls, key)
        if name is None:
            continue
        file = source.beside(name)
        files[key] = str(file)
        content = read_regular(file, bytes_max=PEM_BYTES_MAX)
        if isinstance(content, str):
            source.problems.add((*path, key), content)
            is_readable = False
    if files["key_file"]:
        source.secret_files[(*path, "key_file")] = FilePath(files["key_file"])
    if is_readable:
        _refuse_unusable(path, source, **files)
    return Tls(verify=tls.verify, **files)


def _refuse_unusable(
    path: Path, source: Source, *, ca_file: str | None, certificate_file: str | None, key_file: str | None
) -> None:
    if not ca_file and not (certificate_file and key_file):
        return
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ValueError):
            source.problems.add((*path, "ca_file"), "holds no certificates in PEM form")
    if certificate_file and key_file:
        try:
            # A password is given so that OpenSSL never asks for one at the terminal.
            context.load_cert_chain(certificate_file, key_file, password="")
        except (OSError, ValueError):
            message = "is no certificate in PEM form that fits 'key_file', or that key has a password"
            source.problems.add((*path, "certificate_file"), message)


def secret_in(name: str, path: Path, source: Source) -> Secret | None:
    """Return the secret that a file holds, without the line break at its end; None, with the problem added, if none."""
    file = source.beside(name)
    content = read_regular(file, bytes_max=SECRET_BYTES_MAX)
    if isinstance(content, str):
        source.problems.add(path, content)
        return None
    source.secret_files[path] = file
    try:
        text = content.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        source.problems.add(path, "holds no UTF-8 text")
        return None
    if not text or any(character in text for character in "\r\n\x00"):
        source.problems.add(path, "must hold the secret on a single line, and nothing else")
        return None
    return Secret(text)
