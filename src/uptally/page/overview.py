"""What is said of all services together: headline, answers, groups. Pure; knows no template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from markupsafe import Markup

from uptally.model.credit_note import CreditNotes
from uptally.model.settings import PageSettings
from uptally.model.statement import Standing
from uptally.page import svg
from uptally.page.answers import NO_NOTES, Answer, Notes, answers_of
from uptally.page.days import Calendar
from uptally.page.language import _, grouped, ngettext
from uptally.page.promises import target_of, with_promises
from uptally.page.views import Service, Taken, month_statement, service_of, state_kind, taken_at, upkeep_of
from uptally.page.words import (
    Moment,
    day_text,
    minute_moment,
    month_name,
    plain,
    running,
)
from uptally.units.ratio import floor_percent
from uptally.units.time import day_of, month_of

OPEN_MAX = 20
"""With more services than this, groups without trouble start closed."""
NOTES_MAX = 5
"""So many days that were not clean are listed in a row; the endpoint's own page lists all."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The state of everything in plain words, in which ``{service}`` stands for a name, that must not run into the text
    around it.
    """

    words: str
    service: str = ""
    since: Moment | None = None
    lasted: str = ""

    @property
    def text(self) -> str:
        """The words alone, as the document's title says them."""
        return self.words.format(service=self.service)


class Row(NamedTuple):
    """A service's row in a group: all that it is made of, and what makes it."""

    slug: str
    made_of: tuple[object, ...]
    service: Callable[[], Service]
    """Called when the row is filled in: all at a time, ten thousand services would take 12 MB."""


@dataclass(frozen=True, slots=True)
class Group:
    """Services under one heading; `name` is empty where nothing is grouped."""

    name: str
    summary: str
    is_open: bool
    axis: Markup
    rows: tuple[Row, ...]


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
    standings: Sequence[Standing],
    settings: PageSettings,
    *,
    now_ms: int,
    config_ms: int | None = None,
    notes: Notes = NO_NOTES,
    calendar: Calendar | None = None,
) -> Overview:
    """Return the overview of the public services among some standings, in the order given.

    `config_ms` is when the configuration in force came, where a newer one was refused. `notes` are the credit notes of
    services, by slug. `calendar` is that of the page's zone, with the
    maintenance that was announced.
    """
    shown = [each for each in standings if each.endpoint.is_public]
    calendar = calendar or Calendar(settings.zone)
    as_of_ms = max((each.as_of_ms for each in shown), default=now_ms)
    month = month_of(as_of_ms, settings.zone)
    targets = [target_of(each.endpoint, notes.get(each.endpoint.slug)) for each in shown]
    return Overview(
        title=plain(settings.title),
        description=plain(settings.description),
        headline=headline_of(shown, calendar),
        tally=_tally(shown),
        answers=answers_of(shown, calendar, month, notes, now_ms=now_ms),
        groups=_groups(shown, calendar, month, notes),
        month=month_name(month),
        first_day=day_text(day_of(shown[0].days[0].window.start_ms, settings.zone)) if shown and shown[0].days else "",
        has_promised=any(target is not None for target in targets),
        has_unpromised=any(target is None for target in targets),
        coverage=coverage_of(shown, month),
        taken=taken_at(now_ms, refresh_ms=settings.refresh_ms, zone=settings.zone),
        config=None if config_ms is None else minute_moment(config_ms, settings.zone, seen_ms=now_ms),
    )


def headline_of(standings: Sequence[Standing], calendar: Calendar) -> Headline:
    """Return the worst state of all in plain words: down comes before not known, and that before up."""
    down = [each for each in standings if state_kind(each) == "down"]
    unknown = [each for each in standings if state_kind(each) == "nil"]
    total = len(standings)
    if not total:
        return Headline(_("No services are shown here"))
    if len(down) == 1:
        return _down_headline(down[0], calendar)
    if down:
        return Headline(
            ngettext(
                "{count} of {number} service is down",
                "{count} of {number} services are down",
                total,
                count=grouped(len(down)),
            )
        )
    if all(each.state is None for each in standings):
        return Headline(_("Nothing has been observed yet"))
    if len(unknown) == 1:
        return Headline(_("The state of {service} is not known"), plain(unknown[0].endpoint.name))
    if len(unknown) == total:
        return Headline(
            ngettext(
                "The state of all {number} service is not known",
                "The state of all {number} services is not known",
                total,
            )
        )
    if unknown:
        return Headline(
            ngettext(
                "The state of {count} of {number} service is not known",
                "The state of {count} of {number} services is not known",
                total,
                count=grouped(len(unknown)),
            )
        )
    if total == 1:
        return Headline(_("{service} is up"), plain(standings[0].endpoint.name))
    return Headline(ngettext("All {number} service is up", "All {number} services are up", total))


def _down_headline(standing: Standing, calendar: Calendar) -> Headline:
    words, name, since_ms = _("{service} is down"), plain(standing.endpoint.name), standing.since_ms
    if since_ms is None:
        return Headline(words, name)
    since = minute_moment(since_ms, calendar.zone, seen_ms=standing.as_of_ms)
    return Headline(words, name, since, running(max(0, standing.as_of_ms - since_ms)))


def _tally(standings: Sequence[Standing]) -> tuple[tuple[str, str], ...]:
    kinds = Counter(map(state_kind, standings))
    down, unknown, up = kinds["down"], kinds["nil"], kinds["up"]
    words = (
        ("down", ngettext("{number} down", "{number} down", down)),
        ("nil", ngettext("{number} not known", "{number} not known", unknown)),
        ("up", ngettext("{number} up", "{number} up", up)),
    )
    return tuple((kind, said) for kind, said in words if kinds[kind])


def _groups(standings: Sequence[Standing], calendar: Calendar, month: str, notes: Notes) -> tuple[Group, ...]:
    """The services by group, in the order in which groups first appear; those without a group come last."""
    by_group: dict[str, list[Standing]] = {}
    for standing in standings:
        by_group.setdefault(plain(standing.endpoint.group), []).append(standing)
    ungrouped = by_group.pop("", [])
    named = list(by_group.items())
    if ungrouped:
        named.append((_("Other services") if named else "", ungrouped))
    return tuple(
        Group(
            name=name,
            summary=_up_of(members),
            is_open=len(standings) <= OPEN_MAX or not name or any(state_kind(each) != "up" for each in members),
            axis=svg.axis(calendar.days(members[0].days)),
            rows=tuple(row_of(each, calendar, month, notes.get(each.endpoint.slug)) for each in members),
        )
        for name, members in named
    )


def row_of(standing: Standing, calendar: Calendar, month: str, found: CreditNotes | None) -> Row:
    """Return a service's row, with its credit notes if it has any; `month` is the one in progress."""
    made_of = (standing, found, upkeep_of(standing, calendar), month)
    return Row(standing.endpoint.slug, made_of, partial(_service, standing, calendar, month, found))


def _service(standing: Standing, calendar: Calendar, month: str, found: CreditNotes | None) -> Service:
    service = service_of(standing, calendar, month, target_of(standing.endpoint, found))
    return with_promises(service, found, now_ms=standing.as_of_ms, zone=calendar.zone)


def _up_of(members: Sequence[Standing]) -> str:
    up = sum(state_kind(each) == "up" for each in members)
    if up < len(members):
        return ngettext("{count} of {number} up", "{count} of {number} up", len(members), count=grouped(up))
    return ngettext("up", "all {number} up", up)


def coverage_of(standings: Sequence[Standing], month: str) -> str:
    """Return the share of a month so far, over all services, for which the state is known; empty if none."""
    sums = [each.availability for each in (month_statement(one, month) for one in standings) if each is not None]
    known_ms, agreed_ms = sum(each.known_ms for each in sums), sum(each.agreed_service_ms for each in sums)
    return floor_percent(Fraction(known_ms, agreed_ms), digits=2) if agreed_ms else ""
