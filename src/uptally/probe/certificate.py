"""What a certificate says of itself, read from its DER form.

The standard library decodes a peer's certificate only where it was verified; its name and end matter most where it was
not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address

from uptally.model.observation import Certificate

_SEQUENCE = 0x30
_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_VERSION = 0xA0
_EXTENSIONS = 0xA3
_DNS_NAME = 0x82
_IP_ADDRESS = 0x87
_COMMON_NAME = b"\x55\x04\x03"
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"

_ENCODINGS = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}
"""Of the string types that are not a part of UTF-8."""


@lru_cache(maxsize=1_024)
def read_certificate(der: bytes) -> Certificate:
    """Return a certificate's name and end (RFC 5280). Raises ValueError where it is no certificate.

    The name is the subject's common name, else the first DNS name or address among the alternative ones, else empty.
    """
    try:
        return _read(der)
    except (IndexError, StopIteration, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"no X.509 certificate: {error!r}") from error


def _read(der: bytes) -> Certificate:
    outer = _one(der, _SEQUENCE)
    fields = list(_parts(_one(outer, _SEQUENCE)))
    if fields[0][0] == _VERSION:
        fields = fields[1:]
    # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, and what is optional
    not_after = list(_parts(fields[3][1]))[1]
    name = _common_name(fields[4][1]) or next(
        (name for tag, value in fields[6:] if tag == _EXTENSIONS for name in _alternative_names(value)), ""
    )
    return Certificate(name, _instant_ms(*not_after))


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and value of each element; DER with definite lengths, as X.509 demands."""
    at = 0
    while at < len(data):
        tag, size = data[at], data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[at : at + count], "big")
            at += count
        if at + size > len(data):
            raise ValueError("an element is longer than what it stands in")
        yield tag, data[at : at + size]
        at += size


def _one(data: bytes, wanted: int) -> bytes:
    tag, value = next(_parts(data))
    if tag != wanted:
        raise ValueError(f"tag {tag:#x} where {wanted:#x} was expected")
    return value


def _common_name(subject: bytes) -> str:
    for _, group in _parts(subject):
        for _, attribute in _parts(group):
            (_, kind), (tag, value) = list(_parts(attribute))[:2]
            if kind == _COMMON_NAME:
                return value.decode(_ENCODINGS.get(tag, "utf-8"))
    return ""


def _alternative_names(extensions: bytes) -> Iterator[str]:
    for _, extension in _parts(_one(extensions, _SEQUENCE)):
        parts = list(_parts(extension))
        if parts[0][1] != _ALTERNATIVE_NAMES:
            continue
        for tag, value in _parts(_one(parts[-1][1], _SEQUENCE)):
            if tag == _DNS_NAME:
                yield value.decode("ascii")
            elif tag == _IP_ADDRESS:
                yield str(ip_address(value))


def _instant_ms(tag: int, value: bytes) -> int:
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        # Two digits mean 1950 to 2049 (RFC 5280, 4.1.2.5.1).
        text = ("19" if text >= "5" else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError(f"tag {tag:#x} is no time")
    return int(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()) * 1_000
