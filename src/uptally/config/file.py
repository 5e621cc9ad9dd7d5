"""The whole file as one table, by which sections are known and editors are told of them."""

from __future__ import annotations

from pydantic import Field

from uptally.config.agreement.keys import Agreement, Maintenance, Service
from uptally.config.contract.keys import Sla, Target
from uptally.config.page_shape import FurtherPage, Page
from uptally.config.report_shape import Report
from uptally.config.shape import (
    ENDPOINTS_MAX,
    Close,
    Defaults,
    Endpoint,
    Monitor,
    Name,
    Seal,
    Server,
    Shape,
    Store,
    unset,
)


class File(Shape):
    """The whole file, as editors see it; `load` reads it table by table, so that no fault hides another."""

    page: Page = unset("The public status page.")
    pages: list[FurtherPage] = unset("Further pages, each with services, a language and a folder of its own.")
    defaults: Defaults = unset("Keys for every endpoint that does not set them itself.")
    monitor: Monitor = unset("The monitor itself: where it stands, and what tells whether its own network works.")
    store: Store = unset("Where observations are kept.")
    close: Close = unset("When months are closed: their statements frozen, with what they were made from.")
    seal: Seal = unset("With which key what is handed over is signed.")
    server: Server = unset("The daemon's own HTTP server: page, health and metrics.")
    endpoints: list[Endpoint] = Field(
        min_length=1, max_length=ENDPOINTS_MAX, description="What is probed: each a name, a URL and what is expected."
    )
    slas: dict[Name, Target | Sla | list[Sla]] = unset("Terms by name, of which any 'sla' may speak.")
    services: list[Service] = unset("What is promised: endpoints combined, and what everyone may count on.")
    agreements: list[Agreement] = unset("What customers signed.")
    reports: list[Report] = unset("What people and programs are sent, and by when.")
    maintenance: list[Maintenance] = unset("Time that the terms may leave out, once or again and again.")
