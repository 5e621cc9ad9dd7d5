"""The shape of `services`, `agreements` and `maintenance`: which keys there are, what each holds, and what it means."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from uptally.config import values
from uptally.config.agreement import quantities
from uptally.config.agreement.quantities import Combined
from uptally.config.marks import Mark, Table
from uptally.config.shape import DURATION, Name, Promise, Prose, Shape, Slug, Zone, key, pattern, unset, words
from uptally.model.agreement import AgreementKind, Booking
from uptally.model.notice import Impact
from uptally.units.money import Money
from uptally.units.time import DAY_MS, MINUTE_MS


def table_of(key: str, text: str) -> Table:
    """Return a table of one key, for which the file may write its value alone."""
    table = Table(Mark(0, 0))
    table[key] = text
    return table


def _party(value: object) -> object:
    return table_of("name", value) if isinstance(value, str) else value


def _as_it_is(value: object) -> object:
    return value


_COMBINE = WithJsonSchema(
    {
        "anyOf": [
            {"enum": ["any_down", "all_down", "pooled"]},
            {
                "type": "object",
                "properties": {
                    "at_least_down": {"type": "integer", "minimum": 1},
                    "weighted": {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
                },
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
            {"type": "string", "pattern": r"^\$\{.+\}$"},
        ]
    }
)
_KINDS = tuple(kind.value for kind in AgreementKind)
_BOOKINGS = tuple(booking.value for booking in Booking)

Day = Annotated[date, PlainValidator(quantities.day), pattern(r"^\d{4}-\d\d-\d\d$")]
Amount = Annotated[Money, PlainValidator(quantities.money), pattern(r"^\d+(\.\d+)?\s?[A-Za-z]{3}$")]
Combine = Annotated[Combined, PlainValidator(quantities.combine), _COMBINE]
Kind = Annotated[str, PlainValidator(values.choice(_KINDS)), words(*_KINDS)]
Undetermined = Annotated[str, PlainValidator(values.choice(_BOOKINGS)), words(*_BOOKINGS)]
Who = Annotated[str, PlainValidator(values.choice(("customer", "provider"))), words("customer", "provider")]
Notice = Annotated[int, PlainValidator(values.duration(MINUTE_MS, 366 * DAY_MS)), DURATION]
After = Annotated[int, PlainValidator(values.duration(MINUTE_MS, 366 * DAY_MS)), DURATION]
Every = Annotated[int, PlainValidator(quantities.days), pattern(r"^\d+d$")]
Text = Annotated[str, PlainValidator(quantities.some_text), WithJsonSchema({"type": "string", "minLength": 1})]


Id = Annotated[str, PlainValidator(quantities.exclusion_id), pattern(r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
ExclusionKind = Annotated[str, PlainValidator(quantities.exclusion_kind), pattern("^[a-z][a-z0-9_]*$")]
Time = Annotated[str, PlainValidator(values.text), pattern(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d")]
"""Taken as text, since what it means depends on the zone beside it."""
Length = Annotated[int, PlainValidator(values.duration(1_000, 366 * DAY_MS)), DURATION]
Rule = Annotated[str, PlainValidator(quantities.rule), pattern("[Ff][Rr][Ee][Qq]=")]


class Service(Shape):
    """What is promised: one endpoint, or several combined."""

    name: Name = Field(description="What people call it.")
    slug: Slug | None = unset("What it is called in addresses and exports; without it, made from the name.")
    endpoints: list[Name] = Field(description="The endpoints that it consists of, by slug or name.")
    combine: Combine = key("any_down", "When it is down: with any of them, with all, with so many, or by weight.")
    description: Prose = key("", "What it is.")
    place: Prose = key("", "Where it is provided.")
    group: Prose = key("", "The heading under which it is listed.")
    public: bool = key(True, "Whether the page shows it.")
    sla: Promise = unset("What is promised of it to everyone: an availability, or terms of `slas` by their name.")


class Party(Shape):
    """One of those who signed."""

    name: Name = Field(description="What it is called.")
    contacts: list[Name] | None = unset("Who is to be asked there.")


class Coverage(Shape):
    """A service under an agreement, with what the agreement says of it alone."""

    service: Name = Field(description="The service or endpoint, by slug or name.")
    sla: Promise = unset("What is promised of it to this customer; without it, what the agreement promises.")
    place: Prose = key("", "Where the customer uses it.")
    description: Prose = key("", "What the customer uses of it.")
    fee: Amount | None = unset("What it costs in a period.")
    fees: dict[Day, Amount] | None = unset("Other fees, each from a day on.")


class Approval(Shape):
    """Who approved the agreement, and when."""

    by: Name = Field(description="Who approved it.")
    on: Day = Field(description="On which day.")


class Duty(Shape):
    """What one of the parties has to do."""

    party: Who = Field(description="Whose duty it is.")
    text: Text = Field(description="What is to be done.")
    due: Day | None = unset("Until which day.")
    done: Day | None = unset("On which day it was done.")
    evidence: Prose = key("", "What shows that it was done.")


class Escalation(Shape):
    """Whom to turn to after a time without a solution."""

    after: After = Field(description="How long after the begin.")
    contact: Name = Field(description="Whom to turn to.")


class Audit(Shape):
    """How data is collected and checked."""

    what: Text = Field(description="What is checked, and how.")
    by: Name = Field(description="Who checks it.")
    every: Every = Field(description="How often, in whole days.")
    last: Day | None = unset("When it was last done.")


class Agreement(Shape):
    """What a customer signed."""

    name: Name = Field(description="What it is called.")
    slug: Slug | None = unset("What it is called in commands and exports; without it, made from the name.")
    kind: Kind = key(
        "sla", "Whether it is for a customer (sla), or for what the provider's own services rest on (ola)."
    )
    extends: Name | None = unset("The agreement that says whatever this one does not, by slug or name.")
    customer: Annotated[Party | None, BeforeValidator(_party, json_schema_input_type=str | Party)] = unset(
        "To whom it is promised."
    )
    provider: Annotated[Party | None, BeforeValidator(_party, json_schema_input_type=str | Party)] = unset(
        "Who promises it."
    )
    reference: Prose = key("", "Its number.")
    overview: Prose = key("", "What it is about.")
    covers: Annotated[object, PlainValidator(_as_it_is, json_schema_input_type=list[Name | Coverage])] = unset(
        "The services that it covers, by slug or name, or as tables."
    )
    """Taken as it is, and read one by one in `coverage`, so that a fault in one hides none in another."""
    backs: list[Name] | None = unset("Of an ola: the services that rest on it, by slug or name.")
    sla: Promise = unset("What is promised of each service that says nothing itself; without it, the service's own.")
    fee: Amount | None = unset("What each service that says nothing itself costs in a period.")
    fees: dict[Day, Amount] | None = unset("Other fees, each from a day on.")
    start: Day | None = unset("The first day on which it holds.")
    end: Day | None = unset("The last day on which it holds.")
    renewal: Day | None = unset("When it is to be renewed.")
    review: Day | None = unset("When it is to be reviewed.")
    approved: Approval | None = unset("Who approved it, and when; without it, it is a draft and earns no credit.")
    undetermined: Undetermined = key("ask", "How a verdict is booked that is undetermined.")
    one_credit_per_event: bool = key(False, "Whether one event earns one credit only, of all services.")
    change_notice: Notice | None = unset("How long before it a planned change must be announced.")
    duties: list[Duty] | None = unset("What the parties have to do.")
    escalation: list[Escalation] | None = unset("Whom to turn to, and after how long.")
    audits: list[Audit] | None = unset("How data is collected and checked.")
    glossary: dict[Name, Text] | None = unset("What its words mean.")
    page: bool = key(False, "Whether it has a page of its own, under an address that nobody can guess.")
    references: list[Text] | None = unset("Other documents that belong to it.")


class IncidentFile(Shape):
    """What stands before the updates of a Markdown file that tells of an incident."""

    title: Name = Field(description="What it is called.")
    services: list[Name] | None = unset("The services that it concerns, by slug or name; without it, all.")
    impact: Annotated[Impact, PlainValidator(quantities.impact)] = key("minor", "How bad it is.")
    started: Time | None = unset("When it began; without it, when the first update was written.")


class Maintenance(Shape):
    """Time that the terms may leave out, once or again and again."""

    id: Id = Field(description="What it is called in statements.")
    services: list[Name] | None = unset("The services that it concerns, by slug or name; without it, all.")
    kind: ExclusionKind = key("maintenance", "Which kind of exclusion it is, as the terms call it.")
    timezone: Zone | None = unset("The time zone of its times; without it, the page's.")
    start: Time = Field(description="When it begins, or begins the first time.")
    end: Time | None = unset("When it ends; or else `duration`.")
    duration: Length | None = unset("How long it lasts, to the millisecond, also across a clock change.")
    repeat: Rule | None = unset("When it comes again: a rule of RFC 5545.")
    why: Prose = key("", "What it is for, for the record.")
    text: Prose = key("", "What the public page says of it.")
    announced: Time | None = unset("When it was announced, if that was before it stood in this file.")
    evidence: Prose = key("", "What shows that it was announced then.")
