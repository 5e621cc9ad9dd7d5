"""What is probed, and what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from uptally.model.secret import Secret
from uptally.model.terms import Terms


class Family(Enum):
    """Which addresses of a name are tried."""

    ANY = "any"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


@dataclass(frozen=True, slots=True)
class Tls:
    """How a TLS peer is verified and what is shown to it; paths name PEM files, absolute."""

    verify: bool = True
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """HTTP basic authentication."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """HTTP bearer authentication."""

    token: Secret


@dataclass(frozen=True, slots=True)
class JsonEquals:
    """A JMESPath expression and the value that it must give, in canonical JSON text (sorted keys, no blanks)."""

    expression: str
    value: str


@dataclass(frozen=True, slots=True)
class HttpExpectation:
    """What a right answer looks like: all of it must hold. `statuses` are closed ranges, so that 2xx is (200, 299)."""

    statuses: tuple[tuple[int, int], ...] = ((200, 299),)
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    json: tuple[JsonEquals, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def needs_body(self) -> bool:
        """Whether the body must be read to judge."""
        return bool(self.contains or self.not_contains or self.json)


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """An HTTP request.

    `url` carries no credentials and no fragment; `headers` may hold secrets and print as ``***``.
    """

    url: str
    host: str
    port: int
    method: str = "GET"
    headers: tuple[tuple[str, Secret], ...] = ()
    body: Secret | None = None
    auth: BasicAuth | BearerAuth | None = None
    redirects_max: int = 5
    """Hops that are followed; 0 means that a redirect is itself the answer."""
    environment_proxy: bool = False
    """Whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the daemon's environment are honoured."""
    tls: Tls = field(default_factory=Tls)
    expect: HttpExpectation = field(default_factory=HttpExpectation)
    hidden: tuple[Secret, ...] = ()
    """What else is secret: parts of the URL and of what is expected, which a target may echo."""

    @property
    def is_tls(self) -> bool:
        """Whether the first hop is encrypted."""
        return self.url.startswith("https:")


@dataclass(frozen=True, slots=True)
class TcpCheck:
    """A TCP connection: connect, then TLS where `tls` is set, then send, then wait until what came contains
    `expect`.
    """

    host: str
    port: int
    tls: Tls | None = None
    send: Secret | None = None
    expect: str | None = None
    hidden: tuple[Secret, ...] = ()
    """What else is secret: what is expected, where it is."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is probed: a name, a check, and how often.

    `slug` is its identity in the ledger and in addresses: an endpoint that changes its URL, interval or target
    keeps its history as long as it keeps its slug.
    """

    name: str
    slug: str
    check: HttpCheck | TcpCheck
    interval_ms: int
    timeout_ms: int
    family: Family = Family.ANY
    group: str = ""
    description: str = ""
    is_public: bool = True
    latency_limit_ms: int | None = None
    """Above it an observation is `slow`, which is up."""
    certificate_days: int = 14
    """Fewer days left than this are a warning, which is up; 0 turns the warning off."""
    has_tripwire: bool = False
    """Whether a connection is held open between attempts, whose end triggers one at once."""
    terms: Terms | None = None
    quorum: int | None = None
    """So many locations must find it down; None for a majority of those that can tell."""
    versions: tuple[Terms, ...] = ()
    """All that was promised, in the order of dates, of which `terms` are the last: see `Coverage.terms`."""

    def is_asked_like(self, other: Endpoint) -> bool:
        """Whether an attempt at either says the same: they differ at most in how they are shown, what is promised, and
        whether there is a tripwire.

        >>> asked = Endpoint("Web", "web", TcpCheck("example.com", 443), interval_ms=1_000, timeout_ms=500)
        >>> asked.is_asked_like(replace(asked, group="Shop")), asked.is_asked_like(replace(asked, interval_ms=2_000))
        (True, False)
        """
        if self == other:
            return True
        shown = replace(
            self,
            name=other.name,
            group=other.group,
            description=other.description,
            is_public=other.is_public,
            has_tripwire=other.has_tripwire,
            terms=other.terms,
            quorum=other.quorum,
            versions=other.versions,
        )
        return shown == other
