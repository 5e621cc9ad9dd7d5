import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptally.config.scalars import DIGITS_MAX, Real, resolve


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRue", "tRue"),
        # YAML 1.1 would make truth values of these.
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        # ... and numbers in base 8 or 60, dates, and digits in groups of these.
        ("010", 10),
        ("0777", 777),
        ("23:00", "23:00"),
        ("1:30:00", "1:30:00"),
        ("2026-11-23", "2026-11-23"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("+5", 5),
        ("-12", -12),
        ("99.950", Real("99.950")),
        (".5", Real(".5")),
        ("5.", Real("5.")),
        ("1e309", Real("1e309")),
        ("-1.5E-3", Real("-1.5E-3")),
        (".inf", Real(".inf")),
        ("-.INF", Real("-.inf")),
        (".NaN", Real(".nan")),
        (".Nan", ".Nan"),
        (".", "."),
        ("-", "-"),
        ("1.2.3", "1.2.3"),
        ("99.95%", "99.95%"),
        ("10s", "10s"),
        ("٣", "٣"),
        ("9" * (DIGITS_MAX + 1), "9" * (DIGITS_MAX + 1)),
    ],
)
def test_unquoted_scalars_mean_what_the_core_schema_says(written: str, meant: object) -> None:
    found = resolve(written)
    assert (found, type(found)) == (meant, type(meant))


@given(st.integers(-(10**80), 10**80))
def test_integers_are_exact(number: int) -> None:
    assert resolve(str(number)) == number
    assert resolve(hex(abs(number))) == abs(number)
    assert resolve(oct(abs(number))) == abs(number)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_numbers_with_a_point_keep_every_digit(number: object) -> None:
    assert resolve(str(number)) == Real(str(number))


@given(st.text(alphabet=string.ascii_letters + "_-:/%. ", min_size=1))
def test_text_without_digits_stays_as_it_is(written: str) -> None:
    found = resolve(written)
    if isinstance(found, str):
        assert found == written
    else:
        assert written.lower() in {"null", "true", "false", ".inf", "-.inf", ".nan"}


@pytest.mark.parametrize(("written", "finite"), [("1.5", True), ("1e999", True), (".inf", False), ("-.inf", False)])
def test_infinity_is_known_from_a_large_number(written: str, finite: bool) -> None:
    assert Real(written).is_finite is finite
