"""jinja2 with a shorter way for what our templates do most: to look at attributes, escape text, and call macros.

Everything else goes jinja2's own way, and what is written is the same to the byte. It looks for what only some programs
have (items that are written as attributes, functions that ask for the context, macros with any arguments) at each of a
thousand places a page, and makes an object of its own of each text: with that, filling a page in took more than half as
long again. Templates of a theme may have all that, and are compiled as jinja2 does.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from io import StringIO
from pathlib import Path
from typing import Any

import markupsafe
from jinja2 import Environment, Template, nodes, runtime
from jinja2.compiler import CodeGenerator, Frame
from jinja2.utils import missing
from markupsafe import Markup

from uptally.page.language import ENGLISH, Language
from uptally.page.wording import worded

try:
    # What markupsafe escapes with, without an object of its own for each text. It does not promise that this stays.
    from markupsafe._speedups import _escape_inner as _escaped
except ImportError:

    def _escaped(s: str, /) -> str:
        return markupsafe.escape(s)


def escape(value: object) -> str:
    """Return a value as it is written into a page, which may be text of no special class."""
    if type(value) is str:
        return _escaped(value)
    return value if type(value) is Markup else markupsafe.escape(value)


class Macro(runtime.Macro):
    """A macro that says whether it takes nothing but so many arguments by position."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.plain_arguments = -1 if self.catch_kwargs or self.catch_varargs or self.caller else len(self.arguments)
        self.filled = self._func


def call(called: Any, /, *args: Any) -> Any:
    """Call a macro or a function by position, which must not be one that asks for the context."""
    if type(called) is Macro:
        left_out = called.plain_arguments - len(args)
        if not left_out:
            return str.__new__(Markup, called.filled(*args))
        if left_out > 0:
            return str.__new__(Markup, called.filled(*args, *[missing] * left_out))
    return called(*args)


class _Generator(CodeGenerator):
    """Writes the code of our own templates, in which what stands after a point is an attribute, and a number in
    brackets a place."""

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        if isinstance(node.node, nodes.Name) and node.node.name == "self":
            # The blocks of a template are its items.
            super().visit_Getattr(node, frame)
            return
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:
        if not isinstance(node.arg, nodes.Const) or type(node.arg.value) is not int:
            super().visit_Getitem(node, frame)
            return
        self.visit(node.node, frame)
        self.write(f"[{node.arg.value}]")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        if forward_caller or node.kwargs or node.dyn_args or node.dyn_kwargs:
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        self.write("call(")
        for each in (node.node, *node.args):
            self.visit(each, frame)
            self.write(", ")
        self.write(")")


class _Template(Template):
    """A template that lets go of what a page was made of as soon as the page is written.

    Its macros know the context, which knows them: only a collection of garbage would find them, and all that the page
    told.
    """

    def render(self, *args: Any, **kwargs: Any) -> str:
        return self.environment.concat(self.generate(*args, **kwargs))

    def generate(self, *args: Any, **kwargs: Any) -> Iterator[str]:
        context = self.new_context(dict(*args, **kwargs))
        try:
            yield from self.root_render_func(context)
        except Exception:
            self.environment.handle_exception()
        finally:
            context.vars.clear()


class QuickEnvironment(Environment):
    """An environment whose templates escape everything, and have their messages said in its language.

    Those that lie in the folder `ours` go the shorter ways.
    """

    template_class = _Template

    def __init__(self, *args: Any, ours: Path | None = None, language: Language = ENGLISH, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ours, self._language = ours, language

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return what is known to a template: each page copies it, and jinja2's chain of two is slow to copy."""
        return {**self.globals, **d} if d else self.globals

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return worded(super()._parse(source, name, filename), self._language)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        """Have a template's code take what is above in the place of jinja2's (a hook that jinja2 offers).

        No line is added, since lines of code stand for lines of the template where something goes wrong.
        """
        if filename is None or Path(filename).parent != self._ours:
            return super()._generate(source, name, filename, defer_init)
        written = StringIO()
        _Generator(self, name, filename, written, defer_init, self.optimized).visit(source)
        imports, begin, code = written.getvalue().partition("\nname = ")
        return f"{imports}; from {__name__} import Macro, call, escape{begin}{code}"
