"""Views become bytes, by templates. Everything is escaped but markup, made of numbers and our own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from io import BytesIO

from markupsafe import Markup

from uptally.model.agreement import Agreement, Service
from uptally.model.credit_note import CreditNotes
from uptally.model.period_statement import PeriodStatement
from uptally.model.settings import PageSettings
from uptally.model.statement import LatencyCourse, LatencyHour, LatencyWindow, Standing
from uptally.model.timeline import Outage
from uptally.page.agreement import agreement_view
from uptally.page.answers import NO_NOTES, Notes
from uptally.page.catalogue import in_its_language
from uptally.page.data import SCHEMA_PATH, schema_file
from uptally.page.detail import detail_of
from uptally.page.frame import frame_of
from uptally.page.history import history_of, history_path
from uptally.page.incidents import NO_BOARD, Board, services_named
from uptally.page.method import Measuring, method_of
from uptally.page.overview import NOTES_MAX, Group, Row, coverage_of, overview_of, row_of
from uptally.page.parts import Made
from uptally.page.pieces import Keep, Prepared, anew
from uptally.page.programs import program_paths, render_endpoint_programs, render_programs
from uptally.page.theme import assets_of, environment_of
from uptally.page.words import plain
from uptally.units.time import month_of

INDEX_PATH = "index.html"
MISSING_PATH = "404.html"
METHOD_PATH = "method.html"

_PIECES = 256


def endpoint_path(slug: str) -> str:
    """Return where an endpoint's page lies below the page's folder.

    >>> endpoint_path("checkout-api")
    'endpoints/checkout-api.html'
    """
    return f"endpoints/{slug}.html"


def endpoint_paths(slug: str) -> tuple[str, ...]:
    """Return where all files lie that tell of an endpoint alone."""
    return endpoint_path(slug), *program_paths(slug)


@in_its_language
def render(
    standings: Sequence[Standing],
    *,
    settings: PageSettings,
    latencies: Callable[[str], Sequence[LatencyHour]],
    now_ms: int,
    version: str,
    notes: Notes = NO_NOTES,
    board: Board = NO_BOARD,
) -> dict[str, bytes]:
    """Return the whole page: paths below its folder and what stands there, of public endpoints only.

    `latencies` is asked for each public endpoint's slug; `notes` are the credit notes of public services, by slug, and
    `board` is what everyone is told. The history is that of the month in progress. The same arguments give the same
    bytes.
    """
    pages = render_fixed(settings=settings, version=version)
    board = Board(board.bulletin, {**services_named((each.endpoint for each in standings), ()), **board.services})
    for standing in standings:
        if standing.endpoint.is_public:
            slug = standing.endpoint.slug
            pages[endpoint_path(slug)] = render_endpoint(
                standing,
                settings=settings,
                latencies=latencies(slug),
                now_ms=now_ms,
                version=version,
                notes=notes.get(slug),
                board=board,
            )
            pages |= render_endpoint_programs(
                standing, settings=settings, now_ms=now_ms, notes=notes.get(slug), board=board
            )
    pages |= render_programs(standings, settings=settings, now_ms=now_ms, notes=notes, board=board)
    measuring = Measuring([standing.endpoint for standing in standings])
    pages |= render_method(measuring, standings, settings=settings, now_ms=now_ms, version=version)
    month = month_of(now_ms, settings.zone)
    outages = [(standing.endpoint.slug, outage) for standing in standings for outage in standing.outages]
    pages[history_path(month)] = render_history(
        month, outages, board=board, settings=settings, months=[month], now_ms=now_ms, version=version
    )
    pages[INDEX_PATH] = render_index(
        standings, settings=settings, now_ms=now_ms, version=version, notes=notes, board=board
    )
    return pages


@in_its_language
def render_index(
    standings: Sequence[Standing],
    *,
    settings: PageSettings,
    now_ms: int,
    version: str,
    config_ms: int | None = None,
    notes: Notes = NO_NOTES,
    board: Board = NO_BOARD,
    keep: Keep = anew,
) -> bytes:
    """Return the overview of the public endpoints among `standings`, in the order given.

    `config_ms` is when the configuration in force came, where a newer one was refused: the page says so. `notes` are
    the credit notes of public services, by slug; those that are no endpoint have a section of their own. `board` is
    what everyone is told of incidents and maintenance. `keep` keeps the services' rows.
    """
    calendar = board.calendar(settings.zone)
    overview = overview_of(standings, settings, now_ms=now_ms, config_ms=config_ms, notes=notes, calendar=calendar)
    values = {"page": overview, "base": "", "version": version, "rows": partial(_rows, settings, keep)}
    values |= {"news": board.news(now_ms=now_ms, zone=settings.zone), "history": _newest(settings, now_ms)}
    values |= {"address": settings.url, "frame": frame_of(settings, "")}
    return _streamed(settings, "index.html.j2", **values)


def _rows(settings: PageSettings, keep: Keep, group: Group) -> Iterator[Markup]:
    """Yield the rows of a group, each as the template fills it in."""
    level = _level(group.name)
    for row in group.rows:
        made = partial(_row, settings, row, level)
        yield Markup(keep(("row", level), row.slug, row.made_of, made).decode())


def _level(group: str) -> int:
    """Return the level of the headings of a group's services."""
    return 4 if group else 3


def _row(settings: PageSettings, row: Row, level: int) -> bytes:
    filled: Callable[..., str] = vars(environment_of(settings.theme).get_template("row.html.j2").module)["row"]
    return filled(row.service(), level, NOTES_MAX).encode()


@in_its_language
def render_history(
    month: str,
    outages: Iterable[tuple[str, Outage]],
    *,
    board: Board,
    settings: PageSettings,
    months: Sequence[str],
    now_ms: int,
    version: str,
    left_out: int = 0,
) -> bytes:
    """Return the history of a month: incidents, maintenance and outages, these of endpoints by slug; `left_out` older
    ones are not among them. `months` are those that have such a page.
    """
    history = history_of(month, outages, board, settings, months=months, now_ms=now_ms, left_out=left_out)
    path = history_path(month)
    return _filled(settings, "history.html.j2", path, page=history, base="../", version=version)


def _newest(settings: PageSettings, now_ms: int) -> str:
    return history_path(month_of(now_ms, settings.zone))


@in_its_language
def render_endpoint(
    standing: Standing,
    *,
    settings: PageSettings,
    latencies: Sequence[LatencyHour],
    now_ms: int,
    version: str,
    notes: CreditNotes | None = None,
    board: Board = NO_BOARD,
    latency_windows: Sequence[LatencyWindow] = (),
    latency_courses: Sequence[LatencyCourse] = (),
    made: Made | None = None,
    prepared: Prepared | None = None,
) -> bytes:
    """Return the page of one endpoint, with its credit notes where more than a bare target was promised, and with what
    everyone is told of it. `made` is for a service of several: what it is made of. Its row of the overview is put with
    what is `prepared`.

    Raises ValueError for one that is not public: its page must never come to be.
    """
    if not standing.endpoint.is_public:
        raise ValueError(f"{standing.endpoint.slug} is not public")
    calendar = board.calendar(settings.zone)
    detail = detail_of(
        standing,
        settings,
        latencies=latencies,
        latency_windows=latency_windows,
        latency_courses=latency_courses,
        now_ms=now_ms,
        notes=notes,
        calendar=calendar,
        made=made,
    )
    if prepared is not None:
        row = row_of(standing, calendar, month_of(standing.as_of_ms, settings.zone), notes)
        row, level = row._replace(service=lambda: detail.service), _level(detail.group)
        prepared.put(("row", level), row.slug, row.made_of, _row(settings, row, level))
    news = board.news(now_ms=now_ms, zone=settings.zone, of=standing.endpoint.slug)
    path = endpoint_path(standing.endpoint.slug)
    return _filled(settings, "endpoint.html.j2", path, page=detail, news=news, base="../", version=version)


@in_its_language
def render_agreement(
    agreement: Agreement,
    services: Sequence[Service],
    statements: Sequence[PeriodStatement],
    *,
    settings: PageSettings,
    now_ms: int,
    version: str,
) -> bytes:
    """Return the page of an agreement, which tells its customer, fee and amounts: it must lie where only the customer
    finds it. `services` are those that it covers, in its order, and `statements` come with the newest period first.
    """
    view = agreement_view(agreement, services, statements, settings, now_ms=now_ms)
    return _filled(settings, "agreement.html.j2", None, page=view, base="../", version=version)


@in_its_language
def render_method(
    measuring: Measuring, standings: Sequence[Standing], *, settings: PageSettings, now_ms: int, version: str
) -> dict[str, bytes]:
    """Return the page that says how it is measured, under its path; `standings` tell how much of the month was seen."""
    shown = [each for each in standings if each.endpoint.is_public]
    coverage = coverage_of(shown, month_of(now_ms, settings.zone))
    method = method_of(measuring, settings, coverage=coverage, now_ms=now_ms)
    return {METHOD_PATH: _filled(settings, "method.html.j2", METHOD_PATH, page=method, base="", version=version)}


@in_its_language
def render_fixed(*, settings: PageSettings, version: str) -> dict[str, bytes]:
    """Return what does not depend on any standing: style, script and icon under names that change with their content,
    the schema of our JSON, and the page for addresses that are none."""
    fixed = {**dict(assets_of(settings.theme).values()), SCHEMA_PATH: schema_file()}
    title, base = plain(settings.title), settings.base_path
    fixed[MISSING_PATH] = _filled(settings, "404.html.j2", None, title=title, base=base, version=version)
    return fixed


def _filled(settings: PageSettings, template: str, path: str | None, **values: object) -> bytes:
    """Fill in a page that lies at a path; None is for one that has no address which others may know."""
    values |= {"address": f"{settings.url}{path}" if settings.url and path else "", "frame": frame_of(settings, path)}
    return environment_of(settings.theme).get_template(template).render(**values).encode()


def _streamed(settings: PageSettings, template: str, **values: object) -> bytes:
    # Some pieces at a time: of ten thousand services the overview has 10 MB, and all of its text twice that and more.
    stream = environment_of(settings.theme).get_template(template).stream(**values)
    stream.enable_buffering(_PIECES)
    filled = BytesIO()
    for piece in stream:
        filled.write(piece.encode())
    return filled.getvalue()
