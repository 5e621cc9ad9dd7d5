from pathlib import Path

import pytest

from tests.config.conftest import ENVIRONMENT, Loaded
from uptally.config import load
from uptally.model.settings import Settings

CANARY = "monitor: {canaries: [tcp://9.9.9.9:443]}\n"
WEBSITE = CANARY + "endpoints:\n  - name: A\n    url: https://a.example/\n"


def said(settings: Settings) -> list[str]:
    return [str(finding).removeprefix(f"{settings.file}:") for finding in settings.findings]


def test_a_sound_file_has_none(loaded: Loaded) -> None:
    assert said(loaded(WEBSITE + "    sla: 99.9%\n")) == []


@pytest.mark.parametrize(
    ("interval", "sla", "verdict"),
    [
        ("60s", "99.999%", "a 60 s interval cannot prove 99.999% (25.9 s a month); 8 s or less can: 10,800"),
        ("9s", "99.999%", "a 9 s interval cannot prove 99.999% (25.9 s a month); 8 s or less can: 10,800"),
        ("1s", "99.9999%", "a 1 s interval cannot prove 99.9999% (2.5 s a month); 864 ms or less can: 100,000"),
        ("1h", "99.95%", "a 3,600 s interval cannot prove 99.95% (1,296 s a month); 432 s or less can: 200"),
        ("1s500ms", "99.9999%", "a 1.5 s interval cannot prove 99.9999% (2.5 s a month); 864 ms or less can: 100,000"),
    ],
)
def test_an_interval_that_cannot_prove_its_target(loaded: Loaded, interval: str, sla: str, verdict: str) -> None:
    settings = loaded(WEBSITE + f"    interval: {interval}\n    sla: {sla}\n")
    said_of_it, _, checks = verdict.rpartition(": ")
    assert said(settings) == [f"5:5: endpoints[0].interval: {said_of_it}: that is {checks} checks a day"]


def test_an_interval_that_just_proves_its_target_is_none(loaded: Loaded) -> None:
    assert said(loaded(WEBSITE + "    interval: 8s640ms\n    sla: 99.999%\n")) == []


def test_a_target_by_default_counts_too(loaded: Loaded) -> None:
    [finding] = said(loaded("defaults: {sla: 99.9999%}\n" + WEBSITE))
    assert finding.startswith("4:5: endpoints[0].interval: a 10 s interval cannot prove 99.9999%")


@pytest.mark.parametrize(
    ("interval", "others", "is_found"), [("1s", 0, False), ("1001ms", 0, False), ("2s", 0, True), ("2s", 1, False)]
)
def test_attempts_that_are_too_few_for_the_least_requests_of_an_interval(
    loaded: Loaded, interval: str, others: int, is_found: bool
) -> None:
    rule = "{requests: 1m, mode: threshold, errors_above: 5%, least_requests: 60}"
    text = WEBSITE + f"    interval: {interval}\n"
    names = ["a", *(f"b{number}" for number in range(others))]
    text += "".join(f"  - {{name: {name}, url: https://b.example/, interval: {interval}}}\n" for name in names[1:])
    text += f"services: [{{name: S, endpoints: {names}, sla: {{target: 99%, downtime: {rule}}}}}]\n"
    expected = (
        "5:5: endpoints[0].interval: leaves its service at most 30 attempts in 1m, too few for the 60 requests without "
        "which it is never down: ask more often, or for fewer"
    )
    assert said(loaded(text)) == ([expected] if is_found else [])


def test_no_canaries(loaded: Loaded) -> None:
    settings = loaded("endpoints:\n  - name: A\n    url: https://a.example/\n")
    assert settings.findings == ()
    [finding] = [str(note).removeprefix(f"{settings.file}:") for note in settings.notes]
    assert finding.startswith("1:1: monitor.canaries: there are none, so that a failure of our own network")


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:80", "[::1]:80"])
def test_loopback_needs_no_canaries(loaded: Loaded, host: str) -> None:
    assert said(loaded(f'endpoints:\n  - name: A\n    url: "tcp://{host}"\n')) == []


def test_a_canary_on_this_machine(loaded: Loaded) -> None:
    settings = loaded(
        "monitor: {canaries: ['tcp://127.0.0.1:80']}\nendpoints: [{name: A, url: 'https://a.example/'}]\n"
    )
    assert said(settings) == ["1:22: monitor.canaries[0]: is on this machine, and tells nothing of its network"]


def test_more_checks_than_the_ceilings_allow(loaded: Loaded) -> None:
    rows = "".join(f"  - {{name: N{n}, url: 'https://a.example/{n}', interval: 250ms}}\n" for n in range(26))
    settings = loaded(f"monitor: {{canaries: [tcp://9.9.9.9:443], checks_per_second: 103}}\nendpoints:\n{rows}")
    assert said(settings) == [
        "1:1: monitor.checks_per_second_per_host: the endpoints of one host ask for 104 checks a second, above the "
        "ceiling of 100",
        "1:42: monitor.checks_per_second: all endpoints ask for 104 checks a second, above the ceiling of 103",
    ]


def test_a_latency_limit_that_nothing_exceeds(loaded: Loaded) -> None:
    settings = loaded(WEBSITE + "    timeout: 2s\n    latency_limit: 2s\n")
    assert said(settings) == [
        "6:5: endpoints[0].latency_limit: is not below the timeout, so that no answer is ever slow"
    ]


def test_a_tripwire_that_would_have_to_go_through_a_proxy(loaded: Loaded) -> None:
    settings = loaded(WEBSITE + "    tripwire: true\n    environment_proxy: true\n")
    assert said(settings) == [
        "5:5: endpoints[0].tripwire: has no effect beside 'environment_proxy', as nothing is held through a proxy"
    ]
    assert said(loaded(WEBSITE + "    tripwire: true\n")) == []


@pytest.mark.parametrize(
    ("secret", "place"),
    [
        ("    auth: {bearer: hunter2}\n", "5:12: endpoints[0].auth.bearer"),
        ("    auth: {basic: {username: u, password: hunter2}}\n", "5:33: endpoints[0].auth.basic.password"),
        ("    auth: {bearer: '${NOWHERE:-hunter2}'}\n", "5:12: endpoints[0].auth.bearer"),
        ("    headers: {X-Api-Key: hunter2}\n", "5:15: endpoints[0].headers.X-Api-Key"),
        ("    headers: {Cookie: 'a=${TOKEN}'}\n", "5:15: endpoints[0].headers.Cookie"),
    ],
)
def test_a_secret_in_a_file_that_others_may_read(loaded: Loaded, tmp_path: Path, secret: str, place: str) -> None:
    assert said(loaded(WEBSITE + secret)) == []
    file = tmp_path / "probes.yaml"
    file.chmod(0o644)
    remedy = "move it to the environment, or chmod o-r the file"
    assert said(load(file, environment=ENVIRONMENT)) == [
        f"{place}: stands in plain text in a file that others may read: {remedy}"
    ]


@pytest.mark.parametrize(
    "extra",
    [
        "    auth: {bearer: '${TOKEN}'}\n",
        "    headers: {Authorization: 'Bearer ${TOKEN}'}\n",
        "    headers: {Accept: text/html}\n",
        "    body: hello\n",
    ],
)
def test_a_file_without_secrets_may_be_read_by_all(loaded: Loaded, tmp_path: Path, extra: str) -> None:
    loaded(WEBSITE + extra)
    file = tmp_path / "probes.yaml"
    file.chmod(0o644)
    assert said(load(file, environment=ENVIRONMENT)) == []


def test_a_secret_file_that_others_may_read(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2", encoding="utf-8")
    (tmp_path / "token").chmod(0o644)
    settings = loaded(WEBSITE + "    auth: {bearer_file: token}\n")
    assert said(settings) == [
        "5:12: endpoints[0].auth.bearer_file: others on this machine may read the file: chmod o-r"
    ]
    (tmp_path / "token").chmod(0o640)
    assert said(loaded(WEBSITE + "    auth: {bearer_file: token}\n")) == []
