"""The reports that people are sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from uptally.config.agreement.names import Names
from uptally.config.endpoints import refuse_clashes
from uptally.config.marks import Path
from uptally.config.report_shape import REPORTS_MAX, Recipient, Report
from uptally.config.source import Source, rows_of
from uptally.config.values import slug_of
from uptally.config.wording import validated
from uptally.model import report as nouns
from uptally.model.terms import Business


def reports_of(source: Source) -> list[nouns.Report]:
    """Return the reports that are without fault, adding what is wrong with the others."""
    agreements = Names.written("agreements", source=source)
    refuse_clashes(("reports",), source)
    return [
        found
        for row, path in rows_of("reports", source, most=REPORTS_MAX)
        for found in _read(row, path, agreements, source)
    ]


def _read(row: object, path: Path, agreements: Names, source: Source) -> Iterator[nouns.Report]:
    asked = validated(Report, row, path, source)
    if asked is None:
        return
    slug = asked.slug or slug_of(asked.name)
    if not slug:
        message = "gives no slug, since it has no letter or digit of ASCII: add a 'slug'"
        source.problems.add((*path, "name"), message)
    if not asked.to:
        source.problems.add((*path, "to"), "names nobody: list who is sent it")
    recipients = tuple(_recipients(asked.to, (*path, "to"), source))
    agreement = None
    if asked.agreement is not None:
        agreement = agreements.resolved(asked.agreement, (*path, "agreement"), source, what="agreement")
    due = nouns.Due(*asked.due, business=Business(asked.business_days, asked.holidays or frozenset()))
    yield nouns.Report(asked.name, slug, due, asked.format, recipients, agreement)


def _recipients(asked: list[Recipient], path: Path, source: Source) -> Iterator[nouns.Recipient]:
    names: set[str] = set()
    for at, each in enumerate(asked):
        here = (*path, at)
        address = each.webhook or each.notify
        if address is None or (each.webhook and each.notify):
            source.problems.add(here, "needs one of 'notify' and 'webhook'")
            continue
        if each.key is not None and each.webhook is None:
            source.problems.add((*here, "key"), "signs what a webhook is sent, and this is none: remove it")
        name = each.name or f"{at + 1} {urlsplit(address.reveal()).scheme if each.notify else 'webhook'}"
        if name in names:
            source.problems.add((*here, "name"), "is another recipient's of this report as well")
        names.add(name)
        yield nouns.Recipient(name, address, each.webhook is not None, each.key)
