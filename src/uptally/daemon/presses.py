"""The presses of all pages, one for each, that share the time of one process."""

from __future__ import annotations

import traceback
from collections.abc import Collection, Mapping, Sequence

from uptally.clock import Clock
from uptally.daemon.addresses import without_addresses
from uptally.daemon.order import Report, Shown, Work
from uptally.daemon.press import Press

TOLD_MOST = 8_000
"""Characters of a failure that are told: the end, which says why."""


class Presses:
    """Makes each pass on every page, one after the other. Belongs to one thread.

    Whatever fails on one page keeps no other from being written. Each looks at the ledger for itself.
    """

    def __init__(self, shown: Sequence[Shown], *, clock: Clock, version: str) -> None:
        self._clock = clock
        self._presses = [Press(each, clock=clock, version=version, among=len(shown)) for each in shown]
        self._due_ns = [0] * len(shown)
        """When each is to look at all endpoints again, by the monotonic clock."""

    def change(self, shown: Sequence[Shown]) -> None:
        """Show this from now on, on as many pages as before."""
        for press, each in zip(self._presses, shown, strict=True):
            press.change(each)
        self._due_ns = [0] * len(self._presses)

    def do(self, work: Work, turned: Collection[str], sealed: Mapping[str, bytes] | None = None) -> Report:
        """Make a pass, and tell what came of it: the next one is due when the first page needs it. `sealed` are files
        that take the place of those that were signed before."""
        if sealed is not None:
            for press in self._presses:
                press.seal(sealed)
        failures = []
        for index in range(len(self._presses)):
            try:
                self._do(index, work, turned)
            except Exception:
                self._due_ns[index] = 0
                failures.append(without_addresses(traceback.format_exc()))
        has_more = any(press.has_more for press in self._presses)
        told_ms = sum(press.told_ms for press in self._presses)
        return Report(self._refresh_ms, has_more, "\n".join(failures)[-TOLD_MOST:], told_ms)

    @property
    def _refresh_ms(self) -> int:
        return min(press.refresh_ms for press in self._presses)

    def _do(self, index: int, work: Work, turned: Collection[str]) -> None:
        press, now_ns = self._presses[index], self._clock.monotonic_ns()
        # One that would be due before the next refresh is refreshed in this one.
        is_due = now_ns + self._refresh_ms * 1_000_000 > self._due_ns[index]
        match work:
            case Work.REFRESH if is_due:
                press.refresh(turned)
                self._due_ns[index] = now_ns + press.refresh_ms * 1_000_000
            case Work.REFRESH | Work.UPDATE:
                press.update(turned)
            case Work.FINISH:
                press.finish(turned)
