"""What is sent to an HTTP endpoint and expected of it: each function reads one value, or raises a Fault."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from uptally.config.marks import Rows, Table, nearest, shown
from uptally.config.scalars import Real
from uptally.config.values import Fault, choice, text

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
BODY_MAX = 1_000_000
HEADER_MAX = 8_000
TEXT_MAX = 10_000
TEXTS_MAX = 20
EXPRESSION_MAX = 500

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_STATUS = "expected a status such as 200, a class such as 2xx, or a list of them"
# What the client says of the connection and of the request's length: a second opinion desynchronises the two ends.
_NOT_OURS_TO_SET = {
    **dict.fromkeys(
        (
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ),
        "belongs to a single connection and must not be set",
    ),
    "content-length": "follows from the body and must not be set",
    "accept-encoding": "is always identity, so that a body is judged as it was sent",
}


def method(value: object) -> str:
    """Read a request method."""
    if isinstance(value, str) and value not in METHODS and value.upper() in METHODS:
        raise Fault(f"expected one of {', '.join(METHODS)}", f"write {value.upper()}: methods are written in capitals")
    return choice(METHODS)(value)


def header_name(value: object) -> str:
    """Read the name of a header."""
    written = text(value)
    if not _TOKEN.fullmatch(written):
        raise Fault("a header's name is made of letters, digits and hyphens")
    return written


def sent_header_name(value: object) -> str:
    """Read the name of a header that is sent."""
    written = header_name(value)
    if written.lower() in _NOT_OURS_TO_SET:
        raise Fault(f"the header {written} {_NOT_OURS_TO_SET[written.lower()]}")
    return written


def header_value(value: object) -> str:
    """Read the value of a header; a line break in it could add a header, or a request, of its own."""
    written = text(value)
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", written):
        raise Fault("a header's value must not hold line breaks or control characters")
    if len(written) > HEADER_MAX:
        raise Fault(f"must have at most {HEADER_MAX} characters, not {len(written)}")
    return written.strip()


def username(value: object) -> str:
    """Read the user's name of basic authentication, which a colon would end early."""
    written = text(value)
    if not written or re.search(r"[:\x00-\x1f\x7f]", written):
        raise Fault("must be a name without colons and control characters")
    return written


def token(value: object) -> str:
    """Read a bearer token, which goes into a header."""
    written = text(value)
    if not re.fullmatch(r"[\x21-\x7e]+", written):
        raise Fault("must be a token of visible ASCII characters, without blanks")
    return written


def payload(value: object) -> str:
    """Read what is sent as a body, or over a TCP connection."""
    written = text(value)
    if not written:
        raise Fault("must not be empty")
    if len(written) > BODY_MAX:
        raise Fault(f"must have at most {BODY_MAX} characters, not {len(written)}")
    return written


def statuses(value: object) -> tuple[tuple[int, int], ...]:
    """Read the statuses that are right, as closed ranges: ``2xx`` is (200, 299)."""
    values = value if isinstance(value, Rows) else [value]
    if not values:
        raise Fault(_STATUS)
    return tuple(_status(item) for item in values)


def _status(value: object) -> tuple[int, int]:
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value, _STATUS[9:])
    if re.fullmatch(r"[1-5]\d\d", written, re.ASCII):
        return int(written), int(written)
    if re.fullmatch(r"[1-5]xx", written, re.ASCII):
        return int(written[0]) * 100, int(written[0]) * 100 + 99
    if re.fullmatch(r"-?\d+", written, re.ASCII):
        raise Fault(_STATUS, f"{written[:20]} is no status: they run from 100 to 599")
    raise Fault(_STATUS, f"{shown(written)} is no status: {_STATUS}")


def texts(value: object) -> tuple[str, ...]:
    """Read one text or a list of texts, to be searched for literally: a pattern could be made to run for ever."""
    values = value if isinstance(value, Rows) else [value]
    if not values or len(values) > TEXTS_MAX:
        raise Fault(f"expected a text, or a list of 1 to {TEXTS_MAX} texts")
    read = tuple(text(item, "a text or a list of texts") for item in values)
    if not all(read):
        raise Fault("must not be empty: every answer holds the empty text")
    if any(len(item) > TEXT_MAX for item in read):
        raise Fault(f"must have at most {TEXT_MAX} characters")
    return read


def expression(value: object) -> str:
    """Read a JMESPath expression, compiled here so that a fault in it shows before the first attempt."""
    import jmespath  # costs 20 ms, and few configurations need it
    from jmespath.exceptions import JMESPathError
    from jmespath.functions import Functions

    written = text(value)
    expected = "expected a JMESPath expression, such as status or checks[0].state"
    if not 0 < len(written) <= EXPRESSION_MAX:
        raise Fault(expected)
    try:
        waiting: list[Any] = [jmespath.compile(written).parsed]
    except (JMESPathError, RecursionError) as error:
        position = getattr(error, "lex_position", None)
        where = f" near character {position + 1}" if position is not None else ""
        raise Fault(f"is no JMESPath expression{where}: {expected}") from None
    while waiting:
        node = waiting.pop()
        waiting += [child for child in node["children"] if isinstance(child, dict)]
        if node["type"] == "function_expression" and node["value"] not in Functions.FUNCTION_TABLE:
            raise Fault(
                f"JMESPath has no function {shown(node['value'])}{nearest(node['value'], Functions.FUNCTION_TABLE)}"
            )
    return written


def json_text(value: object) -> str:
    """Read any value as canonical JSON text: sorted keys, no blanks."""
    return json.dumps(_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _json(value: object) -> object:
    match value:
        case Table():
            return {key: _json(item) for key, item in value.items()}
        case Rows():
            return [_json(item) for item in value]
        case Real():
            # JSON numbers of an answer are read as floats too, so that the two sides are rounded alike.
            number = float(value.text) if value.is_finite else math.inf
            if math.isinf(number):
                raise Fault("the number is beyond what JSON can hold")
            return number
        case _:
            return value
