"""The shorter ways write what jinja2's own write."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape

from uptally.page import quick
from uptally.page.language import filled
from uptally.page.quick import QuickEnvironment

MACROS = """\
{% macro plain(a, b) %}<p>{{ a }}{{ b }}</p>{% endmacro %}
{% macro default(a, b="<b>") %}{{ a }}{{ b }}{% endmacro %}
{% macro any(a) %}{{ a }}{{ varargs|join(",") }}{{ kwargs.c }}{% endmacro %}
{% macro within(a) %}<i>{{ caller(a) }}</i>{% endmacro %}
"""
TEMPLATE = """\
{% from "macros" import plain, default, any, within %}
{% block main %}
{{ plain(text, safe) }}{{ plain(b=text, a=3) }}{{ default(text) }}{{ default(text, safe) }}{{ default(b=1, a=2) }}
{{ any(text, 1, 2, c=text) }}{% call(it) within(text) %}{{ it }}{% endcall %}{{ upper(text) }}{{ text.title() }}
{% for each in [text, safe, 1.5, none] %}{{ plain(each, loop.index) }}{{ upper(each ~ text) }}{% endfor %}
{% set kept %}{{ plain(text, text) }}{% endset %}{{ kept }}{{ plain(plain(text, 1), text)|length }}
{% endblock %}
"""
TEXT = """<a href='x'>"&amp;"</a> & é"""


@pytest.mark.parametrize("value", [TEXT, "", "é", "<", ">", "&", "'", '"', Markup("<b>"), 1, None, [TEXT]])
def test_what_is_escaped_is_escaped_alike(value: object) -> None:
    assert quick.escape(value) == escape(value)


def test_templates_are_filled_in_alike() -> None:
    texts = []
    for kind in (Environment, QuickEnvironment):
        environment = kind(loader=DictLoader({"macros": MACROS, "page": TEMPLATE}), autoescape=True)
        environment.globals["upper"] = str.upper
        texts.append(environment.get_template("page").render(text=TEXT, safe=Markup("<br>")))
    assert texts[0] == texts[1]


def test_our_templates_do_take_the_shorter_ways() -> None:
    module = QuickEnvironment(loader=DictLoader({"macros": MACROS}), autoescape=True).get_template("macros").module
    assert type(vars(module)["plain"]) is quick.Macro


def test_places_are_filled_in_as_markup_fills_them_in() -> None:
    values = {"name": TEXT, "link": Markup("<a>"), "number": 3}
    for message in ("{name} & {link}: {number}", Markup("<b>{name}</b> {link}"), "<b>{link}</b>", "no place"):
        assert filled(message, **values) == Markup.escape(message).format(**values)
    assert filled("<{}>", TEXT) == Markup.escape("<{}>").format(TEXT)
