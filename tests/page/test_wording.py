"""Messages that are said when a template is compiled read as those that are said when it is filled in."""

from __future__ import annotations

from gettext import NullTranslations

import pytest
from jinja2 import Environment
from markupsafe import Markup

from uptally.page.language import ENGLISH, Language, html, html_context, speaking
from uptally.page.quick import QuickEnvironment

TEMPLATES = [
    "{{ _('plain') }}",
    "{{ _('<b> & {{{name}}} \"quoted\"', name=name) }}",
    "{{ _('{link} of {name}, {link}', link=link, name=_('{number} of them', number=3)) }}",
    "{{ _('{link} of {name}', link=none, name=name if link else _('none')) }}",
    "{% set said = _('a & b') %}{{ said }}{{ said ~ name }}",
    "{% macro say(what) %}<i>{{ what }}</i>{% endmacro %}{{ say(_('plain')) }}{{ say(_('{name}', name=name)) }}",
    "{{ pgettext('budget', 'Left') }}{{ _('Left') }}{{ pgettext('budget', 'Left {name}', name=name) }}",
    "{{ _(message, name=name) }}{{ _('as ' ~ name) }}",
    "{% for _ in [1, 2] %}{{ _ }}{% endfor %}",
]


class Louder(NullTranslations):
    """A language that says everything in another order, and louder."""

    def gettext(self, message: str) -> str:
        return f"{message}!"

    def pgettext(self, context: str, message: str) -> str:
        return f"{context}: {message}!"


LOUD = Language("xx", "ltr", Louder(), ENGLISH.months, ENGLISH.short_months, ".", ",", "{}%")


@pytest.mark.parametrize("language", [ENGLISH, LOUD], ids=["English", "another"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_message_reads_the_same_whenever_it_is_said(template: str, language: Language) -> None:
    told = []
    for environment in (Environment(autoescape=True), QuickEnvironment(autoescape=True, language=language)):
        environment.globals |= {"_": html, "pgettext": html_context}
        with speaking(language):
            filled = environment.from_string(template).render(name="<é>", link=Markup("<a>"), message="so {name}")
        told.append(filled)
    assert told[0] == told[1]


def test_nothing_is_left_to_say_of_a_message_when_a_template_is_filled_in() -> None:
    environment = QuickEnvironment(autoescape=True, language=LOUD)
    assert environment.from_string("{{ _('{name} is up', name=name) }}").render(name="web") == "web is up!"


def test_a_message_without_a_value_for_a_place_fails_where_the_template_is_filled_in() -> None:
    environment = QuickEnvironment(autoescape=True)
    environment.globals["_"] = html
    template = environment.from_string("{{ _('{name} is up', other=1) }}")
    with pytest.raises(KeyError, match="name"):
        template.render()
