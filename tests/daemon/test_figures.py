"""Posted figures go on record, by the configuration that is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from tests.ledger.made import Clock, open_ledger
from uptally.config import load
from uptally.daemon.figures import posting_of
from uptally.daemon.order import Shown
from uptally.errors import ConfigError, ImportRejected
from uptally.ledger import Ledger, Reader
from uptally.model.objective import Figure
from uptally.model.settings import Settings
from uptally.rules.record.figures import FIGURE, recorded_figures
from uptally.server import Gate, Taken
from uptally.server.openapi import EXAMPLE

TOKEN = "0123456789abcdef0123456789abcdef"
CONFIG = """\
server: {figures_token: "${TOKEN}"}
endpoints: [{name: Web, url: 'tcp://192.0.2.1:443'}]
agreements: [{name: Acme Ltd, customer: Acme, covers: [web], sla: 99%}]
"""
NOBODY: dict[str, str] = {}
GATE = Gate(NOBODY.get, clock=float)
ROWS = "name,period,count,agreement\nleads,2020-10,120,Acme Ltd\n"


def loaded(folder: Path, token: str = TOKEN) -> Settings:
    (folder / "probes.yaml").write_text(CONFIG)
    return load(folder / "probes.yaml", environment={"TOKEN": token})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return loaded(tmp_path)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    ledger = open_ledger(settings.store.path, clock=Clock())
    yield ledger
    ledger.close()


def test_figures_are_on_record_once_they_are_taken(settings: Settings, ledger: Ledger) -> None:
    posting = posting_of(lambda: settings, ledger, Clock(), GATE, NOBODY.get)
    assert [posting.take(ROWS), posting.take(ROWS)] == [Taken(1, 0), Taken(0, 1)]
    with Reader.open(settings.store.path) as reader:
        reader.verify_acts()
        acts = reader.acts(FIGURE)
    assert [act.by for act in acts] == ["POST /figures"]
    october = (date(2020, 10, 1), date(2020, 10, 31))
    assert recorded_figures(acts) == (Figure("leads", *october, Fraction(120), None, "acme-ltd"),)


def test_agreements_are_those_that_are_in_force_by_then(settings: Settings, ledger: Ledger) -> None:
    in_force = [settings]
    posting = posting_of(lambda: in_force[-1], ledger, Clock(), GATE, NOBODY.get)
    in_force.append(replace(settings, agreements=()))
    with pytest.raises(ImportRejected, match="'Acme Ltd' is no agreement"):
        posting.take(ROWS)


def test_those_may_post_who_have_the_token_of_the_configuration_or_one_on_record(
    settings: Settings, ledger: Ledger
) -> None:
    closed = replace(settings, server=replace(settings.server, figures_token=None))
    admit = {"upt_fig": "fig"}.get
    opened = posting_of(lambda: settings, ledger, Clock(), GATE, admit).admit
    assert [opened(given) for given in (TOKEN, "upt_fig", "", "\udcfc")] == ["figures_token", "fig", None, None]
    alone = posting_of(lambda: closed, ledger, Clock(), GATE, admit).admit
    assert [alone(given) for given in (TOKEN, "upt_fig", "")] == [None, "fig", None]


def test_a_short_token_is_refused_without_being_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="figures_token: must have at least 32 characters") as caught:
        loaded(tmp_path, "short-token")
    assert "short-token" not in str(caught.value)


def test_the_token_never_reaches_the_pages_process_or_the_record(settings: Settings) -> None:
    assert Shown(settings).without_secrets().settings.server.figures_token is None
    assert TOKEN not in settings.revision
    assert TOKEN not in repr(settings)


def test_the_example_that_the_openapi_document_shows_can_be_posted(settings: Settings, ledger: Ledger) -> None:
    posting = posting_of(lambda: settings, ledger, Clock(), GATE, NOBODY.get)
    # By the clock of tests 2026 is yet to come.
    assert posting.take(EXAMPLE.replace("2026", "2020")) == Taken(1, 0)
