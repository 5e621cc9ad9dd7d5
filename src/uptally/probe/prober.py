"""Makes attempts: one try of an endpoint, from begin to verdict."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Self

from uptally.clock import Clock
from uptally.model.endpoint import Endpoint, HttpCheck, TcpCheck, Tls
from uptally.model.observation import Attempt, Certificate, Evidence, Outcome, Reason
from uptally.probe.addresses import IsPrivate, Vetting, is_private
from uptally.probe.connect import Dialer
from uptally.probe.deadlines import Deadlines, TimeIsUp
from uptally.probe.exchange import BODY_HEAD_BYTES
from uptally.probe.flight import Flight
from uptally.probe.http import probe_http
from uptally.probe.plan import Plan
from uptally.probe.poll import Poll
from uptally.probe.progress import Phase, Progress
from uptally.probe.reasons import Failure, reason_of, timeout_reason
from uptally.probe.redact import clean, clean_bytes, secrets_of
from uptally.probe.resolve import Lookup, Resolver
from uptally.probe.tcp import probe_tcp
from uptally.probe.tools import Tools
from uptally.rules.judge import RIGHT, Verdict, judge_latency, outcome_of
from uptally.units.time import DAY_MS, MINUTE_MS, format_duration

Probe = Callable[[Tools, Plan, Progress], Awaitable[Verdict]]

PROBES: Mapping[type[HttpCheck] | type[TcpCheck], Probe] = {HttpCheck: probe_http, TcpCheck: probe_tcp}
"""One function for each kind of check, all of one signature."""

ERROR_CHARS = 256
BODY_CHARS = 512
SUBJECT_CHARS = 256
TRACEBACK_LINE_CHARS = 1_000

SECOND_LOOK_MS = 2_000
"""So long may it take to fetch a certificate that failed verification; the attempt has ended by then."""

_UNVERIFIED = frozenset({Reason.TLS_EXPIRED, Reason.TLS_NOT_YET_VALID, Reason.TLS_UNTRUSTED, Reason.TLS_WRONG_HOST})

_log = logging.getLogger(__name__)


class Prober:
    """Makes attempts for a whole daemon, sharing what is dear to make.

    Belongs to one event loop, and is a context manager. `lookup` and `is_private` replace the system's resolver and the
    table of private addresses.
    """

    def __init__(self, *, clock: Clock, lookup: Lookup | None = None, is_private: IsPrivate = is_private) -> None:
        self._clock = clock
        self._resolver = Resolver(lookup)
        self._deadlines = Deadlines(clock)
        self._poll = Poll()
        self._tools = Tools(Dialer(self._poll, self._resolver, Vetting(is_private)))
        self._plans: dict[str, Plan] = {}
        """How attempts begin, by the endpoint's slug."""

    def close(self) -> None:
        """End the threads that look names up; a lookup that hangs is not waited for."""
        self._resolver.close()
        self._poll.close()

    async def __aenter__(self) -> Self:
        self._poll.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def attempt(self, endpoint: Endpoint) -> Attempt:
        """Try an endpoint once, as `begin` does. Raises only CancelledError: being shut down says nothing of it."""
        ended: asyncio.Future[Attempt] = asyncio.get_running_loop().create_future()
        flight = self.begin(endpoint, lambda attempt: None if ended.done() else ended.set_result(attempt))
        try:
            return await ended
        finally:
            flight.cancel()

    def begin(self, endpoint: Endpoint, ended: Callable[[Attempt], object]) -> Flight[Attempt]:
        """Begin to try an endpoint once, within its timeout, on a fresh connection; `ended` takes what came of it.

        Whatever fails is a value: a fault of the target is `DOWN`, one of our own `UNKNOWN` with a reason from 80 on,
        and a bug of ours is `MONITOR_ERROR`, its traceback in the log. What fails at once ends before this returns. A
        flight that is cancelled tells nothing.
        """
        flight = Flight(ended)
        flight.begin(self._attempt(endpoint, flight))
        return flight

    async def _attempt(self, endpoint: Endpoint, flight: Flight[Attempt]) -> Attempt:
        progress = Progress(self._clock)
        deadlines, timeout_ms = self._deadlines, endpoint.timeout_ms
        try:
            plan = self._plans.get(endpoint.slug)
            if plan is None or plan.endpoint is not endpoint or (plan.is_tls and not self._has_context(endpoint)):
                plan = await self._plan(endpoint)
                progress = Progress(self._clock)
            deadlines.set(flight, progress.begin_ns, timeout_ms)
            verdict = await PROBES[type(endpoint.check)](self._tools, plan, progress)
        except Exception as error:
            verdict = _failed(endpoint, progress, error)
        finally:
            deadlines.forget(flight, timeout_ms)
        duration_us = progress.finish() // 1_000
        if duration_us > timeout_ms * 1_000 and verdict.outcome is not Outcome.UNKNOWN:
            # Whether the deadline's turn came first must not decide.
            verdict = _too_late(endpoint, progress)
        if verdict is RIGHT:
            if endpoint.latency_limit_ms is not None:
                verdict = judge_latency(verdict, duration_us=duration_us, limit_ms=endpoint.latency_limit_ms)
        elif verdict.reason in _UNVERIFIED:
            await self._look_again(endpoint, progress, flight)
        return _attempt(endpoint, progress, verdict, duration_us)

    def _has_context(self, endpoint: Endpoint) -> bool:
        check = endpoint.check
        return check.tls is None or self._tools.contexts.ready(check.tls, is_http=_is_http(check)) is not None

    async def _plan(self, endpoint: Endpoint) -> Plan:
        """Work out how attempts begin, and make ready what TLS needs: milliseconds that are not the target's."""
        check = endpoint.check
        if check.tls is not None:
            await self._tools.contexts.prepare(check.tls, is_http=_is_http(check))
        plan = self._plans[endpoint.slug] = Plan.of(endpoint)
        return plan

    async def _look_again(self, endpoint: Endpoint, progress: Progress, flight: Flight[Attempt]) -> None:
        """Note which certificate failed verification, if the peer shows it once more."""
        tls = endpoint.check.tls
        # Behind a proxy there is no way to it but through another tunnel.
        if tls is not None and progress.server_name:
            blind = Tls(verify=False, certificate_file=tls.certificate_file, key_file=tls.key_file)
            self._deadlines.set(flight, self._clock.monotonic_ns(), SECOND_LOOK_MS)
            try:
                context = await self._tools.contexts.prepare(blind, is_http=False)
                progress.certificate = await self._tools.dialer.shown_certificate(progress, context)
            except (OSError, Failure, TimeIsUp):
                # Without it the failure stands as well.
                pass
            finally:
                self._deadlines.forget(flight, SECOND_LOOK_MS)


def _is_http(check: HttpCheck | TcpCheck) -> bool:
    return isinstance(check, HttpCheck)


def _failed(endpoint: Endpoint, progress: Progress, error: Exception) -> Verdict:
    """Return what an error amounts to."""
    progress.finish()
    if isinstance(error, TimeIsUp):
        return _too_late(endpoint, progress)
    reason = reason_of(error, progress.phase)
    if reason is Reason.MONITOR_ERROR and not isinstance(error, Failure):
        _log_bug(endpoint, error)
    return Verdict(outcome_of(reason), reason, str(error) or repr(error))


def _too_late(endpoint: Endpoint, progress: Progress) -> Verdict:
    """Return the verdict of a deadline that passed. Until the head of an answer is whole, the answer has not come."""
    phase = progress.phase
    if phase is Phase.TRANSFER and progress.status is None and not progress.body_bytes:
        phase = Phase.RESPONSE
    reason = timeout_reason(phase)
    return Verdict(outcome_of(reason), reason, f"{phase.label} was not over after {endpoint.timeout_ms} ms")


def _attempt(endpoint: Endpoint, progress: Progress, verdict: Verdict, duration_us: int) -> Attempt:
    if progress.certificate is not None and endpoint.certificate_days:
        progress.warnings += _certificate_warning(progress.certificate, endpoint.certificate_days, progress.at_ms)
    is_failure = verdict.outcome is Outcome.DOWN or verdict.outcome is Outcome.UNKNOWN
    # By position, which takes a third of the time.
    return Attempt(
        progress.at_ms,
        duration_us,
        verdict.outcome,
        verdict.reason,
        progress.phases(),
        progress.address,
        progress.status,
        progress.http_version,
        progress.redirects,
        progress.body_bytes,
        progress.certificate,
        progress.tls_version,
        progress.warnings,
        _evidence(endpoint, progress, verdict) if is_failure else None,
    )


def _certificate_warning(certificate: Certificate, days: int, at_ms: int) -> tuple[str, ...]:
    left_ms = certificate.not_after_ms - at_ms
    if left_ms <= 0:
        return ("the certificate has expired",)
    if left_ms < days * DAY_MS:
        return (f"the certificate expires in {format_duration(left_ms // MINUTE_MS * MINUTE_MS)}",)
    return ()


def _evidence(endpoint: Endpoint, progress: Progress, verdict: Verdict) -> Evidence:
    secrets = secrets_of(endpoint.check)
    certificate = progress.certificate
    return Evidence(
        error=clean(verdict.detail, secrets, ERROR_CHARS),
        status=progress.status,
        address=progress.address or progress.tried,
        certificate_subject=clean(certificate.subject, secrets, SUBJECT_CHARS) if certificate else "",
        certificate_not_after_ms=certificate.not_after_ms if certificate else None,
        body_head=clean_bytes(bytes(progress.body[:BODY_HEAD_BYTES]), secrets, BODY_CHARS),
    )


def _log_bug(endpoint: Endpoint, error: Exception) -> None:
    """Log the traceback, each line marked and cleaned: an error's text may quote the target, or a secret."""
    secrets = secrets_of(endpoint.check)
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "\n".join(f"  | {clean(line, secrets, TRACEBACK_LINE_CHARS)}" for line in lines)
    _log.error("a bug of ours, not of %s, ended an attempt:\n%s", endpoint.slug, text)
