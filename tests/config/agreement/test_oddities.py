"""What is said of agreements and maintenance that are hardly meant so; it never names who signed, or for how much."""

import pytest

from tests.config.conftest import Loaded

BEFORE = """\
monitor: {canaries: [tcp://9.9.9.9:443]}
page: {timezone: Europe/Berlin}
endpoints:
  - {name: Website, url: "https://a.example/", sla: 99.9%}
  - {name: API, url: "https://b.example/", interval: 10s}
"""
SIGNED = "approved: {by: Jane, on: 2026-01-01}"
AGREEMENT = f"agreements:\n  - {{name: Acme, customer: {{name: Acme, contacts: [Joe]}}, fee: 4711 EUR, {SIGNED}, "


def said(loaded: Loaded, text: str) -> list[str]:
    settings = loaded(BEFORE + text)
    return [str(finding).removeprefix(f"{settings.file}:") for finding in settings.findings]


def test_nothing_is_said_of_a_sound_agreement(loaded: Loaded) -> None:
    assert said(loaded, AGREEMENT + "covers: [website], start: 2026-01-01}\n") == []


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "agreements:\n  - {name: Acme, covers: [website]}\n",
            "7:5: agreements[0]: is a draft that earns no credit, as nobody approved it: add 'approved', with 'by' and "
            "'on'",
        ),
        (
            AGREEMENT + "covers: [website], start: 2025-12-31}\n",
            "7:95: agreements[0].approved.on: is after 'start': all the same, the agreement holds from its start",
        ),
        (
            AGREEMENT + "covers: [website], kind: ola}\n",
            "7:5: agreements[0]: backs no service, so that no statement shows what rests on it: add 'backs'",
        ),
        (
            "maintenance:\n  - {id: x, kind: k, start: 2026-10-12 02:00, duration: 1h, repeat: FREQ=WEEKLY;BYDAY=SU}\n"
            "slas: {gold: {target: 99%, exclusions: {k: {}}}}\nservices: [{name: S, endpoints: [api], sla: gold}]\n",
            "7:22: maintenance[0].start: is none of the times of 'repeat': the first that comes is 2026-10-18 02:00",
        ),
        (
            "maintenance:\n  - {id: x, start: 2026-10-12 02:00, duration: 1h}\n",
            "7:5: maintenance[0].kind: excludes nothing, as no terms of its services know this kind of exclusion",
        ),
    ],
)
def test_what_is_odd_is_said_where_it_stands(loaded: Loaded, text: str, finding: str) -> None:
    [found] = said(loaded, text)
    assert found == finding
    for private in ("Acme", "Jane", "Joe", "4711"):
        assert private not in found
