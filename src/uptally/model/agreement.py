"""What a customer signed: parties, services, terms, dates, duties."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from uptally.model.terms import Composite, Terms


@dataclass(frozen=True, slots=True)
class Service:
    """What is promised to a customer: one endpoint, or several combined.

    `components` are slugs of endpoints; `composite` is how several make one, None for a single one. A service is told
    from endpoints by its slug, which none of them has unless the service is just that endpoint.
    """

    name: str
    slug: str
    components: tuple[str, ...]
    composite: Composite | None = None
    description: str = ""
    place: str = ""
    is_public: bool = True
    group: str = ""
    terms: tuple[Terms, ...] = ()
    """What is promised to everyone, by date: see `Coverage.terms`."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who signed: a name, and who is to be asked. Never on the public page."""

    name: str
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """A service under an agreement.

    `terms` are the rules in the order of their dates, each with the `contract` window in which it is in force, so that
    a renegotiated SLA applies from its date and the past keeps the old one. `place` is where the customer uses it.
    """

    service: str
    terms: tuple[Terms, ...]
    place: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved an agreement, and when. Without it the agreement is a draft and earns no credit."""

    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Duty:
    """What one of the parties has to do, by when, and what shows that it was done."""

    party: str
    text: str
    due: date | None = None
    done: date | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Whom to turn to after a time without a solution."""

    after_ms: int
    contact: str


@dataclass(frozen=True, slots=True)
class Audit:
    """How data is collected and checked, by whom and how often."""

    what: str
    by: str
    every_days: int
    last: date | None = None


class Booking(Enum):
    """How a verdict that is undetermined is booked: not before a person decides, as counted, with or without credit."""

    ASK = "ask"
    COUNTED = "counted"
    CREDIT = "credit"
    NO_CREDIT = "no_credit"


class AgreementKind(Enum):
    """Whom an agreement is for: a customer (SLA), or those on whom the provider's own services rest (OLA)."""

    SLA = "sla"
    OLA = "ola"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Terms that a customer signed, with parties, services, dates and approval.

    `start` and `end` are the first and the last local day, in the zone of the terms; they already cut the `contract`
    windows of the coverage's terms. `backs` are services that rest on an operational agreement. `change_notice_ms` is
    how long before a planned change it must be announced.
    """

    name: str
    slug: str
    customer: Party
    provider: Party
    coverage: tuple[Coverage, ...]
    kind: AgreementKind = AgreementKind.SLA
    reference: str = ""
    overview: str = ""
    start: date | None = None
    end: date | None = None
    renewal: date | None = None
    review: date | None = None
    approved: Approval | None = None
    undetermined: Booking = Booking.ASK
    one_credit_per_event: bool = False
    change_notice_ms: int | None = None
    backs: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    escalation: tuple[Escalation, ...] = ()
    audits: tuple[Audit, ...] = ()
    glossary: tuple[tuple[str, str], ...] = ()
    references: tuple[str, ...] = ()
    has_page: bool = False
    """Whether the customer is shown it, on a page under an address that nobody can guess."""

    @property
    def is_draft(self) -> bool:
        """Whether nobody approved it: it earns no credit."""
        return self.approved is None
