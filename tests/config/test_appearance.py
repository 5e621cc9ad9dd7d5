"""How a page speaks and looks."""

from pathlib import Path

import pytest

from tests.config.conftest import Loaded
from uptally.errors import ConfigError
from uptally.model.theme import Theme

ENDPOINTS = "endpoints: [{name: A, url: 'https://a.example/'}]\n"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("de", "de"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-CH-1996", "de-CH-1996"),
        ("es-419", "es-419"),
    ],
)
def test_a_page_speaks_a_language_whose_tag_is_written_in_the_case_that_is_usual(
    loaded: Loaded, said: str, meant: str
) -> None:
    assert loaded(f"page: {{language: {said}}}\n{ENDPOINTS}").page.language == meant


def test_a_page_that_says_no_language_speaks_english_in_our_own_style(loaded: Loaded) -> None:
    page = loaded(ENDPOINTS).page
    assert (page.language, page.theme) == ("en", None)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("German", "1:8: page.language: 'German' is no such tag: expected the tag of a language, such as en"),
        ("de_at", "1:8: page.language: 'de_at' is no such tag: write de-AT"),
        ("pt_BR.UTF-8", "'pt_BR.UTF-8' is no such tag: write pt-BR"),
        ("[de]", "expected the tag of a language, such as en, de or pt-BR, not a list"),
        ("''", "'' is no such tag"),
        ("'de\"><script>'", "is no such tag"),
    ],
)
def test_what_is_no_tag_of_a_language_is_refused(loaded: Loaded, said: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(f"page: {{language: {said}}}\n{ENDPOINTS}")
    assert message in str(caught.value)


def test_a_theme_is_what_a_folder_beside_the_file_holds(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "theme/templates/parts").mkdir(parents=True)
    (tmp_path / "theme/assets").mkdir()
    (tmp_path / "theme/style.css").write_text("a{}")
    (tmp_path / "theme/assets/logo.svg").write_text("<svg/>")
    (tmp_path / "theme/templates/parts/top.html.j2").write_text("<p>ü</p>", encoding="utf-8")
    (tmp_path / "theme/templates/README.md").write_text("not a template")
    theme = loaded(f"page: {{theme: theme}}\n{ENDPOINTS}").page.theme
    assert theme == Theme(
        tmp_path / "theme",
        (("parts/top.html.j2", "<p>ü</p>"),),
        (("theme.css", b"a{}"), ("logo.svg", b"<svg/>")),
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("templates/index.html.j2", b"<p>\n\xff", "theme/templates/index.html.j2:2:1: byte 0xff is not valid UTF-8"),
        ("assets/my logo.svg", b"<svg/>", "theme/assets/my logo.svg: is no name of an asset"),
        ("assets/font.woff2", b"", "theme/assets/font.woff2: is no name of an asset"),
        ("style.css", b" " * 1_000_001, "theme/style.css: is larger than 1,000,000 bytes"),
    ],
)
def test_a_file_of_a_theme_that_cannot_be_used_is_refused_by_its_name(
    loaded: Loaded, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / "theme" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        loaded(f"page: {{theme: theme}}\n{ENDPOINTS}")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("missing", "1:8: page.theme: is no folder: name one with templates or style"),
        ("probes.yaml", "is no folder"),
        ("site/theme", "lies in the page's folder, and would be published with it"),
    ],
)
def test_a_theme_that_cannot_be_used_is_refused(loaded: Loaded, tmp_path: Path, said: str, message: str) -> None:
    (tmp_path / "site/theme").mkdir(parents=True)
    with pytest.raises(ConfigError) as caught:
        loaded(f"page: {{theme: {said}}}\n{ENDPOINTS}")
    assert message in str(caught.value)
