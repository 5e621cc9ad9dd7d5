import re
from dataclasses import asdict
from fractions import Fraction
from importlib.resources import files

import pytest

from uptally.model.theme import DARK, LIGHT, Palette

CSS = files("uptally.page").joinpath("assets", "style.css").read_text(encoding="utf-8")
TEXT = ("ink", "mute", "acc", "over", "down")
GRAPHICS = ("up", "clean", "over", "down", "nil", "maint", "acc", "ink")


def palettes() -> dict[str, dict[str, str]]:
    """The colour tokens of light and dark, in the order in which the style sheet gives them."""
    blocks = re.findall(r"\bcolor-scheme:(?:light|dark);[^}]*\}", CSS)
    light, preferred, chosen = [dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})\b", block)) for block in blocks]
    assert preferred == chosen
    return {"light": light, "dark": {**light, **chosen}}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(Fraction(21))
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "card"])
@pytest.mark.parametrize("token", TEXT)
def test_text_has_a_contrast_of_four_and_a_half(scheme: str, ground: str, token: str) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[token], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "card"])
@pytest.mark.parametrize("token", GRAPHICS)
def test_graphics_have_a_contrast_of_three(scheme: str, ground: str, token: str) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[token], palette[ground]) >= 3


def test_dark_has_colours_of_its_own() -> None:
    light, dark = palettes()["light"], palettes()["dark"]
    assert not [token for token in (*TEXT, *GRAPHICS, "bg", "card") if light[token] == dark[token]]


@pytest.mark.parametrize(("scheme", "told"), [("light", LIGHT), ("dark", DARK)])
def test_the_configuration_is_judged_by_the_colours_that_the_style_has(scheme: str, told: Palette) -> None:
    tokens = {"bg": "paper", "acc": "accent", "nil": "unknown", "maint": "maintenance"}
    style = {tokens.get(name, name): each for name, each in palettes()[scheme].items() if name != "rule"}
    whole = {name: each if len(each) == 7 else f"{each}{each[1:]}" for name, each in style.items()}
    assert whole == asdict(told)
