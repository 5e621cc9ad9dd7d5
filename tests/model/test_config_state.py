from uptally.model.act import Act
from uptally.model.config_state import CONFIG, CONFIG_READ, ConfigState, Reading

REFUSED = Reading(began_ms=1_000, problem_count=2, problems=("probes.yaml:1:1: ü", "probes.yaml: x"))
TAKEN = Reading(began_ms=2_000, new=1, kept=3)


def state(*kinds_and_bodies: tuple[str, str]) -> ConfigState | None:
    acts = [
        Act(number, number * 1_000, kind, "probes.yaml", body, "")
        for number, (kind, body) in enumerate(kinds_and_bodies, start=1)
    ]
    return ConfigState.of(lambda kind: next((act for act in reversed(acts) if act.kind == kind), None))


def test_a_reading_comes_back_from_its_act_as_it_was() -> None:
    for reading in (REFUSED, TAKEN):
        assert Reading.of(Act(1, 0, CONFIG_READ, "", reading.body, "")) == reading


def test_the_state_follows_the_newest_reading_and_the_newest_configuration() -> None:
    assert state() is None
    assert state((CONFIG, "{}")) == ConfigState(1_000)
    refused = (CONFIG, "{}"), (CONFIG_READ, TAKEN.body), (CONFIG_READ, REFUSED.body)
    assert state(*refused) == ConfigState(1_000, 3_000, REFUSED)
    assert state(*refused, (CONFIG_READ, TAKEN.body)) == ConfigState(1_000)


def test_a_configuration_that_came_into_force_ends_a_refusal_even_if_nothing_more_was_recorded() -> None:
    assert state((CONFIG, "{}"), (CONFIG_READ, REFUSED.body), (CONFIG, "{1}")) == ConfigState(3_000)
