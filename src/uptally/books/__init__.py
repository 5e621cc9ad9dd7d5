"""Floor 5: the room that adds up. A ledger and the terms become standings, statements and proposals.

Every figure of the page, the commands and the exports is made here and nowhere else, so that they cannot differ.
"""

from uptally.books.standings import (
    DAYS,
    MONTHS,
    ROLLING_MS,
    Calendar,
    month_availabilities,
    standing,
    standings,
    standings_of,
)

__all__ = ["DAYS", "MONTHS", "ROLLING_MS", "Calendar", "month_availabilities", "standing", "standings", "standings_of"]
