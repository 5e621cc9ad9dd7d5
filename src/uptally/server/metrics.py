"""What Prometheus is told: blackbox_exporter's names, so that its dashboards and alerts fit, and a few of our own.

blackbox_exporter answers for one target per scrape, a daemon for all of them: every sample of an attempt is labelled
``endpoint`` (the slug), ``group`` and ``location``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import ip_address

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from uptally.model.endpoint import Endpoint, HttpCheck
from uptally.model.observation import Attempt, Outcome, Reason

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""What `Metrics.render` writes: its names need no newer alphabet, so that every Prometheus reads it."""

_LABELS = ("endpoint", "group", "location")
_BODY_REASONS = frozenset({Reason.BODY_MISSING_TEXT, Reason.BODY_FORBIDDEN_TEXT})

_Reading = Callable[[Endpoint, Attempt], float | None]
"""Reads one figure off an attempt; None where the attempt says nothing about it, and then there is no sample."""


class Metrics(Collector):
    """The board: keeps the last attempt of each endpoint and the counts, and writes them out when asked.

    `observe` and `miss` belong to the event loop's thread and cost little more than a dictionary's write; `render` may
    be called from another thread, and then so are the functions that it was given.
    """

    def __init__(
        self,
        *,
        location: str,
        in_flight: Callable[[], int] = int,
        ledger_pending: Callable[[], int] = int,
        tripwires_held: Callable[[], int] = int,
        copy_failing: Callable[[], bool] = bool,
        reports_overdue: Callable[[], int] = int,
        closing_failing: Callable[[], bool] = bool,
    ) -> None:
        self._location = location
        self._in_flight = in_flight
        self._ledger_pending = ledger_pending
        self._tripwires_held = tripwires_held
        self._copy_failing = copy_failing
        self._reports_overdue = reports_overdue
        self._closing_failing = closing_failing
        self._last: dict[str, tuple[Endpoint, Attempt]] = {}
        self._outcomes = dict.fromkeys((Outcome.UP, Outcome.SLOW, Outcome.DOWN, Outcome.UNKNOWN), 0)
        self._missed = 0
        self._config_loaded_ms = 0
        self._config_is_stale = False
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def observe(self, endpoint: Endpoint, attempt: Attempt) -> None:
        """Take an attempt as the endpoint's last one and count its outcome."""
        self._last[endpoint.slug] = (endpoint, attempt)
        self._outcomes[attempt.outcome] += 1

    def miss(self) -> None:
        """Count a slot at which nobody looked."""
        self._missed += 1

    def configure(self, endpoints: Iterable[Endpoint], *, at_ms: int) -> None:
        """Take note of the configuration in force since `at_ms`; what it does not ask as before has no last attempt."""
        self._config_loaded_ms, self._config_is_stale = at_ms, False
        known = self._last
        self._last = {
            endpoint.slug: (endpoint, known[endpoint.slug][1])
            for endpoint in endpoints
            if endpoint.slug in known and endpoint.is_asked_like(known[endpoint.slug][0])
        }

    def refuse(self) -> None:
        """Take note that a newer configuration was refused."""
        self._config_is_stale = True

    def render(self) -> bytes:
        """Write everything in Prometheus' text format, to be sent as `CONTENT_TYPE`."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the families of a scrape; called by prometheus_client."""
        # The copy is one step of the interpreter, so that the loop may go on observing meanwhile.
        last = [
            ((endpoint.slug, endpoint.group, self._location), endpoint, attempt)
            for endpoint, attempt in self._last.copy().values()
        ]
        for name, documentation, read in _READINGS:
            family = GaugeMetricFamily(name, documentation, labels=_LABELS)
            for labels, endpoint, attempt in last:
                value = read(endpoint, attempt)
                if value is not None:
                    family.add_metric(labels, value)
            yield family
        phases = GaugeMetricFamily(
            "probe_http_duration_seconds", "Duration of an HTTP attempt by phase.", labels=(*_LABELS, "phase")
        )
        tls_versions = GaugeMetricFamily(
            "probe_tls_version_info", "The TLS version used.", labels=(*_LABELS, "version")
        )
        for labels, endpoint, attempt in last:
            if isinstance(endpoint.check, HttpCheck):
                for phase, seconds in _phase_seconds(attempt):
                    phases.add_metric((*labels, phase), seconds)
            if attempt.tls_version:
                tls_versions.add_metric((*labels, attempt.tls_version), 1)
        yield phases
        yield tls_versions
        yield from self._own()

    def _own(self) -> Iterator[Metric]:
        observations = CounterMetricFamily(
            "uptally_observations", "Attempts that ended, by outcome.", labels=("outcome",)
        )
        for outcome, count in self._outcomes.items():
            observations.add_metric((outcome.label,), count)
        yield observations
        yield CounterMetricFamily("uptally_slots_missed", "Slots at which nobody looked.", value=self._missed)
        yield GaugeMetricFamily("uptally_attempts_in_flight", "Attempts that run.", value=self._in_flight())
        yield GaugeMetricFamily(
            "uptally_ledger_pending", "Observations not yet committed.", value=self._ledger_pending()
        )
        yield GaugeMetricFamily(
            "uptally_tripwires_held", "Connections that stand to be seen to end.", value=self._tripwires_held()
        )
        yield GaugeMetricFamily(
            "uptally_page_copy_failing", "Whether the page could not be copied.", value=float(self._copy_failing())
        )
        yield GaugeMetricFamily(
            "uptally_closing_failing",
            "Whether a month that is due could not be closed.",
            value=float(self._closing_failing()),
        )
        yield GaugeMetricFamily(
            "uptally_reports_overdue", "Reports that were due and are not delivered.", value=self._reports_overdue()
        )
        yield GaugeMetricFamily(
            "uptally_config_stale", "Whether a newer configuration was refused.", value=float(self._config_is_stale)
        )
        yield GaugeMetricFamily(
            "uptally_config_loaded_timestamp_seconds",
            "When the configuration in force was read, in Unix time.",
            value=self._config_loaded_ms / 1e3,
        )


def _phase_seconds(attempt: Attempt) -> Iterator[tuple[str, float]]:
    """Yield blackbox_exporter's phases; it writes 0 for a phase that was not reached or not needed."""
    phases = attempt.phases
    yield "resolve", (phases.resolve_us or 0) / 1e6
    yield "connect", (phases.connect_us or 0) / 1e6
    yield "tls", (phases.tls_us or 0) / 1e6
    yield "processing", (phases.first_byte_us or 0) / 1e6
    yield "transfer", (phases.transfer_us or 0) / 1e6


def _success(endpoint: Endpoint, attempt: Attempt) -> float | None:
    # Of an attempt that failed by our own fault nothing is said: an alert on 0 must mean that the target is down.
    return None if attempt.outcome is Outcome.UNKNOWN else float(attempt.outcome is not Outcome.DOWN)


def _dns_seconds(endpoint: Endpoint, attempt: Attempt) -> float | None:
    return None if attempt.phases.resolve_us is None else attempt.phases.resolve_us / 1e6


def _ip_protocol(endpoint: Endpoint, attempt: Attempt) -> float | None:
    return ip_address(attempt.address.partition("%")[0]).version if attempt.address else None


def _certificate_expiry(endpoint: Endpoint, attempt: Attempt) -> float | None:
    return attempt.certificate.not_after_ms / 1e3 if attempt.certificate else None


def _of_http(read: Callable[[Attempt], float | None]) -> _Reading:
    return lambda endpoint, attempt: read(attempt) if isinstance(endpoint.check, HttpCheck) else None


def _http_version(attempt: Attempt) -> float | None:
    number = attempt.http_version.rpartition("/")[2]
    return float(number) if number else None


_READINGS: tuple[tuple[str, str, _Reading], ...] = (
    ("probe_success", "Whether the last attempt found the endpoint up.", _success),
    ("probe_duration_seconds", "Duration of the last attempt.", lambda endpoint, attempt: attempt.duration_us / 1e6),
    ("probe_timeout_seconds", "Time allowed for an attempt.", lambda endpoint, attempt: endpoint.timeout_ms / 1e3),
    ("probe_dns_lookup_time_seconds", "Duration of the name's lookup.", _dns_seconds),
    ("probe_ip_protocol", "The IP protocol used, 4 or 6.", _ip_protocol),
    ("probe_ssl_earliest_cert_expiry", "When the certificate ends, in Unix time.", _certificate_expiry),
    ("probe_http_status_code", "The status, 0 without an answer.", _of_http(lambda attempt: attempt.status or 0)),
    ("probe_http_version", "The version of the answer.", _of_http(_http_version)),
    ("probe_http_redirects", "Redirects that were followed.", _of_http(lambda attempt: attempt.redirects)),
    ("probe_http_ssl", "Whether TLS was used.", _of_http(lambda attempt: float(bool(attempt.tls_version)))),
    (
        "probe_failed_due_to_regex",
        "Whether the body's text was why the attempt failed.",
        _of_http(lambda attempt: float(attempt.reason in _BODY_REASONS)),
    ),
)
