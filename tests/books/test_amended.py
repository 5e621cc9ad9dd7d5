"""A configuration may not change what held for a month that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from uptally.books.amended import refused_amendments
from uptally.config import load
from uptally.errors import ConfigError
from uptally.model.act import Act
from uptally.model.config_state import CONFIG
from uptally.model.settings import Settings

BEFORE = "endpoints: [{name: Web, url: 'tcp://127.0.0.1:1', sla: 99.9%}]"
OTHER = BEFORE.replace("99.9%", "99.5%")
AGREED = """
endpoints: [{name: Web, url: 'tcp://127.0.0.1:1'}]
agreements: [{name: Example, customer: Example, provider: Us, sla: 99.9%, covers: [web], start: 2026-01-01}]
"""


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


class Recorded:
    """Acts of configurations, each at its instant."""

    def __init__(self, *acts: tuple[str, Settings]) -> None:
        self._acts = [
            Act(number, at(when), CONFIG, "probes.yaml", settings.revision, "")
            for number, (when, settings) in enumerate(acts, start=1)
        ]

    def newest_act(self, kind: str) -> Act | None:
        return self._acts[-1] if self._acts else None

    def acts(self, *kinds: str) -> Sequence[Act]:
        return self._acts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def settings(
    folder: Path, text: str, refuse: Callable[[Settings], Iterable[tuple[str, str]]] | None = None
) -> Settings:
    path = folder / "probes.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path, environment={}, refuse=refuse)


def refused(folder: Path, text: str, *acts: tuple[str, str], now: str = "2026-11-10") -> str:
    recorded = Recorded(*((when, settings(folder, each)) for when, each in acts))
    try:
        settings(folder, text, lambda found: refused_amendments(found, recorded, now_ms=at(now)))
    except ConfigError as error:
        return str(error).replace(f"{folder}/", "")
    return ""


def test_other_target_for_a_month_that_ended_is_refused_and_named(folder: Path) -> None:
    assert refused(folder, OTHER, ("2026-10-05", BEFORE)) == (
        "probes.yaml:1:51: endpoints[0].sla: would change what service 'web' has for 2026-10, which has ended: "
        "let the terms of before stand with 'until: 2026-11-01', and give the new ones 'from: 2026-11-01'"
    )


def test_a_refusal_stands_where_the_agreement_covers_the_service(folder: Path) -> None:
    said = refused(folder, AGREED.replace("99.9%", "99.5%"), ("2026-10-05", AGREED))
    assert said.startswith(
        "probes.yaml:3:84: agreements[0].covers[0]: would change what agreement 'example' promises of service 'web' "
        "for 2026-10, which has ended: "
    )


def test_a_refusal_stands_at_the_agreement_that_covers_a_service_no_more(folder: Path) -> None:
    both = AGREED.replace("'tcp://127.0.0.1:1'}", "'tcp://127.0.0.1:1'}, {name: API, url: 'tcp://127.0.0.1:2'}")
    said = refused(folder, both.replace("[web]", "[api]"), ("2026-10-05", both))
    assert said.startswith("probes.yaml:3:14: agreements[0]: would change what agreement 'example' promises of")


def test_what_was_first_promised_this_month_may_be_put_right(folder: Path) -> None:
    assert not refused(folder, OTHER, ("2026-11-02", BEFORE))


def test_a_change_of_something_else_this_month_makes_no_old_promise_new(folder: Path) -> None:
    slower = BEFORE.replace("sla", "interval: 20s, sla")
    assert refused(folder, OTHER, ("2026-10-05", BEFORE), ("2026-11-02", slower))


def test_other_target_from_the_month_in_progress_on_is_taken(folder: Path) -> None:
    text = """
slas: {gold: [{until: 2026-11-01, target: 99.9%}, {from: 2026-11-01, target: 99.5%}]}
endpoints: [{name: Web, url: 'tcp://127.0.0.1:1', sla: gold}]
"""
    assert not refused(folder, text, ("2026-10-05", BEFORE))


def test_agreement_that_goes_without_an_end_is_refused(folder: Path) -> None:
    said = refused(folder, BEFORE, ("2026-10-05", AGREED))
    assert said.startswith("probes.yaml: would change what agreement 'example' promises of service 'web' for 2026-10")


def test_agreement_that_is_given_an_end_this_month_is_taken(folder: Path) -> None:
    ended = AGREED.replace("start: 2026-01-01", "start: 2026-01-01, end: 2026-11-30")
    assert not refused(folder, ended, ("2026-10-05", AGREED))


PROJECT = AGREED.replace("sla: 99.9%", "sla: {target: 99.9%, period: custom, from: 2026-09-01, until: UNTIL}")


@pytest.mark.parametrize(("until", "then"), [("2026-12-01", "2026-12-15"), ("2026-12-01", "2026-11-20")])
def test_a_custom_period_in_progress_may_be_given_another_end(folder: Path, until: str, then: str) -> None:
    assert not refused(folder, PROJECT.replace("UNTIL", then), ("2026-10-05", PROJECT.replace("UNTIL", until)))


@pytest.mark.parametrize(("until", "then"), [("2026-11-01", "2026-12-01"), ("2026-12-01", "2026-11-01")])
def test_a_custom_period_is_not_changed_once_it_or_what_becomes_of_it_is_over(
    folder: Path, until: str, then: str
) -> None:
    said = refused(folder, PROJECT.replace("UNTIL", then), ("2026-10-05", PROJECT.replace("UNTIL", until)))
    assert "agreement 'example' promises of service 'web'" in said


def test_a_first_configuration_changes_nothing(folder: Path) -> None:
    assert not refused(folder, BEFORE)
