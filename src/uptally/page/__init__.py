"""Floor 4: the room that shows. Standings become a static page.

Views (pure) say what is shown, templates and `svg` how, `publish` where.
The page is for anyone: nothing but configured names, fixed words, times and figures ever reaches it.
"""

from uptally.page.publish import Site, publish
from uptally.page.render import endpoint_path, render, render_endpoint, render_fixed, render_index

__all__ = [
    "Site",
    "endpoint_path",
    "publish",
    "render",
    "render_endpoint",
    "render_fixed",
    "render_index",
]
