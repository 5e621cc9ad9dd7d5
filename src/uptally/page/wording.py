"""Messages are said when a template is compiled, once for its language, and not on each page that it fills.

What a template says by `_` or `pgettext` with a message that stands there becomes part of its text, as markup, and the
message's places are filled in as if they stood in the template. What is written is the same to the byte. A call whose
message is only known when a page is filled in stays a call, and so does one that would fail: it then does so there.
"""

from __future__ import annotations

from string import Formatter
from typing import NamedTuple

from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import escape

from uptally.page.language import Language

_ARGUMENTS = {"_": 1, "pgettext": 2}
"""What says a message that is known, and with how many texts."""


class _Place(NamedTuple):
    text: str
    name: str | None
    """Of the place after the text; None at the end."""


class _Wording(NodeTransformer):
    def __init__(self, language: Language) -> None:
        self._language = language

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        written: list[nodes.Expr] = []
        for child in node.nodes:
            written += self._said(child) or [child]
        node.nodes = written
        self.generic_visit(node)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Expr:
        said = self._said(node)
        self.generic_visit(node)
        if said is None or any(not isinstance(each, nodes.TemplateData) for each in said):
            return node
        return nodes.MarkSafe(nodes.Const("".join(each.data for each in said if isinstance(each, nodes.TemplateData))))

    def _said(self, node: nodes.Expr) -> list[nodes.Expr] | None:
        """Return what a call writes; None where that is not known before."""
        if not isinstance(node, nodes.Call) or not isinstance(node.node, nodes.Name):
            return None
        texts = [each.value for each in node.args if isinstance(each, nodes.Const) and isinstance(each.value, str)]
        is_plain = len(texts) == len(node.args) and node.dyn_args is None and node.dyn_kwargs is None
        if not is_plain or _ARGUMENTS.get(node.node.name) != len(texts):
            return None
        messages = self._language.messages
        message = messages.gettext(*texts) if len(texts) == 1 else messages.pgettext(*texts)
        places = _places(message)
        values = {each.key: each.value for each in node.kwargs}
        if places is None or any(each.name is not None and each.name not in values for each in places):
            return None
        written: list[nodes.Expr] = []
        for place in places:
            if place.text:
                written.append(nodes.TemplateData(place.text, lineno=node.lineno))
            if place.name is not None:
                written.append(values[place.name])
        return written


def worded(template: nodes.Template, language: Language) -> nodes.Template:
    """Return a template with its messages said; as it is where it means something else by the names of what says
    them."""
    names = (each for each in template.find_all(nodes.Name) if each.name in _ARGUMENTS)
    if all(each.ctx == "load" for each in names):
        _Wording(language).visit(template)
    return template


def _places(message: str) -> list[_Place] | None:
    """Take a message apart at its places, and escape its text; None where a place is more than a name."""
    try:
        parts = list(Formatter().parse(str(escape(message))))
    except ValueError:
        return None
    if any(name is not None and (not name.isidentifier() or form or how) for _text, name, form, how in parts):
        return None
    return [_Place(text, name) for text, name, _form, _how in parts]
