"""From `probes.yaml` to settings, or to everything that is wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import TypeVar

from uptally.config import shape
from uptally.config.endpoints import canaries_of, endpoints_of, refuse_clashes, refuse_dependent_canaries
from uptally.config.fill import fill
from uptally.config.findings import findings_of
from uptally.config.marks import Mark, Problems, Rows, Table
from uptally.config.parse import parse
from uptally.config.read import read_text
from uptally.config.revision import revision_of
from uptally.config.source import Source, refuse_empty
from uptally.config.values import kind_of
from uptally.config.wording import unknown_key, validated
from uptally.errors import ConfigError
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings

_Model = TypeVar("_Model", bound=shape.Shape)


def load(path: FilePath, *, environment: Mapping[str, str]) -> Settings:
    """Read a configuration.

    Variables are filled in from `environment`, relative paths start from the file's folder, and nothing is read but the
    file and those that it names. Raises ConfigError with all problems in the order of the file.
    """
    problems = Problems(str(path))
    text = read_text(path, problems)
    root = parse(text, problems) if text is not None else None
    if text is not None and not isinstance(root, Table) and not problems.sorted():
        found = "is empty" if root is None else f"holds {kind_of(root)}"
        problems.at(Mark(0, 0), (), f"{found}: expected keys, of which 'endpoints' is the one that must be there")
    if not isinstance(root, Table):
        raise ConfigError(problems.sorted())
    source = Source(path, FilePath(path).absolute().parent, root, fill(root, environment, problems), problems)
    refuse_empty(root, problems)
    settings = _settings(source)
    if settings is None or problems.sorted():
        raise ConfigError(problems.sorted())
    return settings


def _settings(source: Source) -> Settings | None:
    """Read every section, whatever is wrong with the others; None where one cannot be used."""
    root, problems = source.root, source.problems
    for key in root:
        if key not in shape.File.model_fields:
            problems.add((key,), unknown_key(shape.File, (key,)))
    page = _page(source)
    store = _section(shape.Store, "store", source)
    server = _server(source)
    ceilings, canary_rows = _monitor(source)
    defaults = _section(shape.Defaults, "defaults", source)
    placed = endpoints_of(source, defaults or shape.Defaults())
    canaries = canaries_of(source, canary_rows)
    refuse_clashes(("endpoints",), source)
    refuse_dependent_canaries(placed, canaries, source)
    if page is None or store is None or server is None or ceilings is None or problems.sorted():
        return None
    store_path = source.beside(store.path)
    _refuse_publishing(page.directory, store_path, source)
    monitor = MonitorSettings(
        location=ceilings.location,
        canaries=tuple(canary for canary, _ in canaries),
        checks_per_second=ceilings.checks_per_second,
        checks_per_second_per_host=ceilings.checks_per_second_per_host,
    )
    return Settings(
        file=str(source.file),
        page=page,
        monitor=monitor,
        store=StoreSettings(store_path),
        server=server,
        endpoints=tuple(endpoint for endpoint, _ in placed),
        findings=findings_of(source, monitor, placed, canaries),
        revision=revision_of(page, monitor, placed, canaries, source.written),
    )


def _section(model: type[_Model], key: str, source: Source) -> _Model | None:
    return validated(model, source.root.get(key) or {}, (key,), source)


def _page(source: Source) -> PageSettings | None:
    page = _section(shape.Page, "page", source)
    if page is None:
        return None
    directory = source.beside(page.directory)
    return PageSettings(page.title, page.description, page.timezone, directory, page.refresh)


def _server(source: Source) -> ServerSettings | None:
    server = _section(shape.Server, "server", source)
    if server is None:
        return None
    host, port = server.listen
    if not ipaddress.ip_address(host).is_loopback and not server.behind_proxy:
        message = (
            "is open to other machines, in plain HTTP: set 'behind_proxy: true' if a proxy with TLS stands in front"
        )
        source.problems.add(("server", "listen"), message)
    return ServerSettings(server.enabled, host, port)


def _monitor(source: Source) -> tuple[shape.Ceilings | None, object]:
    """Read all of the monitor but its canaries, which are read one by one."""
    table = source.root.get("monitor")
    if not isinstance(table, Table):
        return _section(shape.Ceilings, "monitor", source), Rows(Mark(0, 0))
    rest = {key: value for key, value in table.items() if key != "canaries"}
    return validated(shape.Ceilings, rest, ("monitor",), source), table.get("canaries") or Rows(Mark(0, 0))


def _refuse_publishing(directory: FilePath, store: FilePath, source: Source) -> None:
    """Add a problem for each file that must stay private and lies in the folder that is served to everyone."""
    folder = directory.resolve()
    if source.file.resolve().is_relative_to(folder):
        source.problems.add(("page", "directory"), "holds this file, which would be published with the page")
        return
    if store.resolve().is_relative_to(folder):
        source.problems.add(("store", "path"), "lies in the page's folder, and would be published with it")
    for path, file in source.secret_files.items():
        if file.resolve().is_relative_to(folder):
            source.problems.add(path, "lies in the page's folder, and would be published with it")
