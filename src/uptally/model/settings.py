"""The whole configuration, as it is in force."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from uptally.errors import Problem
from uptally.model.agreement import Agreement, Service
from uptally.model.endpoint import Endpoint
from uptally.model.exclusion import Plan
from uptally.model.notice import Notice
from uptally.model.report import Report
from uptally.model.secret import Secret
from uptally.model.theme import Theme
from uptally.units.time import DAY_MS


class Compression(StrEnum):
    """A form in which files can lie beside themselves, for web servers that send them so."""

    GZIP = "gzip"
    BROTLI = "brotli"


@dataclass(frozen=True, slots=True)
class Destination:
    """Another place that the page is copied to."""

    address: str
    """The absolute path of a folder, or an address with a scheme."""
    options: Secret | None = None
    """What the file system of an address is told, as JSON; credentials may be among it."""

    @property
    def scheme(self) -> str:
        """The scheme of its address, empty for a folder."""
        return self.address.partition("://")[0] if "://" in self.address else ""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A page that says the same in another language. Of one that is not this daemon's, only its overview is known."""

    language: str
    url: str
    """Where readers find it, with a slash at its end."""
    is_ours: bool = False
    services: frozenset[str] = frozenset()
    """The slugs of the endpoints and services that both show."""
    has_history: bool = False
    """Whether it has a page of each month of which there is one here."""


@dataclass(frozen=True, slots=True)
class PageSettings:
    """A page: what it is called, whose calendar it follows, what it shows, where it is written."""

    title: str
    description: str
    zone: ZoneInfo
    directory: Path
    refresh_ms: int
    """How old the page may get while nothing changes."""
    automatic_ms: int | None = None
    """How long an outage must last to become an incident by itself; None where none does."""
    url: str = ""
    """Where readers find the page, with a slash at its end; empty where nobody said."""
    compress: tuple[Compression, ...] = ()
    """The compressed forms that lie beside each file."""
    publish: Destination | None = None
    """Where the page is copied to after it was written."""
    language: str = "en"
    """The language of its words: a tag of BCP 47."""
    counterparts: tuple[Counterpart, ...] = ()
    """The pages that say the same in other languages."""
    theme: Theme | None = None
    """What it looks like, where that is not as ours."""
    services: frozenset[str] | None = None
    """The slugs of the endpoints and services that it shows; None for all public ones."""
    is_private: bool = False
    """Whether its folder is not for everyone, so that it may show what is private."""
    incidents: tuple[Notice, ...] = ()
    """What files beside the configuration tell its readers."""

    @property
    def base_path(self) -> str:
        """Where on its host readers find the page: a path with a slash at either end."""
        return urlsplit(self.url).path or "/"

    @property
    def host(self) -> str:
        """The name of the host that readers find it at, in small letters; empty where nobody said."""
        return (urlsplit(self.url).hostname or "").removesuffix(".")

    def shows(self, each: Endpoint | Service) -> bool:
        """Tell whether it shows an endpoint or service."""
        return each.is_public if self.services is None else each.slug in self.services


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """The monitor itself: where it stands, what tells whether its own network works, and how hard it may knock."""

    location: str
    canaries: tuple[Endpoint, ...]
    checks_per_second: int
    """The ceiling over all endpoints."""
    checks_per_second_per_host: int
    resolvers: tuple[tuple[str, int], ...] = ()
    """Other resolvers than the system's, by address and port."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the ledger is, and for how long it keeps single observations: for ever, unless it is said."""

    path: Path
    keep_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ClosingSettings:
    """When months are closed by themselves: so long after their end, unless only people close them."""

    grace_ms: int = 3 * DAY_MS
    is_automatic: bool = True


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The daemon's own HTTP server."""

    is_enabled: bool
    host: str
    port: int
    figures_token: Secret | None = None
    """Who sends it may post business figures, beside those who have a token on record."""
    is_behind_proxy: bool = False
    """Whether a proxy with TLS stands in front, which says whom it asks for."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration without faults.

    `findings` are what weakens its figures or gives something away, `notes` what is well to know; `check` says both,
    and only findings want mending. `revision` is canonical JSON text of all that decides a measurement or a figure,
    without secrets, for the ledger's record of changes.
    """

    file: str
    page: PageSettings
    """The main page, whose zone is that of commands and books."""
    monitor: MonitorSettings
    store: StoreSettings
    server: ServerSettings
    endpoints: tuple[Endpoint, ...]
    findings: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    revision: str
    services: tuple[Service, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    maintenance: tuple[Plan, ...] = ()
    further_pages: tuple[PageSettings, ...] = ()
    seal_key: Secret | None = None
    """The private key that signs what is handed over, in PEM form; None where nothing is signed."""
    reports: tuple[Report, ...] = ()
    closing: ClosingSettings = ClosingSettings()

    @property
    def pages(self) -> tuple[PageSettings, ...]:
        """All pages, the main one first."""
        return self.page, *self.further_pages

    @property
    def folders_by_host(self) -> dict[str, Path]:
        """The folders of the pages for everyone by the host of their address, in small letters; the first counts."""
        public = (page for page in reversed(self.pages) if page.host and not page.is_private)
        return {page.host: page.directory for page in public}
