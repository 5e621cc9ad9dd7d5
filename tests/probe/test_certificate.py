"""Certificates, read from their DER form."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from uptally.probe.certificate import read_certificate

AUTHORITY = trustme.CA()


def der(*names: str, common_name: str | None = None, not_after: datetime | None = None) -> bytes:
    issued = AUTHORITY.issue_cert(*names, common_name=common_name, not_after=not_after)
    return ssl.PEM_cert_to_DER_cert(issued.cert_chain_pems[0].bytes().decode())


GOOD = der("shop.example", "10.0.0.1", common_name="Shop")


def test_the_common_name_comes_first() -> None:
    assert read_certificate(GOOD).subject == "Shop"


@pytest.mark.parametrize("name", ["shop.example", "*.shop.example", "10.0.0.1", "2001:db8::1"])
def test_else_the_first_alternative_name(name: str) -> None:
    assert read_certificate(der(name, "other.example")).subject == name


def test_names_beyond_ascii_are_read() -> None:
    assert read_certificate(der("shop.example", common_name="Bäckerei Müller 東京")).subject == "Bäckerei Müller 東京"


@pytest.mark.parametrize(
    "end",
    [
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ],
)
def test_the_end_is_exact_in_both_forms_of_time(end: datetime) -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert read_certificate(der("a.example", not_after=end)).not_after_ms == (end - epoch) // timedelta(milliseconds=1)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_a_flipped_byte_raises_nothing_but_value_errors(at: int, byte: int) -> None:
    broken = bytearray(GOOD)
    broken[at] = byte
    with suppress(ValueError):
        read_certificate(bytes(broken))


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_certificate(data)
