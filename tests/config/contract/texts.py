"""Terms from a text, as tests read them: without a file around them."""

from pathlib import Path
from zoneinfo import ZoneInfo

from uptally.config.contract.promises import terms_of
from uptally.config.marks import Problems, Table
from uptally.config.parse import parse
from uptally.config.source import Source
from uptally.model.terms import Terms
from uptally.units.instant import UTC


def terms_in(text: str, zone: ZoneInfo = UTC) -> tuple[Terms, ...]:
    """Return what a text means as an entry of ``slas``; there must be nothing wrong with it."""
    problems = Problems("probes.yaml")
    root = parse(f"slas:\n  x: {text}\n", problems)
    assert isinstance(root, Table)
    named = terms_of(Source(Path("probes.yaml"), Path(), root, {}, {}, problems), zone).named
    assert problems.sorted() == ()
    return named["x"]
