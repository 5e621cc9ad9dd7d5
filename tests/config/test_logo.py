"""The logo of a page: which files are one, and what is said of those that are none."""

import struct
import zlib
from pathlib import Path

import pytest

from tests.config.conftest import Loaded
from uptally.errors import ConfigError
from uptally.model.theme import Logo

ENDPOINTS = "endpoints: [{name: A, url: 'https://a.example/'}]\n"
LINKS = "http://www.w3.org/1999/xlink"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="{LINKS}" viewBox="0 0 400 100">\n{{}}</svg>'
DRAWN = '<defs><linearGradient id="a"/></defs><path style="fill:url(#a)" d="M0 0h400v100z"/><use xlink:href="#a"/>'


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (width + 1) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def logo(loaded: Loaded, folder: Path, content: bytes) -> Logo | None:
    (folder / "logo").write_bytes(content)
    theme = loaded(f"page: {{logo: logo}}\n{ENDPOINTS}").page.theme
    return theme.logo if theme else None


def refused(loaded: Loaded, folder: Path, content: bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        logo(loaded, folder, content)
    return str(caught.value).replace(f"{folder}/", "")


def test_an_svg_is_scaled_to_the_height_of_the_head_or_to_what_there_is_room_for(
    loaded: Loaded, tmp_path: Path
) -> None:
    content = SVG.format(DRAWN).encode()
    assert logo(loaded, tmp_path, content) == Logo("logo.svg", content, 176, 44)
    wide = content.replace(b"400 100", b"2400 10.0")
    assert logo(loaded, tmp_path, wide) == Logo("logo.svg", wide, 240, 1)


@pytest.mark.parametrize(
    ("size", "shown"), [((100, 20), (100, 20)), ((400, 88), (200, 44)), ((960, 100), (240, 25)), ((9_000, 1), (240, 1))]
)
def test_a_png_is_made_smaller_where_it_has_to_be_and_never_larger(
    loaded: Loaded, tmp_path: Path, size: tuple[int, int], shown: tuple[int, int]
) -> None:
    content = png(*size)
    assert logo(loaded, tmp_path, content) == Logo("logo.png", content, *shown)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"GIF89a", "probes.yaml:1:8: page.logo: is neither SVG nor PNG, which a logo has to be"),
        (b"", "is neither SVG nor PNG"),
        (b" " * 100_001, "probes.yaml:1:8: page.logo: is larger than 100,000 bytes"),
        (png(4, 4)[:-1], "probes.yaml:1:8: page.logo: is a broken PNG: save it anew"),
        (png(4, 4).replace(b"\0\0\0\x04\0\0\0\x04", b"\0\0\0\x05\0\0\0\x04"), "is a broken PNG"),
        (b"<html><body/></html>", "logo:1:1: is no SVG: it begins with 'html' and not with <svg xmlns="),
        (b"<svg viewBox='0 0 1 1'/>", "logo:1:1: is no SVG: it begins with 'svg' and not with <svg xmlns="),
        (b"<svg", "logo:1:1: is no XML: unclosed token"),
        (SVG.format("").replace("0 0 400 100", "0 0 0 9").encode(), "logo:1:1: cannot be scaled: give <svg> a viewBox"),
        (SVG.format("").replace("viewBox", "viewbox").encode(), "logo:1:1: cannot be scaled"),
        (f'<?xml version="1.0" encoding="UTF-7"?>{SVG}'.encode(), "logo:1:1: is in 'UTF-7': save it as UTF-8"),
        (f"<!DOCTYPE svg [<!ENTITY a 'b'>]>{SVG}".encode(), "has a DOCTYPE, which may define anything"),
        (f'<?xml-stylesheet href="//b.example"?>{SVG}'.encode(), "logo:1:1: holds an instruction to programs"),
    ],
)
def test_what_is_no_picture_is_refused(loaded: Loaded, tmp_path: Path, content: bytes, message: str) -> None:
    assert message in refused(loaded, tmp_path, content)


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        ("<script>alert(1)</script>", "holds <script>, which no logo needs: remove it"),
        ("<foreignObject/>", "holds <foreignObject>"),
        ("<g><a xlink:href='javascript:alert(1)'/></g>", "logo:2:4: holds <a>"),
        ("<set attributeName='href'/>", "holds <set>"),
        ("<img xmlns='http://www.w3.org/1999/xhtml'/>", "holds <img>"),
        ("<s:script xmlns:s='http://www.w3.org/2000/svg'/>", "holds <script>"),
        ("<g onload='alert(1)'/>", "has the event handler 'onload': remove it"),
        ("<g ONCLICK='alert(1)'/>", "has the event handler 'ONCLICK'"),
        ("<image href='https://b.example/a.png'/>", "refers to something outside of it ('https://b.example/a.png')"),
        ("<use xlink:href='other.svg#a'/>", "refers to something outside of it ('other.svg#a')"),
        ("<image href='data:image/svg+xml,&lt;svg/>'/>", "refers to something outside of it"),
        ("<g style='fill:url( &quot;//b.example&quot;)'/>", "fetches something by 'style': embed or remove it"),
        ("<g fill='\\75rl(//b.example)'/>", "fetches something by 'fill'"),
        ("<style>@import 'a.css';</style>", "fetches something by its style"),
        ("<style>g{fill:u<![CDATA[rl(//b.example)}]]></style>", "fetches something by its style"),
    ],
)
def test_a_drawing_that_runs_or_fetches_anything_is_refused_by_its_place(
    loaded: Loaded, tmp_path: Path, drawn: str, message: str
) -> None:
    assert message in (said := refused(loaded, tmp_path, SVG.format(drawn).encode()))
    assert said.startswith("logo:2:")


def test_a_drawing_may_have_colours_for_dark(loaded: Loaded, tmp_path: Path) -> None:
    drawn = SVG.format("<style>path{fill:#777}@media (prefers-color-scheme:dark){path{fill:#ccc}}</style>").encode()
    assert logo(loaded, tmp_path, drawn) == Logo("logo.svg", drawn, 176, 44)


def test_what_a_drawing_embeds_is_its_own(loaded: Loaded, tmp_path: Path) -> None:
    embedded = SVG.format("<image href='data:image/png;base64,AA=='/><g fill='url(&quot;#a&quot;)'/>").encode()
    assert logo(loaded, tmp_path, embedded) == Logo("logo.svg", embedded, 176, 44)


def test_a_logo_that_is_not_there_is_refused(loaded: Loaded) -> None:
    with pytest.raises(ConfigError, match=r"probes\.yaml:1:8: page\.logo: there is no such file"):
        loaded(f"page: {{logo: missing.svg}}\n{ENDPOINTS}")


def test_each_page_has_a_logo_of_its_own_or_that_of_the_main_one(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(10, 10))
    (tmp_path / "b.png").write_bytes(png(20, 20))
    (tmp_path / "theme").mkdir()
    text = "page: {logo: a.png}\npages: [{directory: b, logo: b.png}, {directory: c, theme: theme}]\n"
    pages = loaded(text + ENDPOINTS).pages
    assert [page.theme.logo.width for page in pages if page.theme and page.theme.logo] == [10, 20, 10]
