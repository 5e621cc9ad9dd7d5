"""What a theme's templates and style make of the page, and what is said of those that cannot be used."""

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.page.sample import NOW_MS, latencies, settings, standings
from uptally.model.theme import DARK, LIGHT, Logo, Theme
from uptally.page import page_problems, render

BLOCK = """{% extends "uptally/index.html.j2" %}
{% block foot %}{{ super() }}<p>Ours &amp; {{ page.title }}</p>{% endblock %}"""


def themed(*templates: tuple[str, str], assets: tuple[tuple[str, bytes], ...] = ()) -> Theme:
    return Theme(Path("/etc/theme"), templates, assets)


def pages(theme: Theme | None, title: str = "Acme") -> dict[str, bytes]:
    of = replace(settings(), theme=theme, title=title)
    return render(standings()[:1], settings=of, latencies=latencies, now_ms=NOW_MS, version="1")


def problems(*templates: tuple[str, str]) -> list[str]:
    return [str(each) for each in page_problems(replace(settings(), theme=themed(*templates)))]


def test_a_template_changes_a_block_of_ours_and_leaves_the_rest() -> None:
    page = pages(themed(("index.html.j2", BLOCK)))["index.html"].decode()
    assert "<p>Ours &amp; Acme</p>" in page
    assert page.replace("<p>Ours &amp; Acme</p>", "") == pages(None)["index.html"].decode()


def test_what_a_template_fills_in_is_escaped() -> None:
    page = pages(themed(("index.html.j2", BLOCK)), title="<script>")["index.html"].decode()
    assert "Ours &amp; &lt;script&gt;</p>" in page


def test_a_base_of_the_theme_holds_for_all_pages() -> None:
    base = '{% extends "uptally/base.html.j2" %}{% block links %}{{ super() }}<p>Imprint</p>{% endblock %}'
    found = pages(themed(("base.html.j2", base)))
    documents = [path for path in found if path.endswith(".html")]
    assert len(documents) == 5
    assert [path for path in documents if found[path].count(b"<p>Imprint</p>") != 1] == []


def test_a_logo_stands_for_the_title_in_the_head_of_every_page_and_is_called_by_it() -> None:
    found = pages(Theme(logo=Logo("logo.svg", b"<svg/>", 176, 44)), title='A "quoted" <title>')
    (endpoint,) = (path for path in found if path.startswith("endpoints/"))
    path = f"assets/logo.{sha256(b'<svg/>').hexdigest()[:12]}.svg"
    assert found[path] == b"<svg/>"
    for page, base in (("index.html", ""), ("method.html", ""), ("404.html", "/"), (endpoint, "../")):
        alt = "A &#34;quoted&#34; &lt;title&gt;"
        image = f'<img src="{base}{path}" width="176" height="44" alt="{alt}">'
        assert f'<a class="logo" href="{base}index.html">{image}</a>' in found[page].decode()


def test_colours_come_after_our_style_and_before_that_of_the_theme() -> None:
    night = replace(DARK, paper="#000000", card="#000000")
    theme = Theme(assets=(("theme.css", b"a{}"),), colours=(replace(LIGHT, accent="#8a1538"), night))
    found = pages(theme)
    (sheet,) = (content.decode() for path, content in found.items() if path.startswith("assets/colours."))
    assert "html{--bg:#fcfbf8;--card:#ffffff;--ink:#1b1c1f;--acc:#8a1538}\n" in sheet
    assert sheet.count("{--bg:#000000;--card:#000000;--ink:#ebe8e1;--acc:#93bdf0}") == 2
    links = re.findall(r'<link rel="stylesheet" href="assets/(\w+)', found["index.html"].decode())
    assert links == ["style", "colours", "theme"]


def test_style_comes_last_and_assets_are_named_by_what_they_hold() -> None:
    logo = (
        '{% extends "uptally/404.html.j2" %}{% block main %}<img src="{{ base }}{{ asset("logo.svg") }}">{% endblock %}'
    )
    assets = (("theme.css", b":root{--acc:#900}"), ("logo.svg", b"<svg/>"), ("icon.svg", b"<svg>ours</svg>"))
    found = pages(themed(("404.html.j2", logo), assets=assets))
    paths = {
        name: f"assets/{name.partition('.')[0]}.{sha256(content).hexdigest()[:12]}.{name.partition('.')[2]}"
        for name, content in assets
    }
    assert {path: found[path] for path in paths.values()} == {paths[name]: content for name, content in assets}
    assert f'<img src="/{paths["logo.svg"]}">' in found["404.html"].decode()
    for path, base in (("index.html", ""), ("method.html", ""), ("endpoints/checkout-api.html", "../")):
        page = found[path].decode()
        sheets = [line for line in page.splitlines() if line.startswith('<link rel="stylesheet"')]
        assert sheets[-1] == f'<link rel="stylesheet" href="{base}{paths["theme.css"]}">'
        assert f'href="{base}{paths["icon.svg"]}"' in page
    assert not [path for path in pages(None) if "theme" in path]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("index.html.j2", "<p>\n{{ page.title {% endif %}", ":2:1: expected token 'end of print statement', got '{'"),
        ("mine/top.html.j2", "<p>\n\n{{ a|shout }}", ":3:1: No filter named 'shout'."),
        ("index.html.j2", "<p>\n{{ page.titel }}", ":2:1: cannot be filled in: "),
        ("endpoint.html.j2", "\n\n{{ 1 / 0 }}", ":3:1: cannot be filled in: division by zero"),
        ("method.html.j2", '<p>\n{{ asset("logo.png") }}', ":2:1: cannot be filled in: there is no asset 'logo.png'"),
        (
            "history.html.j2",
            '{% extends "bare.html.j2" %}',
            ":1:1: cannot be filled in: there is no template bare.html.j2",
        ),
        ("agreement.html.j2", "{{ customer }}", ":1:1: cannot be filled in: 'customer' is undefined"),
    ],
)
def test_a_broken_template_is_told_by_file_and_line(name: str, text: str, said: str) -> None:
    (problem,) = problems((name, text))
    assert problem.startswith(f"/etc/theme/templates/{name}{said}")


def test_all_templates_that_cannot_be_understood_are_told_at_once() -> None:
    assert len(problems(("a.html.j2", "{% if %}"), ("b.html.j2", "{{"), ("c.html.j2", "fine"))) == 2


def test_a_theme_that_can_be_used_has_no_problem() -> None:
    assert problems(("index.html.j2", BLOCK)) == []
    assert page_problems(settings()) == []
