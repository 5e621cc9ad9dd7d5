"""A theme is tried on before it is in force: pages of a made-up service are filled in, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from uptally.errors import ConfigError, Problem
from uptally.model.agreement import Agreement, Party
from uptally.model.endpoint import Endpoint, TcpCheck
from uptally.model.observation import Kind, Observation, Outcome, Reason
from uptally.model.settings import PageSettings
from uptally.model.statement import Availability, LatencyHour, Standing, Statement
from uptally.model.terms import Terms
from uptally.model.timeline import Outage, State
from uptally.model.verdict import Verdict
from uptally.page.catalogue import language_of
from uptally.page.render import render, render_agreement
from uptally.page.theme import problem_of, syntax_problems
from uptally.units.time import HOUR_MS, Window, day_of, day_window, month_of, month_window

_NOW_MS = 1_700_000_000_000
_DOWN_MS = 1_000


def page_problems(settings: PageSettings) -> list[Problem]:
    """Return what is wrong with the language of a page, or with its theme where it has one.

    What only a state calls for that the made-up service is not in, such as an incident, is not tried.
    """
    try:
        language_of(settings)
    except ConfigError as error:
        return [*error.problems]
    theme = settings.theme
    if theme is None or theme.folder is None:
        return []
    problems = syntax_problems(theme)
    if problems:
        return problems
    try:
        _fill(settings)
    except ConfigError as error:
        return [*error.problems]
    except Exception as error:
        # A template can raise anything.
        return [problem_of(theme, error)]
    return []


def _fill(settings: PageSettings) -> None:
    standing = _standing(settings)
    hour = LatencyHour(_NOW_MS - _NOW_MS % HOUR_MS, 1, 1, 1)
    render([standing], settings=settings, latencies=lambda slug: [hour], now_ms=_NOW_MS, version="")
    agreement = Agreement("Agreement", "agreement", Party("Customer"), Party("Provider"), ())
    render_agreement(agreement, (), (), settings=settings, now_ms=_NOW_MS, version="")


def _standing(settings: PageSettings) -> Standing:
    """A service that went down a moment ago."""
    terms = Terms.bare("99.9%", Fraction(999, 1000), settings.zone)
    endpoint = Endpoint("Service", "service", TcpCheck("", 0), 1_000, 1_000, terms=terms)
    month, began_ms = month_of(_NOW_MS, settings.zone), _NOW_MS - _DOWN_MS
    day = _sums(day_window(day_of(_NOW_MS, settings.zone), settings.zone))
    of_month = replace(day, window=month_window(month, settings.zone))
    last = Observation("service", "", 0, 0, Kind.GRID, _NOW_MS, 1, Outcome.DOWN, Reason.RESPONSE_TIMEOUT, 1_000, 1_000)
    return Standing(
        endpoint,
        State.DOWN,
        began_ms,
        _NOW_MS,
        False,
        last,
        (Statement(month, terms, of_month, None, Verdict.UNDETERMINED, is_over=False),),
        (day,),
        (Outage(began_ms, None, _DOWN_MS, 0, Reason.RESPONSE_TIMEOUT, began_ms, began_ms, None, None),),
        first_ms=began_ms,
    )


def _sums(window: Window) -> Availability:
    return Availability(window, _DOWN_MS, 0, _DOWN_MS, 0, 0, 1, _DOWN_MS, _DOWN_MS, _DOWN_MS)
