"""From `probes.yaml` to settings, or to everything that is wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import TypeVar

from uptally.config import shape
from uptally.config.agreement.agreements import agreements_of
from uptally.config.agreement.maintenance import maintenance_of
from uptally.config.agreement.oddities import oddities_of
from uptally.config.agreement.services import promised_services, services_of
from uptally.config.contract.cadence import never_down, promised_of
from uptally.config.contract.promises import terms_of
from uptally.config.contract.record import place_of, promises_record
from uptally.config.endpoints import canaries_of, endpoints_of, refuse_clashes, refuse_dependent_canaries
from uptally.config.file import File
from uptally.config.fill import fill
from uptally.config.findings import findings_of, notes_of
from uptally.config.languages import with_counterparts
from uptally.config.marks import Path, Problems, Table
from uptally.config.page import pages_of
from uptally.config.pages import completed
from uptally.config.reports import reports_of
from uptally.config.revision import revision_of
from uptally.config.seal import seal_key_of
from uptally.config.source import Source, refuse_empty, root_of
from uptally.config.wording import unknown_key, validated, validated_in_part
from uptally.errors import ConfigError
from uptally.model.endpoint import Endpoint
from uptally.model.settings import (
    ClosingSettings,
    MonitorSettings,
    PageSettings,
    ServerSettings,
    Settings,
    StoreSettings,
)
from uptally.units.instant import UTC

TOKEN_LEAST = 32
"""Characters of a token, so that nobody guesses it."""

_Model = TypeVar("_Model", bound=shape.Shape)


def load(
    path: FilePath,
    *,
    environment: Mapping[str, str],
    amend: Callable[[Table], None] | None = None,
    refuse: Callable[[Settings], Iterable[tuple[str, str]]] | None = None,
) -> Settings:
    """Read a configuration.

    Variables are filled in from `environment`, relative paths start from the file's folder, and nothing is read but the
    file and those that it names. `amend` may change what was read before it is understood: see `what_if`. `refuse` may
    say what is wrong with promises of settings without fault: each by its key in the record, and why.
    Raises ConfigError with all problems in the order of the file.
    """
    problems = Problems(str(path))
    root = root_of(path, problems)
    source = Source(path, FilePath(path).absolute().parent, root, *fill(root, environment, problems), problems)
    refuse_empty(root, problems)
    if amend is not None:
        amend(root)
    settings = _settings(source, refuse or _refuse_nothing)
    if settings is None:
        raise ConfigError(problems.sorted())
    return settings


def _refuse_nothing(settings: Settings) -> Iterable[tuple[str, str]]:
    return ()


def _settings(source: Source, refuse: Callable[[Settings], Iterable[tuple[str, str]]]) -> Settings | None:
    """Read every section, whatever is wrong with the others; None where one cannot be used."""
    root, problems = source.root, source.problems
    for key in root:
        if key not in File.model_fields:
            problems.add((key,), unknown_key(File, (key,)))
    pages = pages_of(source)
    page = pages[0][0] if pages and pages[0][1] == ("page",) else None
    store = _section(shape.Store, "store", source)
    close = _section(shape.Close, "close", source)
    server = _server(source)
    monitor = _section(shape.Monitor, "monitor", source)
    seal_key = seal_key_of(source)
    defaults = validated_in_part(shape.Defaults, _table(root, "defaults"), ("defaults",), source)
    promises = terms_of(source, page.zone if page is not None else UTC)
    placed = endpoints_of(source, defaults or shape.Defaults(), promises, quorum=monitor.quorum if monitor else None)
    canaries = canaries_of(source)
    refuse_clashes(("endpoints",), source)
    refuse_dependent_canaries(placed, canaries, source)
    candidates = services_of(source, placed, promises)
    agreements = agreements_of(source, candidates, promises)
    services = promised_services(candidates, agreements)
    maintenance = maintenance_of(source, services, page.zone if page is not None else UTC)
    told = with_counterparts(completed(pages, candidates, source), candidates, source)
    reports = reports_of(source)
    store_path = source.beside(store.path) if store else None
    _refuse_publishing(pages, store_path, source)
    if page is None or store is None or store_path is None or server is None or monitor is None or problems.sorted():
        return None
    monitor_settings = _monitor(monitor, tuple(canary for canary, _ in canaries))
    source.findings.extend(oddities_of(services, agreements, maintenance))
    promised, agreed = tuple(service for service, _ in services), tuple(agreement for agreement, _ in agreements)
    source.findings.extend(never_down(placed, promised, agreed))
    settings = Settings(
        file=str(source.file),
        page=told[0],
        monitor=monitor_settings,
        store=StoreSettings(store_path, store.keep),
        server=server,
        endpoints=tuple(endpoint for endpoint, _ in placed),
        findings=findings_of(source, monitor_settings, placed, canaries, promised_of(promised, agreed)),
        notes=notes_of(source, placed, canaries),
        revision=revision_of(
            page, monitor_settings, placed, canaries, source.written, promises_record(promised, agreed), agreed
        ),
        services=promised,
        agreements=agreed,
        maintenance=tuple(plan for plan, _ in maintenance),
        further_pages=tuple(told[1:]),
        seal_key=seal_key,
        reports=tuple(reports),
        closing=ClosingSettings(close.grace, close.automatic) if close else ClosingSettings(),
    )
    for key, message in refuse(settings):
        problems.add(place_of(key, services, agreements), message)
    return None if problems.sorted() else settings


def _section(model: type[_Model], key: str, source: Source) -> _Model | None:
    return validated(model, _table(source.root, key), (key,), source)


def _table(root: Table, key: str) -> object:
    value = root.get(key)
    return {} if value is None else value


def _monitor(monitor: shape.Monitor, canaries: tuple[Endpoint, ...]) -> MonitorSettings:
    return MonitorSettings(
        location=monitor.location,
        canaries=canaries,
        checks_per_second=monitor.checks_per_second,
        checks_per_second_per_host=monitor.checks_per_second_per_host,
        resolvers=tuple(monitor.resolvers or ()),
    )


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
    token = server.figures_token
    if token is not None and len(token.reveal()) < TOKEN_LEAST:
        message = f"must have at least {TOKEN_LEAST} characters: `openssl rand -hex 32` makes one"
        source.problems.add(("server", "figures_token"), message)
    return ServerSettings(server.enabled, host, port, token, server.behind_proxy)


def _refuse_publishing(pages: Sequence[tuple[PageSettings, Path]], store: FilePath | None, source: Source) -> None:
    """Add a problem for each file that must stay private and lies where a page is written or copied to."""
    for page, path in pages:
        _refuse_served(page.directory, path, store, source)
        if page.publish is not None and not page.publish.scheme:
            _refuse_served(FilePath(page.publish.address), path, store, source)


def _refuse_served(directory: FilePath, page: Path, store: FilePath | None, source: Source) -> None:
    """Add a problem for each file that must stay private and lies in the folder of a page, which is served."""
    folder = directory.resolve()
    if source.file.resolve().is_relative_to(folder):
        source.problems.add((*page, "directory"), "holds this file, which would be published with the page")
        return
    if store is not None and store.resolve().is_relative_to(folder):
        source.problems.add(("store", "path"), "lies in the page's folder, and would be published with it")
    for path, file in source.secret_files.items():
        if file.resolve().is_relative_to(folder):
            source.problems.add(path, "lies in the page's folder, and would be published with it")
