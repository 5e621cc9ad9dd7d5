"""The answers below the headline: what is down, how many promises were kept, what is owed. Pure; knows no template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from uptally.model.credit_note import CreditNote, CreditNotes
from uptally.model.endpoint import Endpoint
from uptally.model.statement import Standing
from uptally.model.timeline import Outage
from uptally.model.verdict import Verdict
from uptally.page.days import Calendar
from uptally.page.judged import end_of_day, verdict_word
from uptally.page.language import N_, _, grouped, ngettext, percent
from uptally.page.promises import newest_ended, verdict_of_month
from uptally.page.views import month_statement, state_kind
from uptally.page.words import Moment, duration, minute_moment, month_name, plain, seconds_used
from uptally.rules.figures import shown_share
from uptally.units.time import previous_month

NAMED_MAX = 3
"""So many services are named in an answer; the rest are counted."""

Notes = Mapping[str, CreditNotes]
"""Credit notes of services, by slug."""

NO_NOTES: Notes = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Named:
    """A service that an answer names, with what is said of it, in which ``{service}`` stands for its name."""

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
    """In which ``{moment}`` stands for the moment, if there is one."""
    moment: Moment | None = None
    named: tuple[Named, ...] = ()
    more: int = 0


def answers_of(
    standings: Sequence[Standing], calendar: Calendar, month: str, notes: Notes, *, now_ms: int
) -> tuple[Answer, ...]:
    """Return the answers; `month` is the one in progress."""
    found = (
        _down_now(standings, calendar, month),
        _promises(standings, month, notes, is_over=False),
        _promises(standings, previous_month(month), notes, is_over=True),
        _owed(standings, previous_month(month), notes, now_ms),
    )
    return tuple(each for each in found if each is not None)


def _down_now(standings: Sequence[Standing], calendar: Calendar, month: str) -> Answer | None:
    down = [each for each in standings if state_kind(each) == "down"]
    if not standings or all(each.state is None for each in standings):
        return None
    if not down:
        is_blind = any(state_kind(each) == "nil" for each in standings)
        return _last_outage(standings, calendar, _("Nothing that we can see") if is_blind else _("Nothing"))
    answer = (
        plain(down[0].endpoint.name) if len(down) == 1 else ngettext("{number} service", "{number} services", len(down))
    )
    spent = _budget_end(down, calendar, month)
    named = () if len(down) == 1 else _named(down)
    more = max(0, len(down) - NAMED_MAX) if named else 0
    slug = down[0].endpoint.slug if len(down) == 1 else ""
    return Answer(_("Down now"), answer, slug, said=spent[0], moment=spent[1], named=named, more=more)


def _budget_end(down: Sequence[Standing], calendar: Calendar, month: str) -> tuple[str, Moment | None]:
    """When the first budget among services that are down will be gone if they stay down, or that one already is."""
    ends: list[tuple[int, Standing]] = []
    for standing in down:
        statement = month_statement(standing, month)
        if statement is not None and statement.budget is not None:
            if statement.budget.left_ms < 0 and len(down) == 1:
                over = seconds_used(-statement.budget.left_ms)
                return _("{month}’s budget is overdrawn by {over}.", month=month_name(month), over=over), None
            end_ms = standing.as_of_ms + statement.budget.left_ms
            if statement.budget.left_ms >= 0 and end_ms < statement.availability.window.end_ms:
                ends.append((end_ms, standing))
    if not ends:
        return "", None
    end_ms, standing = min(ends, key=lambda pair: pair[0])
    one = N_("If it stays so, the budget for {month} is spent at {moment}.")
    several = N_("If it stays so, the next of their budgets for {month} is spent at {moment}.")
    said = _(one if len(down) == 1 else several, month=month_name(month), moment="{moment}")
    return said, minute_moment(end_ms, calendar.zone, seen_ms=standing.as_of_ms)


def _last_outage(standings: Sequence[Standing], calendar: Calendar, answer: str) -> Answer:
    latest: tuple[Outage, Standing] | None = None
    for standing in standings:
        if standing.outages and (latest is None or standing.outages[0].start_ms > latest[0].start_ms):
            latest = (standing.outages[0], standing)
    if latest is None:
        return Answer(_("Down now"), answer, said=_("No outage seen."))
    outage, standing = latest
    began = minute_moment(outage.start_ms, calendar.zone, seen_ms=standing.as_of_ms)
    whole, open_ = (
        N_("{service} was the last, for {lasted} from {moment}"),
        N_("{service} was the last, for at least {lasted} from {moment}"),
    )
    words = open_ if outage.end_latest_ms is None else whole
    said = _(words, service="{service}", lasted=duration(outage.down_ms), moment=began.text)
    named = Named(plain(standing.endpoint.name), standing.endpoint.slug, said)
    return Answer(_("Down now"), answer, named=(named,))


def _promises(standings: Sequence[Standing], month: str, notes: Notes, *, is_over: bool) -> Answer | None:
    """How many promises of a month were kept; None where none was judged."""
    judged = list(_judged(standings, month, notes))
    if not judged:
        return None
    kept = sum(verdict is Verdict.MET for _service, verdict in judged)
    broken = [each for each in judged if each[1] is Verdict.MISSED]
    open_ = [each for each in judged if each[1] is Verdict.UNDETERMINED]
    # None kept sounds like all broken.
    if kept or broken:
        answer = _kept(kept, len(judged), is_over=is_over)
    else:
        answer = _undetermined(len(open_), len(judged), is_over=is_over)
    # Who is counted after the names is taken for what the last of them is.
    named, others = (broken, open_) if len(broken) >= NAMED_MAX else ([*broken, *open_], [])
    return Answer(
        _("Promised, {month}", month=month_name(month)),
        answer,
        said=ngettext("{number} undetermined.", "{number} undetermined.", len(others)) if others else "",
        named=tuple(_judged_service(*each) for each in named[:NAMED_MAX]),
        more=max(0, len(named) - NAMED_MAX),
    )


def _kept(kept: int, judged: int, *, is_over: bool) -> str:
    count = grouped(kept)
    if is_over:
        return ngettext("{count} of {number} kept", "{count} of {number} kept", judged, count=count)
    return ngettext("{count} of {number} kept so far", "{count} of {number} kept so far", judged, count=count)


def _undetermined(undetermined: int, judged: int, *, is_over: bool) -> str:
    count = grouped(undetermined)
    if is_over:
        return ngettext("{count} of {number} undetermined", "{count} of {number} undetermined", judged, count=count)
    return ngettext(
        "{count} of {number} undetermined so far", "{count} of {number} undetermined so far", judged, count=count
    )


def _judged(standings: Sequence[Standing], month: str, notes: Notes) -> Iterator[tuple[Endpoint, Verdict]]:
    """Yield the services of which a month was judged, with the verdict: endpoints first."""
    for standing in standings:
        endpoint, statement = standing.endpoint, month_statement(standing, month)
        verdict = None if statement is None else statement.verdict
        if verdict is None and endpoint.slug in notes:
            verdict = verdict_of_month(notes[endpoint.slug].notes, month)
        if verdict is not None:
            yield endpoint, verdict


def _judged_service(endpoint: Endpoint, verdict: Verdict) -> Named:
    said = _("{service} {verdict}", service="{service}", verdict=verdict_word(verdict))
    return Named(plain(endpoint.name), endpoint.slug, said)


def _named(standings: Sequence[Standing]) -> tuple[Named, ...]:
    return tuple(Named(plain(each.endpoint.name), each.endpoint.slug, "{service}") for each in standings[:NAMED_MAX])


def _owed(standings: Sequence[Standing], month: str, notes: Notes, now_ms: int) -> Answer | None:
    """What everyone is owed for the newest period of each service that is over, and until when; None without any.

    A credit whose claim would be too late is owed no more.
    """
    ended = [
        (each.endpoint, note)
        for each in standings
        if each.endpoint.slug in notes and (note := newest_ended(notes[each.endpoint.slug].notes)) is not None
    ]
    if not ended:
        return None
    due = [each for each in ended if each[1].most and not _is_lapsed(each[1], now_ms)]
    is_of_month = all(note.label == month for _endpoint, note in due or ended)
    question = _("Owed, {month}", month=month_name(month)) if is_of_month else _("Owed")
    if not due:
        return Answer(question, _("No credit"), said=_("What was agreed with single customers is not told here."))
    certain = [each for each in due if _is_certain(each[1])]
    open_ = [each for each in due if not _is_certain(each[1])]
    said, moment = _claimed_by([note for _endpoint, note in due])
    return Answer(
        question,
        ngettext("{number} credit", "{number} credits", len(certain)) if certain else _("Undetermined"),
        said=said,
        moment=moment,
        named=tuple(_credited(*each) for each in (*certain, *open_)[:NAMED_MAX]),
        more=max(0, len(due) - NAMED_MAX),
    )


def _is_lapsed(note: CreditNote, now_ms: int) -> bool:
    return note.needs_claim and note.claim_by_ms is not None and note.claim_by_ms <= now_ms


def _is_certain(note: CreditNote) -> bool:
    return note.verdict is Verdict.MISSED and bool(note.share)


def _credited(endpoint: Endpoint, note: CreditNote) -> Named:
    certain, open_ = N_("{service} {share} of the fee"), N_("{service} up to {share} of the fee")
    words, share = (certain, note.share) if _is_certain(note) else (open_, note.most)
    said = _(words, service="{service}", share=percent(shown_share(share)))
    return Named(plain(endpoint.name), endpoint.slug, said)


def _claimed_by(notes: Sequence[CreditNote]) -> tuple[str, Moment | None]:
    """Return what is to be done for credits, and until when for the first of them."""
    claimed = [note for note in notes if note.needs_claim]
    if not claimed:
        return _("No claim is needed.") if len(notes) == 1 else _("They need no claim."), None
    ends = [(note.claim_by_ms, note) for note in claimed if note.claim_by_ms is not None]
    if not ends:
        return _("It must be claimed.") if len(notes) == 1 else _("They must be claimed."), None
    end_ms, first = min(ends, key=lambda pair: pair[0])
    is_one_end = len(ends) == len(notes) and all(each == end_ms for each, _note in ends)
    words = N_("To be claimed by {moment}.") if is_one_end else N_("The first is to be claimed by {moment}.")
    return _(words, moment="{moment}"), end_of_day(end_ms, first.zone)
