"""The keys of terms: what each holds, and what it means. What several keys mean together is decided beside."""

from __future__ import annotations

from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from uptally.config import values
from uptally.config.agreement.keys import Amount, Day
from uptally.config.contract import readers
from uptally.config.contract.objective_keys import Objective
from uptally.config.contract.spelling import DURATION_TEXT, PERCENT_TEXT, TEXTS, Given, Percent, Span
from uptally.config.shape import TEXT, Name, Shape, Zone, key, pattern, unset, words
from uptally.model.credit import Combine
from uptally.model.downtime import Counted, Empty, RequestMode
from uptally.model.fee import Proration
from uptally.model.terms import Confidence, Edges, Hours, OpenPeriod, PartialPeriod, Period, StartsAt, Unknown
from uptally.model.terms import Denominator as Divisor
from uptally.units.money import Rounding

_BUSINESS_TEXT = r"\d{1,4} business days?"
_KIND = r"^[a-z][a-z0-9_]{0,62}$"

Target = Annotated[Fraction, PlainValidator(readers.promise), pattern(f"^{PERCENT_TEXT}$")]
Limit = Annotated[Fraction | int, PlainValidator(readers.limit), pattern(f"^{PERCENT_TEXT}$|^{DURATION_TEXT}$")]
Notice = Annotated[readers.Days, PlainValidator(readers.notice), pattern(f"^{DURATION_TEXT}$|^{_BUSINESS_TEXT}$")]
ClaimDays = Annotated[readers.Days, PlainValidator(readers.claim_days), pattern(rf"^\d+d$|^{_BUSINESS_TEXT}$")]
Multiple = Annotated[Fraction, PlainValidator(readers.multiple), WithJsonSchema({"type": "number", "minimum": 0})]
Dates = Annotated[frozenset[date], PlainValidator(readers.days), TEXTS]
Weekdays = Annotated[frozenset[int], PlainValidator(readers.weekdays), TEXT]
WeekHours = Annotated[tuple[Hours, ...], PlainValidator(readers.hours), TEXTS]
PeriodWords = Annotated[
    Period,
    PlainValidator(readers.period),
    pattern(r"^calendar_(month|quarter|year)$|^custom$|^rolling \d+d$|^billing_cycle \d+$"),
]
Denominator = Annotated[
    Divisor, PlainValidator(readers.denominator), pattern(f"^(actual|nominal_days)$|^{DURATION_TEXT}$")
]


def _words(kind: type[Enum]) -> WithJsonSchema:
    return words(*(member.value for member in kind))


Joined = Annotated[Combine, PlainValidator(readers.word(Combine)), _words(Combine)]
Counting = Annotated[Counted, PlainValidator(readers.word(Counted)), _words(Counted)]
Mode = Annotated[RequestMode, PlainValidator(readers.word(RequestMode)), _words(RequestMode)]
Idle = Annotated[Empty, PlainValidator(readers.word(Empty)), _words(Empty)]
Round = Annotated[Rounding, PlainValidator(readers.word(Rounding)), _words(Rounding)]
Share = Annotated[Proration, PlainValidator(readers.word(Proration)), _words(Proration)]
Gaps = Annotated[Unknown, PlainValidator(readers.word(Unknown)), _words(Unknown)]
Partial = Annotated[PartialPeriod, PlainValidator(readers.word(PartialPeriod)), _words(PartialPeriod)]
Running = Annotated[OpenPeriod, PlainValidator(readers.word(OpenPeriod)), _words(OpenPeriod)]
Start = Annotated[StartsAt, PlainValidator(readers.word(StartsAt)), _words(StartsAt)]
Ends = Annotated[Edges, PlainValidator(readers.word(Edges)), _words(Edges)]
Certainty = Annotated[Confidence, PlainValidator(readers.word(Confidence)), _words(Confidence)]
Scope = Annotated[str, PlainValidator(values.choice(("counted", "incident"))), words("counted", "incident")]
Extent = Annotated[str, PlainValidator(values.choice(("any", "all"))), words("any", "all")]
Effect = Annotated[str, PlainValidator(values.choice(("leave_out", "as_up"))), words("leave_out", "as_up")]
Impact = Annotated[str, PlainValidator(values.choice(("ignore", "proportional"))), words("ignore", "proportional")]
Service = Annotated[str, PlainValidator(values.choice(("not_applicable", "as_100"))), words("not_applicable", "as_100")]
Kind = Annotated[str, PlainValidator(readers.kind), pattern(_KIND)]


def _instant(value: object) -> object:
    if isinstance(value, str) and value != "instant":
        raise values.Fault("expected 'instant', or keys such as {run: 5m}")
    return None if value == "instant" else value


class Credit(Shape):
    """What a miss is worth: a tier, an award for each block or step, a share, or days."""

    credit: Given | None = unset("What is given: a share of the fee such as 10%, or days of it such as 1d.")
    below: Limit | None = unset("Only where the availability, or the downtime, is below this.")
    at_most: Limit | None = unset("Only where it is at most this.")
    above: Limit | None = unset("Only where it is above this.")
    at_least: Limit | None = unset("Only where it is at least this.")
    each: Limit | None = unset("Given for each block of downtime (30m), or each step below the target (0.1%).")
    started: bool = key(False, "Whether a block or step counts that has only begun.")
    beyond_budget: bool = key(False, "Whether only the downtime counts that the target does not allow.")
    outages_of: Span | None = unset("Blocks are counted in each outage on its own that lasts at least so long.")
    prorata: Multiple | None = unset("So many times the share of the fee that was down.")
    per_day: bool = key(False, "Whether it is given for each local day whose downtime is above a limit.")
    consecutive: bool = key(False, "Whether the longest piece of a day's downtime is held against the limit.")
    only_if_missed: bool = key(False, "Whether nothing is given while the target is met.")


class ServiceWindow(Shape):
    """When a promise holds, and what was promised for then."""

    name: Name = Field(description="What statements call it.")
    hours: WeekHours | None = unset("Hours of the week, such as mon-fri 08:00-18:00; without them, always.")
    closed: Dates | None = unset("Dates, such as holidays, on which no hours begin.")
    other_than: Name | None = unset("All time that is not in another window, by its name.", alias="except")
    target: Target | None = unset("The availability that was promised; without it, that of the terms.")
    credits: list[Credit] | None = unset("What a miss is worth; without them, those of the terms.")
    combine: Joined | None = unset("Whether the largest of the credits counts (max), or all of them (sum).")
    cap: Percent | None = unset("The most that the window's credits come to.")


class Downtime(Shape):
    """What counts as downtime: every moment, or runs, buckets of time, or errors of requests."""

    run: Span | None = unset("Only uninterrupted downtime of at least this length counts.")
    longer_than: Span | None = unset("Only uninterrupted downtime of more than this length counts.")
    scope: Scope = key("counted", "Whether a run is measured as windows and exclusions cut it, or as the incident was.")
    count: Counting = key("whole", "What counts of such a run: all, what exceeds the length, or its whole minutes.")
    bucket: Span | None = unset("The period is cut in buckets of this length, each of which is down as a whole.")
    down_when: Extent = key("any", "Whether a bucket is down when any of it is, or all.")
    requests: Span | None = unset("Errors of requests are counted in intervals of this length.")
    mode: Mode = key("average", "The mean of error rates, all errors over all requests, or intervals over a threshold.")
    empty: Idle = key("ok", "What an interval without requests is, in the mean.")
    errors_above: Percent | None = unset("An interval is down above this error rate.")
    errors_at_least: Percent | None = unset("An interval is down from this error rate on.")
    least_requests: int = key(1, "Fewer requests make no interval down.", ge=1, le=10**9)
    least_run: int = key(1, "Fewer intervals in a row are not down.", ge=1, le=10**6)


class Exclusion(Shape):
    """A kind of exclusion that the contract knows, by its name."""

    notice: Notice | None = unset("How long before it begins it must be announced: 48h, or 5 business days.")
    only: WeekHours | None = unset("The hours of the week that it may take, such as sun 02:00-06:00.")
    at_most: Span | None = unset("The most that it excludes of a window in a period.")


class FeeChange(Shape):
    """Another amount, from a date on."""

    since: Day = Field(description="The first day; it holds for periods that begin then or later.", alias="from")
    amount: Amount = Field(description="What a period costs from then on.")


class Fee(Shape):
    """What a period costs, and how shares of it are rounded."""

    amount: Amount = Field(description="What a period costs, such as 1000.00 EUR, net of tax.")
    decimals: int | None = unset("To how many decimals a credit is rounded; else those of the currency.", ge=0, le=6)
    rounding: Round = key("half_even", "How a credit is rounded.")
    proration: Share = key("none", "What the fee is in a period of which only a part lies in the contract.")
    day_basis: int | None = unset("How many days a fee is for; without it, the days of the period.", ge=1, le=3660)
    tax: Percent = key("0%", "The rate of tax that is added to a net amount.")
    changes: list[FeeChange] = unset("Other amounts from later dates on, in the order of dates.")


class LeastCredit(Shape):
    """A credit is issued only from some amount on."""

    at_least: Amount | None = unset("Only a credit of at least this is issued.")
    above: Amount | None = unset("Only a credit above this is issued.")


class RatioRounding(Shape):
    """How an availability is rounded before anything is decided by it."""

    decimals: int = Field(description="To how many decimals of a percent.", ge=0, le=12)
    mode: Round = key("half_up", "How.")


class Termination(Shape):
    """What gives a right to terminate: misses, a mean, or a number of outages."""

    misses: int | None = unset("So many periods that missed the target, or were worse than said beside.", ge=1, le=1200)
    of: int | None = unset("Of so many periods, the last; without it, all of them must miss.", ge=1, le=1200)
    below: Percent | None = unset("A miss is an availability below this instead of a missed target.")
    downtime_above: Span | None = unset("A miss is more downtime than this instead of a missed target.")
    mean_below: Percent | None = unset("The mean availability of the last periods is below this.")
    periods: int | None = unset("Over so many periods the mean is taken.", ge=1, le=1200)
    outages: int | None = unset("So many outages that began within a time of each other.", ge=1, le=100_000)
    within: Span = key("30d", "Within which time the outages began.")
    lasting: Span | None = unset("Only outages of at least this length are counted.")


class Sla(Shape):
    """The rules of an SLA. What is not said is what a bare target means."""

    preset: Name | None = unset("Published terms to start from, by name; what is said beside them wins, key by key.")
    target: Target | None = unset("The availability that was promised, such as 99.95%.")
    period: PeriodWords = key("calendar_month", "What a target is measured over.")
    timezone: Zone | None = unset("The IANA time zone of periods, hours and dates; without it, the page's.")
    start: Day | None = unset("The first day on which they hold.", alias="from")
    until: Day | None = unset("The first day on which they no longer hold.")
    hours: WeekHours | None = unset("When the promise holds, such as mon-fri 08:00-18:00; without them, always.")
    closed: Dates | None = unset("Dates, such as holidays, on which no hours begin.")
    windows: list[ServiceWindow] | None = unset("Several times with promises of their own, each judged by itself.")
    downtime: Annotated[
        Downtime | None, BeforeValidator(_instant, json_schema_input_type=Literal["instant"] | Downtime)
    ] = unset("What counts as downtime; without it, every moment of it (instant).")
    unknown: Gaps = key("leave_out", "What time that nobody measured counts as.")
    exclusions: dict[Kind, Exclusion] = unset("The kinds of time that are left out, such as maintenance.")
    excluded: Effect = key("leave_out", "Whether such time leaves the period, or stays in it as up.")
    starts_at: Start = key("outage", "When downtime begins to count: with the outage, or the customer's report.")
    edges: Ends = key("midpoint", "Where outages begin and end between the attempts that saw them.")
    confidence: Certainty = key("95%", "How sure the ends of an availability are.")
    slow_above: Span | None = unset("Above it an answer is downtime; without it, an answer is up however slow it is.")
    impact: Impact = key("ignore", "Whether downtime counts only the share of the users that it affected.")
    denominator: Denominator = key("actual", "What downtime is divided by: actual, nominal_days, or a fixed length.")
    met_at_target: bool = key(True, "Whether the target is met when exactly reached.")
    rounding: RatioRounding | None = unset("How an availability is rounded before anything is decided by it.")
    zero_service: Service = key("not_applicable", "What a period without any time to measure is.")
    partial_period: Partial = key("measure_part", "What becomes of a period that lies only partly in the contract.")
    open_period: Running = key("elapsed", "What is measured of a period in progress.")
    credits: list[Credit] | None = unset("What a miss is worth.")
    combine: Joined = key("max", "Whether the largest of several credits counts (max), or all of them (sum).")
    combine_windows: Joined = key("max", "The same, for the credits of several windows.")
    cap: Percent | None = unset("The most that a period's credits come to.")
    cap_12_months: Percent | None = unset("The most that the credits of twelve months come to, of one period's fee.")
    fee: Annotated[Fee | None, BeforeValidator(readers.table_of("amount"), json_schema_input_type=Amount | Fee)] = (
        unset("What a period costs, such as 1000.00 EUR.")
    )
    least_credit: Annotated[
        LeastCredit | None,
        BeforeValidator(readers.table_of("at_least"), json_schema_input_type=Amount | LeastCredit),
    ] = unset("A credit is issued only from this amount on, such as 1.00 EUR.")
    claim: ClaimDays | None = unset("By when a credit must be claimed, such as 30d; without it, none need be.")
    termination: list[Termination] = unset("What gives a right to terminate.")
    objectives: list[Objective] = unset("What is promised besides availability.")
    business_days: Weekdays = key("mon-fri", "Which days of the week are business days.")
    holidays: Dates | None = unset("Dates that are no business days.")
