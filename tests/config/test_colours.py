"""The colours of a page that may be chosen, and what is said of those with which something could not be read."""

from dataclasses import replace

import pytest

from tests.config.conftest import Loaded
from uptally.config.colours import contrast
from uptally.errors import ConfigError
from uptally.model.theme import DARK, LIGHT, Palette

ENDPOINTS = "endpoints: [{name: A, url: 'https://a.example/'}]\n"


def colours(loaded: Loaded, said: str) -> tuple[Palette, Palette] | None:
    theme = loaded(f"page: {{colours: {{{said}}}}}\n{ENDPOINTS}").page.theme
    return theme.colours if theme else None


def test_what_is_not_said_stays_as_it_is_by_day_and_by_night(loaded: Loaded) -> None:
    found = colours(loaded, 'light: {accent: "#8A1538"}, dark: {paper: "#000000", ink: "#ffffff"}')
    night = replace(DARK, paper="#000000", card="#000000", ink="#ffffff")
    assert found == (replace(LIGHT, accent="#8a1538"), night)


def test_each_page_has_colours_of_its_own(loaded: Loaded) -> None:
    of = '{{light: {{accent: "{}"}}}}'.format
    text = (
        f"page: {{colours: {of('#8a1538')}}}\npages: [{{directory: b, colours: {of('#004400')}}}, {{directory: c}}]\n"
    )
    pages = loaded(text + ENDPOINTS).pages
    accents = [page.theme.colours[0].accent for page in pages if page.theme and page.theme.colours]
    assert accents == ["#8a1538", "#004400", "#8a1538"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("light: {accent: red}", "1:26: page.colours.light.accent: 'red' is no such colour: expected a colour such as"),
        ('light: {accent: "#A15"}', '''is no such colour: write "#aa1155"'''),
        ("light: {accent: 0x112233}", "expected a colour such as"),
        ('light: {down: "#00ff00"}', "page.colours.light.down: unknown key"),
        ('dark: {over: "#00ff00"}', "page.colours.dark.over: unknown key"),
    ],
)
def test_what_is_no_colour_or_has_a_meaning_is_refused(loaded: Loaded, said: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        colours(loaded, said)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            'light: {accent: "#4a90d9"}',
            "1:26: page.colours.light.accent: #4a90d9 has a contrast of 3.23:1 with the page (#fcfbf8), "
            "and at least 4.5:1 is needed: #3c76b1 would do",
        ),
        (
            'dark: {accent: "#333366"}',
            "page.colours.dark.accent: #333366 has a contrast of 1.43:1 with the page (#1b1e22), "
            "and at least 4.5:1 is needed: #8484a3 would do",
        ),
        (
            'light: {paper: "#dddddd"}',
            "page.colours.light.paper: #dddddd has a contrast of 2.57:1 with clean days (#5b9576), "
            "and at least 3:1 is needed: #eeeeee would do",
        ),
        ('light: {ink: "#eeeeee", paper: "#ffffff"}', "page.colours.light.ink: #eeeeee has a contrast of 1.16:1"),
    ],
)
def test_a_colour_with_which_something_could_not_be_read_is_refused_with_one_that_would_do(
    loaded: Loaded, said: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        colours(loaded, said)
    assert message in str(caught.value)
    (would,) = {word for word in str(caught.value).split() if word.startswith("#")} & {str(caught.value).split()[-3]}
    key, _, rest = said.partition('"#')
    assert colours(loaded, f'{key}"{would}{rest[6:]}')


def test_one_half_of_the_least_contrast_is_not_rounded_to_the_whole(loaded: Loaded) -> None:
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    with pytest.raises(ConfigError, match=r"a contrast of 4\.47:1 with the page"):
        colours(loaded, 'light: {paper: "#ffffff", accent: "#777777"}')
