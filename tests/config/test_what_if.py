"""Other terms than the file's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from uptally.config import load, what_if
from uptally.errors import ConfigError, QuantityError
from uptally.model.downtime import BucketTime, Instant, Run
from uptally.model.endpoint import HttpCheck
from uptally.model.settings import Settings
from uptally.model.terms import Unknown
from uptally.units.time import MINUTE_MS

CONFIG = """\
slas:
  gold: {target: 99.9%, downtime: {bucket: 1m, down_when: all}}
  silver: 99%
  dated:
    - {target: 99%, until: 2026-07-01}
    - {target: 99.5%, from: 2026-07-01}
  windowed:
    windows:
      - {name: office, hours: mon-fri 08:00-18:00, target: 99.5%}
      - {name: rest, except: office, target: 95%}
endpoints:
  - {name: A, url: tcp://localhost:1, sla: gold}
  - {name: B, url: tcp://localhost:1, sla: 98%}
  - {name: C, url: tcp://localhost:1, sla: dated}
  - {name: D, url: tcp://localhost:1, sla: windowed}
agreements:
  - {name: X, customer: Y, provider: Z, sla: silver, covers: [a, {service: b, sla: {target: 97%}}]}
"""


def amended(folder: Path, *changes: str, text: str = CONFIG) -> Settings:
    file = folder / "probes.yaml"
    file.write_text(text, encoding="utf-8")
    return load(file, environment={}, amend=what_if(changes))


def test_a_target_changes_in_all_terms_in_versions_and_in_windows(tmp_path: Path) -> None:
    settings = amended(tmp_path, "target=99.99%")
    promised = [terms for endpoint in settings.endpoints for terms in endpoint.versions]
    promised += [terms for coverage in settings.agreements[0].coverage for terms in coverage.terms]
    assert len(promised) == 7
    assert {window.target for terms in promised for window in terms.windows} == {Fraction(9999, 10_000)}


def test_one_definition_of_downtime_takes_the_place_of_another(tmp_path: Path) -> None:
    gold, bare, *_ = amended(tmp_path, "downtime.run=5m").endpoints
    assert [each.terms and each.terms.downtime for each in (gold, bare)] == [Run(5 * MINUTE_MS)] * 2


def test_what_is_beside_a_changed_key_stays(tmp_path: Path) -> None:
    gold = amended(tmp_path, "downtime.bucket=5m", "unknown=as_down").endpoints[0].terms
    assert gold is not None
    assert (gold.downtime, gold.unknown) == (BucketTime(5 * MINUTE_MS, needs_all=True), Unknown.AS_DOWN)


def test_a_whole_key_can_be_changed(tmp_path: Path) -> None:
    gold = amended(tmp_path, "downtime=instant").endpoints[0].terms
    assert gold is not None
    assert gold.downtime == Instant()


def test_what_is_called_sla_and_promises_nothing_stays(tmp_path: Path) -> None:
    text = """\
defaults: {sla: 97%}
endpoints: [{name: A, url: "https://a.example/", headers: {sla: 99%}}]
services: [{name: S, endpoints: [a], sla: 98%}]
agreements: [{name: X, customer: Y, covers: [s], glossary: {sla: 99% of the time}}]
"""
    settings = amended(tmp_path, "target=99.99%", text=text)
    [endpoint], [agreement] = settings.endpoints, settings.agreements
    promised = [*endpoint.versions, *settings.services[0].terms]
    assert [terms.target for terms in promised] == [Fraction(9999, 10_000)] * 2
    assert isinstance(endpoint.check, HttpCheck)
    assert [(name, value.reveal()) for name, value in endpoint.check.headers] == [("sla", "99%")]
    assert agreement.glossary == (("sla", "99% of the time"),)


@pytest.mark.parametrize("text", ["target", "=99%", "target=", ".run=5m", "downtime.=5m", "target=[", "a=b: c"])
def test_what_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(QuantityError, match="is no change of terms"):
        what_if([text])


@pytest.mark.parametrize("text", ["target=110%", "targte=99%", "downtime.run=5", "downtime.rum=5m"])
def test_terms_that_cannot_be_are_refused_as_in_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        amended(tmp_path, text)
