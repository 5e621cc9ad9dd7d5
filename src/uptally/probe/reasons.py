"""From what went wrong to a reason of the closed list: one table."""

from __future__ import annotations

import errno
import socket
import ssl

from uptally.model.observation import Reason
from uptally.probe.progress import Phase

_BY_ERRNO = {
    errno.ECONNREFUSED: Reason.CONNECT_REFUSED,
    errno.EHOSTUNREACH: Reason.CONNECT_UNREACHABLE,
    errno.ENETUNREACH: Reason.CONNECT_UNREACHABLE,
    errno.EHOSTDOWN: Reason.CONNECT_UNREACHABLE,
    errno.ENETDOWN: Reason.CONNECT_UNREACHABLE,
    errno.EMFILE: Reason.LOCAL_LIMIT,
    errno.ENFILE: Reason.LOCAL_LIMIT,
    errno.ENOBUFS: Reason.LOCAL_LIMIT,
    errno.ENOMEM: Reason.LOCAL_LIMIT,
    errno.EADDRNOTAVAIL: Reason.LOCAL_LIMIT,
    errno.EPERM: Reason.LOCAL_DENIED,
    errno.EACCES: Reason.LOCAL_DENIED,
    # What the kernel says where our own routing table drops what goes there.
    errno.EINVAL: Reason.LOCAL_DENIED,
    errno.EAFNOSUPPORT: Reason.NO_ROUTE_FAMILY,
}

_BY_RESOLVER = {
    socket.EAI_NONAME: Reason.DNS_NOT_FOUND,
    getattr(socket, "EAI_NODATA", socket.EAI_NONAME): Reason.DNS_NOT_FOUND,
    socket.EAI_MEMORY: Reason.LOCAL_LIMIT,
}

# The codes of OpenSSL's X509_verify_cert_error_string(3).
_BY_VERIFICATION = {
    9: Reason.TLS_NOT_YET_VALID,
    10: Reason.TLS_EXPIRED,
    62: Reason.TLS_WRONG_HOST,
    64: Reason.TLS_WRONG_HOST,
}

_RESETS = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})

_TIMEOUTS = {
    Phase.RESOLVE: Reason.DNS_UNAVAILABLE,
    Phase.CONNECT: Reason.CONNECT_TIMEOUT,
    Phase.TLS: Reason.TLS_TIMEOUT,
    Phase.RESPONSE: Reason.RESPONSE_TIMEOUT,
    Phase.TRANSFER: Reason.TRANSFER_TIMEOUT,
}


class Failure(Exception):
    """An attempt that failed for a reason that the place where it failed knows best.

    Its text is evidence for the operator.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        self.reason = reason
        super().__init__(text)


def reason_of(error: BaseException, phase: Phase) -> Reason:
    """Return the reason for an error of the system, the resolver or TLS that was met in a phase.

    `MONITOR_ERROR` is that of any error not known here.     Codes that mean our own machine (descriptors, memory,
    ports, permission) stand apart from those that mean the target.
    """
    match error:
        case Failure():
            return error.reason
        case ssl.SSLCertVerificationError():
            return _BY_VERIFICATION.get(error.verify_code, Reason.TLS_UNTRUSTED)
        case ssl.SSLError():
            return Reason.TLS_HANDSHAKE
        case socket.gaierror():
            return _BY_RESOLVER.get(error.errno or 0, Reason.DNS_UNAVAILABLE)
        case OSError():
            return _of_system(error, phase)
        case MemoryError():
            return Reason.LOCAL_LIMIT
    return Reason.MONITOR_ERROR


def timeout_reason(phase: Phase) -> Reason:
    """Return the reason for a deadline that passed in a phase.

    A silent resolver is nobody's answer, so the target is not down for it.
    """
    return _TIMEOUTS[phase]


def _of_system(error: OSError, phase: Phase) -> Reason:
    """A reset or a kernel's own time-out means another thing before the connection stands than after."""
    reason = _BY_ERRNO.get(error.errno or 0, Reason.NONE)
    if phase is Phase.RESOLVE:
        # A refusal is then the resolver's, but a lack of descriptors is ours all the same.
        return reason if reason >= Reason.LOCAL_LIMIT else Reason.DNS_UNAVAILABLE
    if reason:
        return reason
    if error.errno == errno.ETIMEDOUT:
        return _TIMEOUTS[phase]
    if error.errno in _RESETS or isinstance(error, ConnectionError):
        return Reason.CONNECT_RESET if phase is Phase.CONNECT or phase is Phase.TLS else Reason.RESET
    return Reason.CONNECT_FAILED if phase is Phase.CONNECT else Reason.RESET
