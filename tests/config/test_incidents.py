"""Markdown files that tell of incidents."""

from __future__ import annotations

from pathlib import Path

import pytest

from uptally.config import load
from uptally.errors import ConfigError
from uptally.model.notice import Impact, Notice, NoticeUpdate, Phase
from uptally.model.settings import Settings
from uptally.units.instant import UTC, parse_instant

CONFIG = """\
page: {timezone: Europe/Berlin, incidents: told}
endpoints:
  - {name: Website, url: "https://a.example/"}
"""
FILE = """\
---
title: Checkout fails
services: [Website]
impact: major
started: 2026-11-24 02:50
---

## 2026-11-24 02:55 investigating
We *look*.

- one
## 2026-11-24 03:40 resolved
## 2026-11-25 10:00 postmortem
### Why
A disk.
"""


def loaded(folder: Path, text: str = FILE, name: str = "2026-11-checkout.md") -> Settings:
    (folder / "told").mkdir(exist_ok=True)
    (folder / "told" / name).write_text(text, encoding="utf-8")
    (folder / "probes.yaml").write_text(CONFIG)
    return load(folder / "probes.yaml", environment={})


def test_a_file_tells_of_an_incident_with_its_updates(tmp_path: Path) -> None:
    resolved_ms = parse_instant("2026-11-24 02:40", UTC)
    assert loaded(tmp_path).page.incidents == (
        Notice(
            "2026-11-checkout",
            "Checkout fails",
            ("website",),
            Impact.MAJOR,
            parse_instant("2026-11-24 01:50", UTC),
            resolved_ms,
            (
                NoticeUpdate(parse_instant("2026-11-24 01:55", UTC), Phase.INVESTIGATING, "We *look*.\n\n- one"),
                NoticeUpdate(resolved_ms, Phase.RESOLVED),
                NoticeUpdate(parse_instant("2026-11-25 09:00", UTC), Phase.POSTMORTEM, "### Why\nA disk."),
            ),
        ),
    )


def test_without_more_it_is_minor_and_of_all_services_since_the_first_update(tmp_path: Path) -> None:
    (notice,) = loaded(tmp_path, "---\ntitle: Slow\n---\n## 2026-11-24 02:55 monitoring\n").page.incidents
    assert (notice.services, notice.impact, notice.resolved_ms) == ((), Impact.MINOR, None)
    assert notice.started_ms == notice.updates[0].at_ms


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Slow", "2026-11-checkout.md:1:1: must begin with keys, between two lines of ---"),
        (FILE.replace("title", "titel"), "2026-11-checkout.md:2:1: titel: unknown key (did you mean 'title'?)"),
        (
            FILE.replace("[Website]", "[Webseit]"),
            "2026-11-checkout.md:3:12: services[0]: there is no service 'Webseit'",
        ),
        (FILE.replace("major", "huge"), "2026-11-checkout.md:4:1: impact: "),
        (FILE.replace("24 02:50", "31 02:50"), "2026-11-checkout.md:5:1: started: '2026-11-31 02:50' is no instant"),
        (FILE.replace("investigating", "looking"), "2026-11-checkout.md:8:1: expected an instant and one of investig"),
        (FILE.replace("24 02:55", "24 25:55"), "2026-11-checkout.md:8:4: '2026-11-24 25:55' is no instant"),
        (FILE.replace("03:40", "02:40"), "2026-11-checkout.md:12:4: is before the update above it"),
        (FILE.replace("\n## 2026-11-24 02:55", "So\n## 2026-11-24 02:55"), "2026-11-checkout.md:7:1: stands before"),
        (FILE[: FILE.index("## ")], "2026-11-checkout.md:6:1: says nothing"),
    ],
)
def test_what_is_wrong_with_a_file_is_refused_with_its_name_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert told in str(caught.value)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "probes.yaml").write_text(CONFIG)
    with pytest.raises(ConfigError, match=r"page\.incidents: is no folder that can be read"):
        load(tmp_path / "probes.yaml", environment={})
