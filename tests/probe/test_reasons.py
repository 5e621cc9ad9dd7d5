"""From errors to reasons. What a real server can bring about is in the tests of the checks; here is the rest."""

import errno
import os
import ssl

import pytest

from uptally.model.observation import Outcome, Reason
from uptally.probe.progress import Phase
from uptally.probe.reasons import Failure, reason_of, timeout_reason
from uptally.rules.judge import outcome_of


@pytest.mark.parametrize(
    ("code", "phase", "reason", "outcome"),
    [
        (errno.ECONNREFUSED, Phase.CONNECT, Reason.CONNECT_REFUSED, Outcome.DOWN),
        (errno.ETIMEDOUT, Phase.CONNECT, Reason.CONNECT_TIMEOUT, Outcome.DOWN),
        (errno.ETIMEDOUT, Phase.RESPONSE, Reason.RESPONSE_TIMEOUT, Outcome.DOWN),
        (errno.EHOSTUNREACH, Phase.CONNECT, Reason.CONNECT_UNREACHABLE, Outcome.DOWN),
        (errno.ENETUNREACH, Phase.CONNECT, Reason.CONNECT_UNREACHABLE, Outcome.DOWN),
        (errno.ECONNRESET, Phase.CONNECT, Reason.CONNECT_RESET, Outcome.DOWN),
        (errno.ECONNRESET, Phase.TLS, Reason.CONNECT_RESET, Outcome.DOWN),
        (errno.ECONNRESET, Phase.TRANSFER, Reason.RESET, Outcome.DOWN),
        (errno.EPIPE, Phase.RESPONSE, Reason.RESET, Outcome.DOWN),
        (errno.ENOPROTOOPT, Phase.CONNECT, Reason.CONNECT_FAILED, Outcome.DOWN),
        (errno.EMFILE, Phase.CONNECT, Reason.LOCAL_LIMIT, Outcome.UNKNOWN),
        (errno.ENFILE, Phase.CONNECT, Reason.LOCAL_LIMIT, Outcome.UNKNOWN),
        (errno.ENOBUFS, Phase.RESPONSE, Reason.LOCAL_LIMIT, Outcome.UNKNOWN),
        (errno.ENOMEM, Phase.CONNECT, Reason.LOCAL_LIMIT, Outcome.UNKNOWN),
        (errno.EADDRNOTAVAIL, Phase.CONNECT, Reason.LOCAL_LIMIT, Outcome.UNKNOWN),
        (errno.EPERM, Phase.CONNECT, Reason.LOCAL_DENIED, Outcome.UNKNOWN),
        (errno.EACCES, Phase.CONNECT, Reason.LOCAL_DENIED, Outcome.UNKNOWN),
        (errno.EINVAL, Phase.CONNECT, Reason.LOCAL_DENIED, Outcome.UNKNOWN),
        (errno.EAFNOSUPPORT, Phase.CONNECT, Reason.NO_ROUTE_FAMILY, Outcome.UNKNOWN),
    ],
)
def test_codes_of_the_system(code: int, phase: Phase, reason: Reason, outcome: Outcome) -> None:
    # OSError makes the subclass of the code, as the event loops do.
    assert reason_of(OSError(code, os.strerror(code)), phase) is reason
    assert outcome_of(reason) is outcome


def test_openssls_own_code_is_not_taken_for_the_systems() -> None:
    assert errno.EPERM == ssl.SSL_ERROR_SSL
    assert reason_of(ssl.SSLError(ssl.SSL_ERROR_SSL, "wrong version number"), Phase.TLS) is Reason.TLS_HANDSHAKE


def test_a_failure_says_its_reason_itself() -> None:
    assert reason_of(Failure(Reason.BAD_REDIRECT, "to nowhere"), Phase.TRANSFER) is Reason.BAD_REDIRECT


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), AssertionError("x"), RecursionError("x")])
def test_what_is_not_known_is_a_bug_of_ours(error: Exception) -> None:
    assert reason_of(error, Phase.CONNECT) is Reason.MONITOR_ERROR
    assert outcome_of(Reason.MONITOR_ERROR) is Outcome.UNKNOWN


def test_only_a_resolver_that_is_silent_leaves_the_target_in_doubt() -> None:
    assert {phase: outcome_of(timeout_reason(phase)) for phase in Phase} == {
        Phase.RESOLVE: Outcome.UNKNOWN,
        Phase.CONNECT: Outcome.DOWN,
        Phase.TLS: Outcome.DOWN,
        Phase.RESPONSE: Outcome.DOWN,
        Phase.TRANSFER: Outcome.DOWN,
    }
