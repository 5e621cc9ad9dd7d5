"""What is said of all services together: headline, answers, groups. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from uptally.model.settings import PageSettings
from uptally.model.statement import Standing, Statement, Verdict
from uptally.model.timeline import Outage
from uptally.page import svg
from uptally.page.days import Calendar
from uptally.page.views import Service, Taken, month_statement, service_of, state_kind, taken_at
from uptally.page.words import (
    Moment,
    day_text,
    duration,
    minute_moment,
    month_name,
    plain,
    running,
    seconds_used,
)
from uptally.units.ratio import floor_percent
from uptally.units.time import day_of, month_of, previous_month

OPEN_MAX = 20
"""With more services than this, groups without trouble start closed."""
NOTES_MAX = 5
"""So many days that were not clean are listed in a row; the endpoint's own page lists all."""
NAMED_MAX = 3
"""So many services are named in an answer; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The state of everything in plain words, in parts, since a name must not run into the text around it."""

    before: str
    name: str
    after: str
    since: Moment | None = None
    lasted: str = ""

    @property
    def text(self) -> str:
        """The words alone, as the document's title says them."""
        return " ".join(part for part in (self.before, self.name, self.after) if part)


@dataclass(frozen=True, slots=True)
class Named:
    """A service that an answer names, with what is said of it."""

    name: str
    slug: str
    said: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the answers below the headline: the question, the answer, and who is meant."""

    question: str
    answer: str
    slug: str = ""
    """Set where the answer is a service's name."""
    said: str = ""
    moment: Moment | None = None
    named: tuple[Named, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Services under one heading; `name` is empty where nothing is grouped."""

    name: str
    summary: str
    is_open: bool
    axis: Markup
    services: Iterator[Service]
    """Each made when its row is filled in, once: all at a time, ten thousand would take 12 MB."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the overview shows."""

    title: str
    description: str
    headline: Headline
    tally: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    groups: tuple[Group, ...]
    month: str
    first_day: str
    has_promised: bool
    has_unpromised: bool
    coverage: str
    taken: Taken
    config: Moment | None
    """When the configuration in force came, where a newer one was refused."""


def overview_of(
    standings: Sequence[Standing], settings: PageSettings, *, now_ms: int, config_ms: int | None = None
) -> Overview:
    """Return the overview of the public services among some standings, in the order given.

    `config_ms` is when the configuration in force came, where a newer one was refused.
    """
    shown = [each for each in standings if each.endpoint.is_public]
    calendar = Calendar(settings.zone)
    as_of_ms = max((each.as_of_ms for each in shown), default=now_ms)
    month = month_of(as_of_ms, settings.zone)
    return Overview(
        title=plain(settings.title),
        description=plain(settings.description),
        headline=headline_of(shown, calendar),
        tally=_tally(shown),
        answers=tuple(
            each
            for each in (
                _down_now(shown, calendar, month),
                *(_promises(shown, each) for each in (month, previous_month(month))),
            )
            if each is not None
        ),
        groups=_groups(shown, calendar, month),
        month=month_name(month),
        first_day=day_text(day_of(shown[0].days[0].window.start_ms, settings.zone)) if shown and shown[0].days else "",
        has_promised=any(each.endpoint.terms is not None for each in shown),
        has_unpromised=any(each.endpoint.terms is None for each in shown),
        coverage=_coverage(shown, month),
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=settings.zone),
        config=None if config_ms is None else minute_moment(config_ms, settings.zone, seen_ms=now_ms),
    )


def headline_of(standings: Sequence[Standing], calendar: Calendar) -> Headline:
    """Return the worst state of all in plain words: down comes before not known, and that before up."""
    down = [each for each in standings if state_kind(each) == "down"]
    unknown = [each for each in standings if state_kind(each) == "nil"]
    total = len(standings)
    if not total:
        return Headline("", "", "No services are shown here")
    if len(down) == 1:
        return _named_headline("", down[0], "is down", calendar)
    if down:
        return Headline("", "", f"{len(down)} of {total} services are down")
    if all(each.state is None for each in standings):
        return Headline("", "", "Nothing has been observed yet")
    if len(unknown) == 1:
        return Headline("The state of", plain(unknown[0].endpoint.name), "is not known")
    if unknown:
        which = f"all {total}" if len(unknown) == total else f"{len(unknown)} of {total}"
        return Headline("", "", f"The state of {which} services is not known")
    if total == 1:
        return Headline("", plain(standings[0].endpoint.name), "is up")
    return Headline("", "", f"All {total} services are up")


def _named_headline(before: str, standing: Standing, after: str, calendar: Calendar) -> Headline:
    name, since_ms = plain(standing.endpoint.name), standing.since_ms
    if since_ms is None:
        return Headline(before, name, after)
    since = minute_moment(since_ms, calendar.zone, seen_ms=standing.as_of_ms)
    return Headline(before, name, after, since, running(max(0, standing.as_of_ms - since_ms)))


def _tally(standings: Sequence[Standing]) -> tuple[tuple[str, str], ...]:
    kinds = [state_kind(each) for each in standings]
    words = {"down": "down", "nil": "not known", "up": "up"}
    return tuple((kind, f"{kinds.count(kind)} {word}") for kind, word in words.items() if kind in kinds)


def _groups(standings: Sequence[Standing], calendar: Calendar, month: str) -> tuple[Group, ...]:
    """The services by group, in the order in which groups first appear; those without a group come last."""
    by_group: dict[str, list[Standing]] = {}
    for standing in standings:
        by_group.setdefault(plain(standing.endpoint.group), []).append(standing)
    ungrouped = by_group.pop("", [])
    named = list(by_group.items())
    if ungrouped:
        named.append(("Other services" if named else "", ungrouped))
    return tuple(
        Group(
            name=name,
            summary=_up_of(members),
            is_open=len(standings) <= OPEN_MAX or not name or any(state_kind(each) != "up" for each in members),
            axis=svg.axis([calendar.day(day.window.start_ms) for day in members[0].days]),
            services=_services(members, calendar, month),
        )
        for name, members in named
    )


def _services(members: Sequence[Standing], calendar: Calendar, month: str) -> Iterator[Service]:
    return (service_of(each, calendar, month) for each in members)


def _up_of(members: Sequence[Standing]) -> str:
    up = sum(state_kind(each) == "up" for each in members)
    if up < len(members):
        return f"{up} of {len(members)} up"
    return "up" if up == 1 else f"all {up} up"


def _down_now(standings: Sequence[Standing], calendar: Calendar, month: str) -> Answer | None:
    down = [each for each in standings if state_kind(each) == "down"]
    if not standings or all(each.state is None for each in standings):
        return None
    if not down:
        is_blind = any(state_kind(each) == "nil" for each in standings)
        return _last_outage(standings, calendar, "Nothing that we can see" if is_blind else "Nothing")
    answer = plain(down[0].endpoint.name) if len(down) == 1 else f"{len(down)} services"
    spent = _budget_end(down, calendar, month)
    named = () if len(down) == 1 else _named(down, lambda each: "")
    more = max(0, len(down) - NAMED_MAX) if named else 0
    slug = down[0].endpoint.slug if len(down) == 1 else ""
    return Answer("Down now", answer, slug, said=spent[0], moment=spent[1], named=named, more=more)


def _budget_end(down: Sequence[Standing], calendar: Calendar, month: str) -> tuple[str, Moment | None]:
    """When the first budget among services that are down will be gone if they stay down, or that one already is."""
    ends: list[tuple[int, Standing]] = []
    for standing in down:
        statement = month_statement(standing, month)
        if statement is not None and statement.budget is not None:
            if statement.budget.left_ms < 0 and len(down) == 1:
                over = seconds_used(-statement.budget.left_ms)
                return f"{month_name(month)}’s budget is overdrawn by {over}.", None
            end_ms = standing.as_of_ms + statement.budget.left_ms
            if statement.budget.left_ms >= 0 and end_ms < statement.availability.window.end_ms:
                ends.append((end_ms, standing))
    if not ends:
        return "", None
    end_ms, standing = min(ends, key=lambda pair: pair[0])
    which = "the budget" if len(down) == 1 else "the next of their budgets"
    said = f"If it stays so, {which} for {month_name(month)} is spent at"
    return said, minute_moment(end_ms, calendar.zone, seen_ms=standing.as_of_ms)


def _last_outage(standings: Sequence[Standing], calendar: Calendar, answer: str) -> Answer:
    latest: tuple[Outage, Standing] | None = None
    for standing in standings:
        if standing.outages and (latest is None or standing.outages[0].start_ms > latest[0].start_ms):
            latest = (standing.outages[0], standing)
    if latest is None:
        return Answer("Down now", answer, said="No outage seen.")
    outage, standing = latest
    began = minute_moment(outage.start_ms, calendar.zone, seen_ms=standing.as_of_ms)
    length = duration(outage.down_ms) if outage.end_latest_ms is not None else f"at least {duration(outage.down_ms)}"
    said = f"was the last, for {length} from {began.text}"
    return Answer("Down now", answer, named=(Named(plain(standing.endpoint.name), standing.endpoint.slug, said),))


def _promises(standings: Sequence[Standing], month: str) -> Answer | None:
    """How many promises of a month were kept; None where none was judged."""
    judged: list[tuple[Standing, Statement]] = []
    for standing in standings:
        statement = month_statement(standing, month)
        if statement is not None and statement.verdict is not None:
            judged.append((standing, statement))
    if not judged:
        return None
    is_over = judged[0][1].is_over
    kept = sum(statement.verdict is Verdict.MET for _, statement in judged)
    broken = [standing for standing, statement in judged if statement.verdict is Verdict.MISSED]
    open_ = [standing for standing, statement in judged if statement.verdict is Verdict.UNDETERMINED]
    missed = {each.endpoint.slug for each in broken}
    # None kept sounds like all broken.
    told = f"{kept} of {len(judged)} kept" if kept or broken else f"{len(open_)} of {len(judged)} undetermined"
    return Answer(
        f"Promised, {month_name(month)}",
        f"{told}{'' if is_over else ' so far'}",
        named=_named([*broken, *open_], lambda each: "missed" if each.endpoint.slug in missed else "undetermined"),
        more=max(0, len(broken) + len(open_) - NAMED_MAX),
    )


def _named(standings: Sequence[Standing], said: Callable[[Standing], str]) -> tuple[Named, ...]:
    return tuple(Named(plain(each.endpoint.name), each.endpoint.slug, said(each)) for each in standings[:NAMED_MAX])


def _coverage(standings: Sequence[Standing], month: str) -> str:
    """The share of the month so far, over all services, for which the state is known; empty if none."""
    sums = [each.availability for each in (month_statement(one, month) for one in standings) if each is not None]
    known_ms, agreed_ms = sum(each.known_ms for each in sums), sum(each.agreed_service_ms for each in sums)
    return floor_percent(Fraction(known_ms, agreed_ms), digits=2) if agreed_ms else ""
