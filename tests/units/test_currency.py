"""Currencies: what ISO 4217 says of those that people mix up."""

import pytest

from uptally.units.currency import DECIMALS


@pytest.mark.parametrize(("code", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("HUF", 2), ("ISK", 0), ("CLP", 0)])
def test_amounts_are_kept_in_the_places_of_their_currency(code: str, decimals: int) -> None:
    assert DECIMALS[code] == decimals


def test_every_code_is_three_capital_letters() -> None:
    assert len(DECIMALS) == 156
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in DECIMALS)
