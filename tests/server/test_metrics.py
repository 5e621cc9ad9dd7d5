from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from uptally.model.endpoint import Endpoint, HttpCheck, TcpCheck
from uptally.model.observation import Attempt, Certificate, Outcome, Phases, Reason
from uptally.server.metrics import Metrics

WEBSITE = Endpoint(
    name="Website",
    slug="website",
    check=HttpCheck(url="https://www.example.com/", host="www.example.com", port=443),
    interval_ms=1_000,
    timeout_ms=2_500,
    group="Public",
)
DATABASE = replace(
    WEBSITE, name="Database", slug="database", check=TcpCheck(host="db.example.com", port=5432), group=""
)

GOOD = Attempt(
    at_ms=1_790_000_000_000,
    duration_us=150_000,
    outcome=Outcome.UP,
    reason=Reason.NONE,
    phases=Phases(resolve_us=1_000, connect_us=2_000, tls_us=3_000, first_byte_us=100_000, transfer_us=44_000),
    address="192.0.2.1",
    status=204,
    http_version="1.1",
    redirects=2,
    certificate=Certificate(subject="www.example.com", not_after_ms=1_799_999_999_000),
    tls_version="TLSv1.3",
)
REFUSED = Attempt(at_ms=1_790_000_000_000, duration_us=900, outcome=Outcome.DOWN, reason=Reason.CONNECT_REFUSED)

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(metrics: Metrics) -> Samples:
    """All samples, as Prometheus' own parser reads them."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
    }


def of(samples: Samples, name: str, **labels: str) -> float | None:
    found = [value for (other, has), value in samples.items() if other == name and labels.items() <= dict(has).items()]
    assert len(found) <= 1
    return found[0] if found else None


def test_an_http_attempt_is_told_by_blackbox_exporters_names() -> None:
    metrics = Metrics(location="fra1")
    metrics.observe(WEBSITE, GOOD)
    samples = scrape(metrics)
    labels = {"endpoint": "website", "group": "Public", "location": "fra1"}
    told = {
        "probe_success": 1,
        "probe_duration_seconds": 0.15,
        "probe_timeout_seconds": 2.5,
        "probe_dns_lookup_time_seconds": 0.001,
        "probe_ip_protocol": 4,
        "probe_ssl_earliest_cert_expiry": 1_799_999_999,
        "probe_http_status_code": 204,
        "probe_http_version": 1.1,
        "probe_http_redirects": 2,
        "probe_http_ssl": 1,
        "probe_failed_due_to_regex": 0,
    }
    assert {name: of(samples, name, **labels) for name in told} == told
    phases = {"resolve": 0.001, "connect": 0.002, "tls": 0.003, "processing": 0.1, "transfer": 0.044}
    assert {phase: of(samples, "probe_http_duration_seconds", phase=phase, **labels) for phase in phases} == phases
    assert of(samples, "probe_tls_version_info", version="TLSv1.3", **labels) == 1


def test_a_tcp_attempt_has_no_http_samples() -> None:
    metrics = Metrics(location="local")
    metrics.observe(DATABASE, GOOD._replace(status=None, http_version="", tls_version="", address="2001:db8::1"))
    samples = scrape(metrics)
    assert of(samples, "probe_success") == 1
    assert of(samples, "probe_ip_protocol") == 6
    assert not [name for name, _ in samples if name.startswith("probe_http_")]


def test_a_failure_is_0_and_without_an_answer_the_status_is_0() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, REFUSED)
    samples = scrape(metrics)
    assert of(samples, "probe_success") == 0
    assert of(samples, "probe_http_status_code") == 0
    assert of(samples, "probe_http_duration_seconds", phase="transfer") == 0
    assert of(samples, "probe_http_version") is None
    assert of(samples, "probe_ip_protocol") is None


def test_our_own_fault_says_nothing_of_success() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, REFUSED._replace(outcome=Outcome.UNKNOWN, reason=Reason.OWN_NETWORK))
    assert of(scrape(metrics), "probe_success") is None


def test_slow_is_a_success() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, GOOD._replace(outcome=Outcome.SLOW, reason=Reason.LATENCY_LIMIT))
    assert of(scrape(metrics), "probe_success") == 1


def test_a_body_that_failed_is_told() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, GOOD._replace(outcome=Outcome.DOWN, reason=Reason.BODY_MISSING_TEXT))
    assert of(scrape(metrics), "probe_failed_due_to_regex") == 1


def test_only_the_last_attempt_of_each_endpoint_is_told_but_all_are_counted() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, GOOD)
    metrics.observe(WEBSITE, REFUSED)
    metrics.observe(DATABASE, GOOD)
    metrics.miss()
    samples = scrape(metrics)
    assert of(samples, "probe_success", endpoint="website") == 0
    assert of(samples, "probe_success", endpoint="database") == 1
    assert of(samples, "uptally_observations_total", outcome="up") == 2
    assert of(samples, "uptally_observations_total", outcome="down") == 1
    assert of(samples, "uptally_observations_total", outcome="unknown") == 0
    assert of(samples, "uptally_slots_missed_total") == 1


def test_tripwires_that_are_held_are_counted() -> None:
    assert of(scrape(Metrics(location="local", tripwires_held=lambda: 7)), "uptally_tripwires_held") == 7


def test_gauges_of_the_daemon_are_asked_at_each_scrape() -> None:
    in_flight = [3]
    metrics = Metrics(location="local", in_flight=lambda: in_flight[0], ledger_pending=lambda: 42)
    assert of(scrape(metrics), "uptally_attempts_in_flight") == 3
    in_flight[0] = 5
    samples = scrape(metrics)
    assert of(samples, "uptally_attempts_in_flight") == 5
    assert of(samples, "uptally_ledger_pending") == 42


def test_labels_are_escaped() -> None:
    group = 'a "b"\\\nprobe_success{endpoint="forged"} 1'
    metrics = Metrics(location="local")
    metrics.observe(replace(WEBSITE, group=group), GOOD)
    samples = scrape(metrics)
    assert of(samples, "probe_success", group=group) == 1
    assert of(samples, "probe_success", endpoint="forged") is None


def test_address_with_a_scope_is_read() -> None:
    metrics = Metrics(location="local")
    metrics.observe(WEBSITE, GOOD._replace(address="fe80::1%eth0"))
    assert of(scrape(metrics), "probe_ip_protocol") == 6


def test_two_boards_do_not_share_a_registry() -> None:
    first, second = Metrics(location="a"), Metrics(location="b")
    first.observe(WEBSITE, GOOD)
    assert of(scrape(second), "probe_success") is None


def test_what_the_configuration_asks_no_more_or_otherwise_is_dropped() -> None:
    metrics = Metrics(location="local")
    moved = replace(WEBSITE, slug="moved")
    for endpoint in (WEBSITE, DATABASE, moved):
        metrics.observe(endpoint, GOOD)
    metrics.configure([replace(WEBSITE, group="Shop"), replace(moved, timeout_ms=1)], at_ms=1_790_000_000_500)
    samples = scrape(metrics)
    assert of(samples, "probe_success", group="Shop", endpoint="website") == 1
    assert of(samples, "probe_success", endpoint="database") is None
    assert of(samples, "probe_success", endpoint="moved") is None
    assert of(samples, "uptally_config_loaded_timestamp_seconds") == 1_790_000_000.5


def test_a_refused_configuration_is_stale_until_one_is_taken() -> None:
    metrics = Metrics(location="local")
    metrics.configure([WEBSITE], at_ms=1_000)
    assert of(scrape(metrics), "uptally_config_stale") == 0
    metrics.refuse()
    assert of(scrape(metrics), "uptally_config_stale") == 1
    assert of(scrape(metrics), "uptally_config_loaded_timestamp_seconds") == 1
    metrics.configure([WEBSITE], at_ms=2_000)
    assert of(scrape(metrics), "uptally_config_stale") == 0


def test_whether_the_page_could_be_copied_is_told() -> None:
    assert of(scrape(Metrics(location="local")), "uptally_page_copy_failing") == 0
    assert of(scrape(Metrics(location="local", copy_failing=lambda: True)), "uptally_page_copy_failing") == 1
