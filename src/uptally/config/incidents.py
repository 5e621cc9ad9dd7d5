"""`incidents` of a page: a folder of Markdown files, each of which tells everyone of an incident."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

from uptally.config.agreement.keys import IncidentFile
from uptally.config.agreement.names import Names
from uptally.config.marks import Mark, Path, Problems, Table, value_at
from uptally.config.parse import parse
from uptally.config.read import lines_of, read_text
from uptally.config.source import Source
from uptally.config.wording import validated
from uptally.errors import QuantityError
from uptally.model.notice import Notice, NoticeUpdate, Phase, over_since_ms
from uptally.units.instant import parse_instant

FILES_MAX = 2_000

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)
_FENCE = "---"
_HEADING = re.compile(r"##[ \t]+(?P<at>.+?)[ \t]+(?P<phase>\w+)[ \t]*", re.ASCII)
_EXAMPLE = "such as '## 2026-10-12 14:00 identified'"


def incidents_of(path: Path, source: Source, zone: ZoneInfo) -> tuple[Notice, ...]:
    """Return the incidents of the files in the folder that a page names at a path, adding what is wrong with them."""
    name = value_at(source.root, path)
    if not isinstance(name, str):
        return ()
    folder = source.beside(name)
    try:
        files = sorted(each for each in folder.iterdir() if each.suffix == ".md")
    except OSError:
        source.problems.add(path, "is no folder that can be read")
        return ()
    if len(files) > FILES_MAX:
        source.problems.add(path, f"holds more than {FILES_MAX:,} files")
        return ()
    names = Names.written("endpoints", "services", source=source)
    return tuple(found for file in files if (found := _incident(file, names, source, zone)) is not None)


def _incident(file: FilePath, names: Names, source: Source, zone: ZoneInfo) -> Notice | None:
    """Return the incident of a file; None, with the problems added, where something is wrong with it."""
    problems = Problems(str(file))
    notice = _read(file, names, replace(source, file=file, problems=problems), zone)
    source.problems.adopt(problems)
    return None if problems.count else notice


def _read(file: FilePath, names: Names, source: Source, zone: ZoneInfo) -> Notice | None:
    problems = source.problems
    if not _NAME.fullmatch(file.stem):
        message = "its name is the incident's id: write letters, digits, dots, hyphens and underscores, at most 60"
        problems.at(Mark(0, 0), (), message)
    text = read_text(file, problems)
    if text is None:
        return None
    lines = lines_of(text)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)
    if lines[0].rstrip() != _FENCE or not end:
        problems.at(Mark(1, 1), (), f"must begin with keys, between two lines of {_FENCE}")
        return None
    # An empty line stands for the first fence, so that marks are those of the file.
    head = parse("\n".join(["", *lines[1:end]]), problems)
    asked = validated(IncidentFile, head if isinstance(head, Table) else Table(Mark(1, 1)), (), source)
    updates = [*_updates(lines, end + 1, problems, zone)]
    if not updates and not problems.count:
        problems.at(Mark(end + 1, 1), (), f"says nothing: write a heading for each update, {_EXAMPLE}")
    if asked is None or problems.count:
        return None
    services = [
        names.resolved(called, ("services", index), source, what="service")
        for index, called in enumerate(asked.services or ())
    ]
    started_ms = updates[0].at_ms
    if asked.started is not None:
        try:
            started_ms = parse_instant(asked.started, zone)
        except QuantityError as error:
            problems.add(("started",), str(error))
    return Notice(
        id=file.stem,
        title=asked.title,
        services=tuple(slug for slug in services if slug is not None),
        impact=asked.impact,
        started_ms=started_ms,
        resolved_ms=over_since_ms(updates),
        updates=tuple(updates),
    )


def _updates(lines: Sequence[str], first: int, problems: Problems, zone: ZoneInfo) -> Iterator[NoticeUpdate]:
    """Yield what stands under each heading of the second level, as long as nothing is wrong."""
    starts = [number for number in range(first, len(lines)) if lines[number].startswith("## ")]
    before = [number for number in range(first, starts[0] if starts else len(lines)) if lines[number].strip()]
    if before and starts:
        problems.at(Mark(before[0] + 1, 1), (), f"stands before the first update: begin with a heading, {_EXAMPLE}")
    newest_ms: int | None = None
    for start, end in pairwise([*starts, len(lines)]):
        match = _HEADING.fullmatch(lines[start])
        phases = {phase.value: phase for phase in Phase}
        if match is None or match["phase"] not in phases:
            known = ", ".join(phases)
            problems.at(Mark(start + 1, 1), (), f"expected an instant and one of {known}, {_EXAMPLE}")
            continue
        try:
            at_ms = parse_instant(match["at"], zone)
        except QuantityError as error:
            problems.at(Mark(start + 1, 4), (), str(error))
            continue
        if newest_ms is not None and at_ms < newest_ms:
            problems.at(Mark(start + 1, 4), (), "is before the update above it: put the oldest first")
        newest_ms = at_ms
        yield NoticeUpdate(at_ms, phases[match["phase"]], "\n".join(lines[start + 1 : end]).strip())
