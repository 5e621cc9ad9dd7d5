"""Floor 4: the room that shows. Standings become a static page.

Views (pure) say what is shown, templates and `svg` how, `publish` where.
The page is for anyone: nothing but configured names, fixed words, times and figures ever reaches it.
"""

from uptally.page.automatic import automatic_incidents, with_automatic
from uptally.page.days import Calendar
from uptally.page.fitting import page_problems
from uptally.page.history import OUTAGES_MAX, history_path, months_until
from uptally.page.incidents import Board, services_named
from uptally.page.method import Measuring
from uptally.page.parts import Made
from uptally.page.pieces import Keep, Pieces, Prepared, anew
from uptally.page.programs import render_endpoint_programs, render_programs
from uptally.page.publish import Site, publish
from uptally.page.render import (
    endpoint_path,
    endpoint_paths,
    render,
    render_endpoint,
    render_fixed,
    render_history,
    render_index,
    render_method,
)

__all__ = [
    "OUTAGES_MAX",
    "Board",
    "Calendar",
    "Keep",
    "Made",
    "Measuring",
    "Pieces",
    "Prepared",
    "Site",
    "anew",
    "automatic_incidents",
    "endpoint_path",
    "endpoint_paths",
    "history_path",
    "months_until",
    "page_problems",
    "publish",
    "render",
    "render_endpoint",
    "render_endpoint_programs",
    "render_fixed",
    "render_history",
    "render_index",
    "render_method",
    "render_programs",
    "services_named",
    "with_automatic",
]
