"""Closes months: freezes their statements, what people decide of those that are open, and corrections.

The rows of a revision follow from a ledger, a configuration and the revisions before it, and from nothing else: so they
can be made once more from the ledger as it was then (`books.audit`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from uptally.books.account import Books
from uptally.books.basis import frozen, thawed
from uptally.books.frozen import KEPT, Frozen, cells_of, frozen_months, key_of
from uptally.books.months import Derived, Ledger, derived_rows
from uptally.books.recorded import recorded_of
from uptally.books.revised import corrected, first_frozen, is_open, of_one_agreement
from uptally.errors import ClosingRefused, QuantityError
from uptally.export.rows import OPEN, Row, Rows, have_data
from uptally.model.act import Act, NewAct
from uptally.model.closing import Choice, Closing, LedgerRange
from uptally.model.settings import Settings
from uptally.rules.record.closings import CLOSE, close, digest_of, recorded_closings, signed
from uptally.signing import Key
from uptally.units.time import format_instant, month_of, month_window, next_month

FORMAT = "uptally-closing/1"


class Closable(Ledger, Protocol):
    """What closing needs of a ledger: `ledger.Reader` is one."""

    def range(self) -> LedgerRange:
        """Return how far the ledger goes."""
        ...

    def then(self, within: LedgerRange, *, is_deep: bool = False) -> Books:
        """Return the ledger as it was when its range was that."""
        ...


class Asked(NamedTuple):
    """What is asked for: of which month, by whom and why, and by which version of the software."""

    month: str
    by: str
    version: str
    reason: str = ""


class Draft(NamedTuple):
    """A revision before it is on record: what it is, the rows that it freezes, and its act."""

    closing: Closing
    rows: Rows
    act: NewAct

    def signed(self, key: Key | None) -> Draft:
        """Return it with a signature on its act, where there is a key."""
        return self._replace(act=signed(self.act, key.public.text, key.sign)) if key else self

    def decide(self, acts: Sequence[Act]) -> Iterable[NewAct]:
        """Return the act, to be recorded after others. Raises ClosingRefused where another revision came before it."""
        month, dated, known = self.closing.month, self.closing.dated, recorded_closings(acts)
        if len(known.get(month, ())) != self.closing.revision - 1:
            raise ClosingRefused(f"{month} has got another revision meanwhile: look at that, and ask again")
        if dated in known:
            raise ClosingRefused(f"{dated}, in which this would be corrected, was closed meanwhile: ask again")
        return [self.act]


def close_month(ledger: Closable, settings: Settings, asked: Asked, *, now_ms: int) -> Draft:
    """Return the first revision of a month; within a snapshot. Raises ClosingRefused, and QuantityError where the month
    is none or has not begun."""
    month = asked.month
    window = month_window(month, settings.page.zone)
    if window.start_ms > now_ms:
        raise QuantityError(f"{month} has not begun: it starts at {format_instant(window.start_ms)}")
    if window.end_ms > now_ms:
        raise ClosingRefused(f"{month} is not over: it ends at {format_instant(window.end_ms)}")
    held = _months(ledger).get(month)
    if held is not None:
        first = held.revisions[0]
        raise ClosingRefused(
            f"{month} is closed: revision 1 was made at {format_instant(first.at_ms)} by {first.by}, and the newest is"
            f" {len(held.revisions)}; what is to be corrected is restated, with --restate"
        )
    closing = _closing(ledger, settings, asked, revision=1, now_ms=now_ms)
    made = _made(ledger, settings, ledger.acts(), closing, None)
    if not have_data(made.rows):
        raise ClosingRefused(f"nothing was observed in {month}: there is no data to close it by")
    return _draft(closing, made, None, asked.by, _made_from(ledger, settings))


def decide_statement(
    ledger: Closable, settings: Settings, name: str, choice: Choice, asked: Asked, *, now_ms: int
) -> Draft:
    """Return the revision by which a person decides a statement that is open, from what that was frozen from; within a
    snapshot. Raises ClosingRefused where the month is not closed, there is no such statement, or it is not open."""
    held = _held(ledger, asked.month)
    now = [row for row in held.rows(with_corrections=True) if row["id"] == name]
    if not now or not is_open(now):
        why = "is not open" if now else f"is no statement of {asked.month}"
        open_ones = ", ".join(open_statements(held.rows(with_corrections=True)))
        raise ClosingRefused(f"{name} {why}: {f'open are {open_ones}' if open_ones else 'none is open'}")
    basis = int(str(now[0]["revision"]))
    closing = held.revisions[basis - 1].closing._replace(
        revision=len(held.revisions) + 1,
        version=asked.version,
        reason=asked.reason,
        is_restated=False,
        decided=name,
        choice=choice,
        basis=basis,
        dated=_dated(ledger, settings, now_ms),
    )
    return _draft(closing, made_once_more(ledger, held, closing, is_deep=False), held, asked.by, {})


def restate_month(ledger: Closable, settings: Settings, asked: Asked, *, now_ms: int) -> Draft | None:
    """Return the revision that corrects what would be stated otherwise by now, None where nothing would; within a
    snapshot. Raises ClosingRefused where the month is not closed, a statement of its closing is open, or one is of what
    the configuration does not have."""
    held = _held(ledger, asked.month)
    left = [str(row["id"]) for row in held.rows() if row["status"] == OPEN]
    if left:
        raise ClosingRefused(f"{left[0]} is open: decide it first, with --decide {left[0]}=credit or =no_credit")
    _refuse_gone(held, settings)
    closing = _closing(ledger, settings, asked, revision=len(held.revisions) + 1, now_ms=now_ms)
    closing = closing._replace(is_restated=True, dated=_dated(ledger, settings, now_ms))
    made = _made(ledger, settings, ledger.acts(), closing, held)
    return _draft(closing, made, held, asked.by, _made_from(ledger, settings)) if made.rows else None


def _refuse_gone(held: Frozen, settings: Settings) -> None:
    """Raise ClosingRefused at the first frozen statement of an agreement and service that are not in the configuration.

    Under another name, its credit would be stated a second time.
    """
    promised = {(each.slug, one.service) for each in settings.agreements for one in each.coverage}
    for row in held.rows(with_corrections=True):
        name = str(row["id"])
        if row["agreement"] is not None and tuple(name.split("/")[:2]) not in promised:
            raise ClosingRefused(
                f"{name} is frozen, and the configuration has no such agreement and service: put it back under the slug"
                " that it had, for under another its credit would be stated twice; one that has ended says so by 'end'"
            )


def open_statements(rows: Iterable[Row]) -> list[str]:
    """Return the ids of the statements that a person has to decide about."""
    return list(dict.fromkeys(str(row["id"]) for row in rows if is_open([row])))


def made_once_more(ledger: Closable, before: Frozen | None, closing: Closing, *, is_deep: bool) -> Derived:
    """Return the rows of a revision and what they rest on, as they follow from what it was made from; `before` holds
    the month's revisions of which it comes next, and for a closing or a restatement itself as well. `is_deep` as for
    `ledger.Reader.then`.
    """
    assert before is not None
    basis = before.document(closing.basis or closing.revision)
    loose = tuple((slug, place, boot, first, last) for slug, place, boot, first, last in basis["loose"])
    within = LedgerRange(closing.act, closing.act_digest, closing.block, closing.block_digest, loose)
    acts = [act for act in ledger.acts() if act.number <= closing.act]
    earlier = before.until(closing.revision - 1) if closing.revision > 1 else None
    return _made(ledger.then(within, is_deep=is_deep), thawed(basis["basis"]), acts, closing, earlier)


def _made(ledger: Books, settings: Settings, acts: Sequence[Act], closing: Closing, before: Frozen | None) -> Derived:
    """Return what a revision freezes."""
    recorded, now_ms, month = recorded_of(acts), closing.as_of_ms, closing.month

    def chosen(name: str, choice: Choice) -> Derived:
        one = of_one_agreement(settings, name.partition("/")[0], choice)
        made = derived_rows(ledger, one, month, now_ms=now_ms, recorded=recorded) if one else Derived(())
        return made.of(tuple(row for row in made.rows if row["id"] == name))

    if closing.choice is not None and before is not None:
        made = chosen(closing.decided, closing.choice)
        return made.of(corrected(before, made.rows, closing.revision, is_decision=True))
    made = derived_rows(ledger, settings, month, now_ms=now_ms, recorded=recorded)
    if before is None:
        return made.of(first_frozen(made.rows))
    still_asked = set(open_statements(made.rows))
    for each in (held.closing for held in before.revisions):
        if each.choice is not None and each.decided in still_asked:
            # What a person decided once stands, as long as it is undetermined.
            decided = chosen(each.decided, each.choice)
            instead = {key_of(row): row for row in decided.rows}
            made = Derived(tuple(instead.get(key_of(row), row) for row in made.rows), {**made.kept, **decided.kept})
    return made.of(corrected(before, made.rows, closing.revision, is_decision=False))


def _months(ledger: Ledger) -> dict[str, Frozen]:
    ledger.verify_acts()
    return frozen_months(ledger.acts(CLOSE), ledger.document)


def _held(ledger: Ledger, month: str) -> Frozen:
    held = _months(ledger).get(month)
    if held is None:
        raise ClosingRefused(f"{month} is not closed")
    return held


def _dated(ledger: Ledger, settings: Settings, now_ms: int) -> str:
    """Return the month that it is, or the first one after it whose export may still change: clocks are set back, and
    zones are changed."""
    closed = recorded_closings(ledger.acts(CLOSE))
    month = month_of(now_ms, settings.page.zone)
    while month in closed:
        month = next_month(month)
    return month


def _closing(ledger: Closable, settings: Settings, asked: Asked, *, revision: int, now_ms: int) -> Closing:
    within = ledger.range()
    return Closing(
        month=asked.month,
        revision=revision,
        as_of_ms=now_ms,
        config=digest_of(settings.revision.encode()),
        version=asked.version,
        act=within.act,
        act_digest=within.act_digest,
        block=within.block,
        block_digest=within.block_digest,
        rows=0,
        document="",
        stored="",
        reason=asked.reason,
    )


def _made_from(ledger: Closable, settings: Settings) -> Mapping[str, object]:
    return {"basis": frozen(settings), "loose": ledger.range().loose}


def _draft(closing: Closing, made: Derived, before: Frozen | None, by: str, made_from: Mapping[str, object]) -> Draft:
    rows = made.rows
    said = {key_of(row): row for row in (*(before.rows(with_corrections=True) if before else ()), *rows)}
    closing = closing._replace(rows=len(rows), undecided=len(open_statements(said.values())))
    document = {
        "format": FORMAT,
        "month": closing.month,
        "revision": closing.revision,
        "rows": [cells_of(row) for row in rows],
        KEPT: made.kept,
        **made_from,
    }
    return Draft(closing, rows, close(closing, document, by=by))
