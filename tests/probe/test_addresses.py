"""Which addresses are private, however they are wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.probe.addresses import is_metadata, is_private

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
    "::", "::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.0.1.1",
    "223.255.255.255", "2606:2800:220:1::1", "2a00:1450::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_on_the_internet_is_private(address: str) -> None:
    assert is_private(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_on_the_internet_is_not(address: str) -> None:
    assert not is_private(address)


@pytest.mark.parametrize(
    "carrier",
    ["::ffff:{0}", "::{0}", "64:ff9b::{0}", "64:ff9b:1::{0}", "2002:{1}::1", "2001:0:{1}::1", "2001:0:101:101::{2}"],
)
@pytest.mark.parametrize(
    ("inner", "private"), [("169.254.169.254", True), ("10.0.0.1", True), ("93.184.216.34", False)]
)
def test_what_ipv6_carries_is_unwrapped(carrier: str, inner: str, private: bool) -> None:
    octets = [int(part) for part in inner.split(".")]
    plain = "{:02x}{:02x}:{:02x}{:02x}".format(*octets)
    flipped = "{:02x}{:02x}:{:02x}{:02x}".format(*(255 - octet for octet in octets))
    address = carrier.format(inner, plain, flipped)
    # The other end of a Teredo address must not decide: give it a public one.
    if carrier.startswith("2001:0:{1}"):
        address = address.replace("::1", "::fefe:fefe")
    assert is_private(address) is private
    assert is_metadata(address) is (inner == "169.254.169.254")


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"])
def test_metadata_services_are_known(address: str) -> None:
    assert is_metadata(address)


@given(st.ip_addresses(v=4))
def test_an_address_and_its_mapped_form_are_alike(address: object) -> None:
    assert is_private(f"::ffff:{address}") == is_private(str(address))
