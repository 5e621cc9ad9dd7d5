"""The shorter ways write what jinja2's own write, and are for our own templates only."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest
from jinja2 import Environment, FunctionLoader
from markupsafe import Markup, escape

from uptally.page import quick
from uptally.page.language import filled
from uptally.page.quick import QuickEnvironment

MACROS = """\
{% macro plain(a, b) %}<p>{{ a }}{{ b }}</p>{% endmacro %}
{% macro default(a, b="<b>") %}{{ a }}{{ b }}{% endmacro %}
{% macro any(a) %}{{ a }}{{ varargs|join(",") }}{{ kwargs["c"] }}{% endmacro %}
{% macro within(a) %}<i>{{ caller(a) }}</i>{% endmacro %}
"""
TEMPLATE = """\
{% from "macros" import plain, default, any, within %}
{% block name %}{{ text }}{% endblock %}
{% block main %}
{{ plain(text, safe) }}{{ plain(b=text, a=3) }}{{ default(text) }}{{ default(text, safe) }}{{ default(b=1, a=2) }}
{{ any(text, 1, 2, c=text) }}{% call(it) within(text) %}{{ it }}{% endcall %}{{ upper(text) }}{{ text.title() }}
{% for each in [text, safe, 1.5, none] %}{{ plain(each, loop.index) }}{{ upper(each ~ text) }}{% endfor %}
{{ self.name() }}{{ pair[0] }}{{ pair[-1]|upper }}{{ pair[:1]|join }}{{ pair.__class__.__name__ }}{{ items["a"] }}
{% set kept %}{{ plain(text, text) }}{% endset %}{{ kept }}{{ plain(plain(text, 1), text)|length }}
{% endblock %}
"""
TEXT = """<a href='x'>"&amp;"</a> & é"""


@pytest.mark.parametrize("value", [TEXT, "", "é", "<", ">", "&", "'", '"', Markup("<b>"), 1, None, [TEXT]])
def test_what_is_escaped_is_escaped_alike(value: object) -> None:
    assert quick.escape(value) == escape(value)


OURS = Path("/ours")


def filled_in(kind: type[Environment], templates: dict[str, str], *, folder: Path = OURS, **options: object) -> str:
    """Fill in the template `page` of some, which lie in a folder."""
    loader = FunctionLoader(lambda name: (templates[name], str(folder / name), None))
    environment = kind(loader=loader, autoescape=True, **options)  # type: ignore[arg-type]  # only QuickEnvironment's
    environment.globals["upper"] = str.upper
    values = {"text": TEXT, "safe": Markup("<br>"), "pair": (TEXT, Markup("<hr>")), "items": {"a": TEXT}}
    return environment.get_template("page").render(**values)


def test_templates_are_filled_in_alike() -> None:
    templates = {"macros": MACROS, "page": TEMPLATE}
    assert filled_in(QuickEnvironment, templates, ours=OURS) == filled_in(Environment, templates)


def test_a_template_of_a_theme_may_write_items_as_attributes() -> None:
    assert filled_in(QuickEnvironment, {"page": "{{ items.a }}"}, folder=Path("/theirs"), ours=OURS) == escape(TEXT)


def test_our_templates_do_take_the_shorter_ways() -> None:
    with pytest.raises(AttributeError):
        filled_in(QuickEnvironment, {"page": "{{ items.a }}"}, ours=OURS)


def test_places_are_filled_in_as_markup_fills_them_in() -> None:
    values = {"name": TEXT, "link": Markup("<a>"), "number": 3}
    for message in ("{name} & {link}: {number}", Markup("<b>{name}</b> {link}"), "<b>{link}</b>", "no place"):
        assert filled(message, **values) == Markup.escape(message).format(**values)
    assert filled("<{}>", TEXT) == Markup.escape("<{}>").format(TEXT)


class _Told:
    """What a page tells of."""


@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_a_page_told_of_needs_no_collection_to_be_forgotten(is_streamed: bool) -> None:
    text = "{% macro own() %}{{ told }}{% endmacro %}{% block main %}{{ own() }}{% endblock %}"
    template = QuickEnvironment(loader=FunctionLoader(lambda _: text), autoescape=True).get_template("page")
    told = _Told()
    seen = weakref.ref(told)
    gc.disable()
    try:
        assert "_Told" in ("".join(template.stream(told=told)) if is_streamed else template.render(told=told))
        del told
        assert seen() is None
    finally:
        gc.enable()
