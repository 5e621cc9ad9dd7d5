"""Why a check failed, or could not be made, as the page says it."""

from __future__ import annotations

from uptally.model.observation import Reason
from uptally.page.language import N_, _

REASONS: dict[Reason, str] = {
    Reason.NONE: "",
    Reason.LATENCY_LIMIT: N_("slower than its limit"),
    Reason.DNS_NOT_FOUND: N_("name not found"),
    Reason.DNS_TIMEOUT: N_("name lookup timed out"),
    Reason.DNS_UNAVAILABLE: N_("name service did not answer"),
    Reason.CONNECT_REFUSED: N_("connection refused"),
    Reason.CONNECT_TIMEOUT: N_("connection timed out"),
    Reason.CONNECT_UNREACHABLE: N_("not reachable"),
    Reason.CONNECT_RESET: N_("connection reset"),
    Reason.CONNECT_FAILED: N_("connection failed"),
    Reason.TLS_TIMEOUT: N_("secure connection timed out"),
    Reason.TLS_HANDSHAKE: N_("secure connection failed"),
    Reason.TLS_EXPIRED: N_("certificate expired"),
    Reason.TLS_NOT_YET_VALID: N_("certificate not valid yet"),
    Reason.TLS_UNTRUSTED: N_("certificate not trusted"),
    Reason.TLS_WRONG_HOST: N_("certificate for another name"),
    Reason.RESPONSE_TIMEOUT: N_("no answer in time"),
    Reason.TRANSFER_TIMEOUT: N_("answer not complete in time"),
    Reason.RESET: N_("connection reset"),
    Reason.CLOSED: N_("connection closed early"),
    Reason.MALFORMED: N_("answer not readable"),
    Reason.TOO_LARGE: N_("answer too large"),
    Reason.TRUNCATED: N_("answer cut short"),
    Reason.STATUS: N_("answered with an error"),
    Reason.BODY_MISSING_TEXT: N_("answer without the expected text"),
    Reason.BODY_FORBIDDEN_TEXT: N_("answer with an error text"),
    Reason.JSON_MISMATCH: N_("answer with another value than expected"),
    Reason.HEADER_MISMATCH: N_("answer with another header than expected"),
    Reason.TOO_MANY_REDIRECTS: N_("redirected too often"),
    Reason.BAD_REDIRECT: N_("redirected to nowhere"),
    Reason.REPLY_MISMATCH: N_("another reply than expected"),
    Reason.REPORTED: N_("reported as down"),
    Reason.FLAPPING: N_("failing again and again"),
    Reason.OWN_NETWORK: N_("our own network failed"),
    Reason.CANCELLED: N_("our check was cancelled"),
    Reason.LOCAL_LIMIT: N_("our monitor was out of resources"),
    Reason.LOCAL_DENIED: N_("our monitor may not connect"),
    Reason.ADDRESS_BLOCKED: N_("our monitor may not connect there"),
    Reason.NO_ROUTE_FAMILY: N_("our network has no route"),
    Reason.MONITOR_ERROR: N_("our monitor failed"),
    Reason.NOT_OBSERVED: N_("not observed"),
    Reason.TOO_MANY_IN_FLIGHT: N_("our monitor was busy"),
    Reason.TOO_LATE: N_("our monitor was late"),
    Reason.STALLED: N_("our monitor stood still"),
    Reason.SUSPENDED: N_("our monitor was asleep"),
    Reason.CLOCK_STEPPED: N_("our monitor's clock was set"),
}
"""What the page says of a reason: fixed texts, since a target's own words never reach the page.

`reason_text` says it in the language of the page."""


def reason_text(reason: Reason) -> str:
    """Say a reason; empty where there is none."""
    words = REASONS[reason]
    return _(words) if words else ""
