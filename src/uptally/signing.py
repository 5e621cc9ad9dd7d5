"""Keys that sign what is handed over: Ed25519 (RFC 8032), whose signatures are the same bytes each time.

Everything is in forms that `openssl pkey` and `openssl pkeyutl` read. The package behind it is an extra, `sign`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from types import ModuleType
from typing import TYPE_CHECKING, Self

from uptally.errors import SealError
from uptally.model.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FINGERPRINT_DIGITS = 32
"""Hexadecimal digits: few enough to read aloud, and too many to make another key for."""

_DER_HEAD = bytes.fromhex("302a300506032b6570032100")
"""What comes before the 32 bytes of a public key in its DER form (RFC 8410, section 4)."""

_NO_KEY = "no Ed25519 key in PEM form, or one that has a password: `uptally key new FILE` makes one"


class PublicKey:
    """A key that tells whether a signature is of the one whose it is."""

    def __init__(self, der: bytes) -> None:
        if len(der) != len(_DER_HEAD) + 32 or not der.startswith(_DER_HEAD):
            raise SealError("is no public key of Ed25519")
        self._der = der

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Read a key as `text` writes it. Raises SealError."""
        try:
            return cls(base64.b64decode(text, validate=True))
        except binascii.Error as error:
            raise SealError("is no public key of Ed25519") from error

    @classmethod
    def of_pem(cls, pem: bytes) -> Self:
        """Read a key in PEM form (RFC 7468). Raises SealError."""
        lines = pem.decode("ascii", "replace").split()
        head, tail = ["-----BEGIN", "PUBLIC", "KEY-----"], ["-----END", "PUBLIC", "KEY-----"]
        if lines[:3] != head or lines[-3:] != tail:
            raise SealError("holds no public key in PEM form: `uptally key show` prints one")
        return cls.of_text("".join(lines[3:-3]))

    @property
    def text(self) -> str:
        """The key on a line: what its PEM form has between its first line and its last."""
        return base64.b64encode(self._der).decode()

    @property
    def pem(self) -> bytes:
        """The key in PEM form."""
        return f"-----BEGIN PUBLIC KEY-----\n{self.text}\n-----END PUBLIC KEY-----\n".encode()

    @property
    def fingerprint(self) -> str:
        """The first digits of SHA-256 over its DER form, by which people tell keys apart."""
        return hashlib.sha256(self._der).hexdigest()[:FINGERPRINT_DIGITS]

    def verify(self, signature: bytes, content: bytes) -> bool:
        """Tell whether a signature is this key's, over just that. Raises SealError where the extra is missing."""
        exceptions, ed25519 = _cryptography()[:2]
        public: Ed25519PublicKey = ed25519.Ed25519PublicKey.from_public_bytes(self._der[len(_DER_HEAD) :])
        try:
            public.verify(signature, content)
        except exceptions.InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and other._der == self._der

    def __hash__(self) -> int:
        return hash(self._der)


class Key:
    """A private key; nothing of it is ever shown."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(_DER_HEAD + private.public_key().public_bytes_raw())

    @classmethod
    def new(cls) -> Self:
        """Make a key. Raises SealError where the extra is missing."""
        return cls(_cryptography()[1].Ed25519PrivateKey.generate())

    @classmethod
    def of_pem(cls, pem: bytes) -> Self:
        """Read a key in PEM form, without a password. Raises SealError, which says nothing of what it read."""
        exceptions, ed25519, serialization = _cryptography()
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, exceptions.UnsupportedAlgorithm):
            raise SealError(f"holds {_NO_KEY}") from None
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise SealError(f"holds {_NO_KEY}")
        return cls(private)

    @property
    def pem(self) -> bytes:
        """The private key in PEM form (PKCS #8), without a password."""
        serialization = _cryptography()[2]
        written: bytes = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return written

    def sign(self, content: bytes) -> bytes:
        """Return the signature over some content: 64 bytes, the same for the same content."""
        return self._private.sign(content)


def key_of(secret: Secret | None) -> Key | None:
    """Return the key of a configuration, None where it has none. Raises SealError."""
    return Key.of_pem(secret.reveal().encode()) if secret else None


def _cryptography() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Return the package's modules that are needed. Raises SealError where it is not installed."""
    try:
        from cryptography import exceptions
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError:
        raise SealError("signatures need the package 'cryptography': `pip install 'uptally[sign]'`") from None
    return exceptions, ed25519, serialization
