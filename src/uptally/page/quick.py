"""jinja2 with a shorter way for what our templates do most: to escape text, and to call macros by position.

Everything else goes jinja2's own way, and what is written is the same to the byte. It looks for what only some programs
have (functions that ask for the context, macros with any arguments) at each of a hundred calls a page, and makes an
object of its own of each text: with that, filling a page in took half as long again.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from types import FunctionType
from typing import Any

import markupsafe
from jinja2 import Environment, nodes, runtime
from markupsafe import Markup

from uptally.page.language import ENGLISH, Language
from uptally.page.wording import worded

_SPECIAL = re.compile("[&<>\"']").search


def escape(value: object) -> str:
    """Return a value as it is written into a page, which may be text of no special class."""
    if type(value) is Markup or (type(value) is str and not _SPECIAL(value)):
        return value
    return markupsafe.escape(value)


class Macro(runtime.Macro):
    """A macro that says whether it takes nothing but so many arguments by position."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.plain_arguments = -1 if self.catch_kwargs or self.catch_varargs or self.caller else len(self.arguments)
        self.filled = self._func


class _Context(runtime.Context):
    def call(
        self, called: Any, /, *args: Any, _loop_vars: object = None, _block_vars: object = None, **kwargs: Any
    ) -> Any:
        kind = type(called)
        if kind is Macro and not kwargs and len(args) == called.plain_arguments:
            return str.__new__(Markup, called.filled(*args))
        if kind is FunctionType and not called.__dict__:
            # One that asks for the context bears a mark that says so.
            return called(*args, **kwargs)
        return super().call(called, *args, _loop_vars=_loop_vars, _block_vars=_block_vars, **kwargs)


class QuickEnvironment(Environment):
    """An environment whose templates escape everything, and have their messages said in its language."""

    context_class = _Context

    def __init__(self, *args: Any, language: Language = ENGLISH, **options: Any) -> None:
        super().__init__(*args, **options)
        self._language = language

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
        imports, begin, code = super()._generate(source, name, filename, defer_init).partition("\nname = ")
        return f"{imports}; from {__name__} import Macro, escape{begin}{code}"
