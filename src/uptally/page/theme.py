"""The only door to jinja2: our templates and assets, and those of a theme before them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FunctionLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateRuntimeError,
    TemplateSyntaxError,
)

from uptally.errors import Problem
from uptally.model.theme import Palette, Theme
from uptally.page.language import (
    Language,
    figure,
    filled,
    grouped,
    html,
    html_context,
    html_number,
    percent,
    spoken,
)
from uptally.page.quick import QuickEnvironment
from uptally.page.words import begun

_ASSETS = ("style.css", "paper.css", "scheme.js", "status.js", "icon.svg", "card.png")
_COLOURS = "colours.css"
_TEMPLATES = Path(__file__).parent / "templates"
_KEPT = 16
"""Themes and languages of which the templates stay compiled: a page has one, and a daemon few pages."""


@lru_cache(maxsize=_KEPT)
def assets_of(theme: Theme | None) -> dict[str, tuple[str, bytes]]:
    """Return each asset's path and content by its plain name; one of the theme's comes before ours of the same name.

    The path holds a digest, so that no cache serves a wrong one.
    """
    named = {name: files("uptally.page").joinpath("assets", name).read_bytes() for name in _ASSETS}
    if theme is not None:
        named |= theme.assets
        if theme.logo:
            named[theme.logo.name] = theme.logo.content
        if theme.colours:
            named[_COLOURS] = colours_sheet(*theme.colours)
    found = {}
    for name, content in named.items():
        stem, _, suffix = name.partition(".")
        found[name] = (f"assets/{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}", content)
    return found


def environment_of(theme: Theme | None) -> Environment:
    """Return what fills the pages of a theme, or of none, in the language in which they are being written.

    A template of the theme comes before ours of the same name, which it reaches as ``uptally/NAME``.
    """
    return _environment(theme, spoken())


@lru_cache(maxsize=_KEPT)
def _environment(theme: Theme | None, language: Language) -> Environment:
    ours = PackageLoader("uptally.page")
    loaders = [PrefixLoader({"uptally": ours}), ours]
    if theme:
        loaders.insert(0, _loader(theme))
    environment = QuickEnvironment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        ours=_TEMPLATES,
        language=language,
    )
    assets = assets_of(theme)

    def asset(name: str) -> str:
        if name not in assets:
            raise TemplateRuntimeError(f"there is no asset {name!r}")
        return assets[name][0]

    styles = [name for name in (_COLOURS, "theme.css") if name in assets]
    environment.globals |= {"asset": asset, "styles": styles, "logo": theme and theme.logo, "language": spoken}
    environment.globals |= {"_": html, "ngettext": html_number, "pgettext": html_context}
    environment.globals |= {"figure": figure, "grouped": grouped, "percent": percent, "filled": filled, "begun": begun}
    return environment


def colours_sheet(light: Palette, dark: Palette) -> bytes:
    """Return style that sets the colours of a page which its configuration may choose, after our own style.

    Selectors are as specific as those of our style, which leaves paper its own colours.
    """
    night = f"{{{_tokens(dark)}}}"
    return (
        f"html{{{_tokens(light)}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{html:where(:not([data-scheme=light])){night}}}\n"
        f"@media screen{{html:where([data-scheme=dark]){night}}}\n"
    ).encode()


def _tokens(of: Palette) -> str:
    return f"--bg:{of.paper};--card:{of.card};--ink:{of.ink};--acc:{of.accent}"


def syntax_problems(theme: Theme) -> list[Problem]:
    """Return what keeps templates of a theme from being understood, in the order of their names."""
    problems = []
    for name, text in theme.templates:
        try:
            environment_of(None).compile(text)
        except TemplateSyntaxError as error:
            problems.append(Problem(_file(theme, name), error.lineno, 1, "", error.message or "cannot be understood"))
    return problems


def problem_of(theme: Theme, error: Exception) -> Problem:
    """Return what went wrong when a theme was filled in: where in it, as far as that is known."""
    place, trace = (str(theme.folder or ""), 0), error.__traceback__
    templates = {_file(theme, name) for name, _ in theme.templates}
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in templates:
            place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    file, line = place
    said = f"there is no template {error}" if isinstance(error, TemplateNotFound) else str(error) or repr(error)
    return Problem(file, line, min(line, 1), "", f"cannot be filled in: {said}")


def _loader(theme: Theme) -> FunctionLoader:
    texts = dict(theme.templates)

    def load(name: str) -> tuple[str, str, None] | None:
        # The file's name is what a traceback tells.
        return (texts[name], _file(theme, name), None) if name in texts else None

    return FunctionLoader(load)


def _file(theme: Theme, name: str) -> str:
    return str((theme.folder or Path()) / "templates" / name)
