"""The section `page`: by itself, or as part of the whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from uptally.config import page_shape
from uptally.config.fill import fill
from uptally.config.marks import Problems
from uptally.config.source import Source, root_of
from uptally.config.theme import theme_of
from uptally.config.wording import validated
from uptally.errors import ConfigError
from uptally.model.settings import Destination, PageSettings


def page_of(source: Source) -> PageSettings | None:
    """Return what a file says of the page; None, with every problem added, where that is wrong."""
    said = source.root.get("page")
    page = validated(page_shape.Page, {} if said is None else said, ("page",), source)
    if page is None:
        return None
    directory = source.beside(page.directory)
    return PageSettings(
        title=page.title,
        description=page.description,
        zone=page.timezone,
        directory=directory,
        refresh_ms=page.refresh,
        automatic_ms=page.automatic_incidents,
        url=page.url or "",
        compress=tuple(dict.fromkeys(page.compress or ())),
        language=page.language,
        theme=None if page.theme is None else theme_of(page.theme, directory, source),
        publish=None if page.publish is None else _destination(page.publish, directory, source),
    )


def _destination(publish: page_shape.Publish, directory: Path, source: Source) -> Destination:
    """Return where the page is copied to; adds a problem where that cannot be."""
    if "://" in publish.to:
        return Destination(publish.to, publish.options)
    if publish.options is not None:
        source.problems.add(("page", "publish", "options"), "belong to an address: a folder has none")
    folder = source.beside(publish.to)
    if folder.resolve() == directory.resolve():
        source.problems.add(("page", "publish"), "is the folder that the page is written to: name another one")
    return Destination(str(folder))


def page_settings(path: Path, *, environment: Mapping[str, str]) -> PageSettings:
    """Return what a file says of the page, whatever is wrong with the rest of it.

    A page has to be found also where its daemon refused to start with the file. Raises ConfigError where the file
    cannot be read, or with what is wrong with the section.
    """
    problems = Problems(str(path))
    root = root_of(path, problems)
    page = page_of(Source(path, path.absolute().parent, root, *fill(root, environment, problems), problems))
    wrong = [problem for problem in problems.sorted() if problem.path.partition(".")[0] == "page"]
    if page is None or wrong:
        raise ConfigError(wrong)
    return page
