"""What is known of a configuration while its file cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from uptally.config import shape
from uptally.config.fill import fill
from uptally.config.marks import Problems, Table
from uptally.config.page_shape import Page
from uptally.config.parse import parse
from uptally.config.read import read_text
from uptally.config.source import Source
from uptally.config.wording import validated
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.settings import MonitorSettings, PageSettings, ServerSettings, Settings, StoreSettings
from uptally.model.terms import Terms
from uptally.units.ratio import parse_percent


def store_path(path: Path, *, environment: Mapping[str, str]) -> Path:
    """Return where the ledger of a configuration is, whatever is wrong with the rest of it.

    Where the file does not tell, because it is no YAML say, that is where it would be if nothing were said.
    """
    problems = Problems(str(path))
    text = read_text(path, problems)
    root = parse(text, problems) if text is not None else None
    table = root if isinstance(root, Table) else Table(problems.mark_of(()))
    source = Source(path, path.absolute().parent, table, *fill(table, environment, problems), problems)
    said = validated(shape.Store, table.get("store") or {}, ("store",), source)
    is_clear = said is not None and not any(problem.path.startswith("store") for problem in problems.sorted())
    return source.beside(said.path if said is not None and is_clear else shape.Store().path)


def settings_in_force(revision: str, *, file: str, store: Path) -> Settings:
    """Return what a ledger's reader needs to know of a configuration that is on record: names, promises and calendar.

    What no record holds, such as groups, has its default; the endpoints come in the order of their slugs.
    """
    record = json.loads(revision)
    monitor = shape.Monitor()
    page = Page()
    zone = ZoneInfo(record["timezone"])
    return Settings(
        file=file,
        page=PageSettings(page.title, page.description, zone, store.parent, page.refresh),
        monitor=MonitorSettings(record["location"], (), monitor.checks_per_second, monitor.checks_per_second_per_host),
        store=StoreSettings(store),
        server=ServerSettings(False, "", 0),
        endpoints=tuple(_endpoint(slug, told, zone) for slug, told in record["endpoints"].items()),
        findings=(),
        notes=(),
        revision=revision,
    )


def _endpoint(slug: str, told: Mapping[str, object], zone: ZoneInfo) -> Endpoint:
    endpoint = Endpoint(
        name=str(told["name"]),
        slug=slug,
        check=TcpCheck(str(told["host"]), int(str(told["port"]))),
        interval_ms=int(str(told["interval_ms"])),
        timeout_ms=int(str(told["timeout_ms"])),
    )
    promised, quorum = told.get("target_percent"), told.get("quorum")
    return replace(
        endpoint,
        terms=None if promised is None else Terms.bare(f"{promised}%", parse_percent(f"{promised}%"), zone),
        quorum=None if quorum is None else int(str(quorum)),
    )
