"""The shape of the file: which keys there are, what each holds, and what it means.

One model for each table. The models check single values, give defaults and describe the keys for editors (`schema`);
what several keys mean together is decided in `endpoints` and `checks`.
"""

from __future__ import annotations

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from uptally.config import http, values
from uptally.config.marks import Mark, Table
from uptally.config.url import Url, url
from uptally.model.secret import Secret
from uptally.units.time import DAY_MS, HOUR_MS, MINUTE_MS

ENDPOINTS_MAX = 20_000
CANARIES_MAX = 20
RESOLVERS_MAX = 8

# Where a pattern or a list of words is all that editors know, a variable must pass too.
_VARIABLE = r"\$\{.+\}"
# Patterns know no "in either case".
HTTP = "[Hh][Tt][Tt][Pp][Ss]?"
_TCP = "[Tt][Cc][Pp]"


def pattern(pattern: str, **more: object) -> WithJsonSchema:
    """Tell editors the pattern of a text, for which a variable may stand."""
    return WithJsonSchema({"type": "string", "pattern": f"{pattern}|{_VARIABLE}", **more})


def words(*words: str) -> WithJsonSchema:
    """Tell editors the words of which a text is one, for which a variable may stand."""
    return WithJsonSchema({"anyOf": [{"enum": list(words)}, {"type": "string", "pattern": _VARIABLE}]})


TEXT = WithJsonSchema({"type": "string", "minLength": 1})
_TEXTS = WithJsonSchema(
    {"anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
)
DURATION = pattern(r"^(?=.)(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$")
_STATUS = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "string", "pattern": rf"^[1-5](xx|\d\d)$|{_VARIABLE}"},
    ]
}
_STATUSES = WithJsonSchema({"anyOf": [*_STATUS["anyOf"], {"type": "array", "items": _STATUS, "minItems": 1}]})

Name = Annotated[str, PlainValidator(values.name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100})]
Prose = Annotated[str, PlainValidator(values.prose), WithJsonSchema({"type": "string"})]
Slug = Annotated[str, PlainValidator(values.slug), pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Zone = Annotated[ZoneInfo, PlainValidator(values.zone), TEXT]
FileName = Annotated[str, PlainValidator(values.file_name), TEXT]
Username = Annotated[str, PlainValidator(http.username), TEXT]
Password = Annotated[Secret, PlainValidator(values.secret), TEXT]
Token = Annotated[Secret, PlainValidator(lambda value: Secret(http.token(value))), TEXT]
Payload = Annotated[Secret, PlainValidator(lambda value: Secret(http.payload(value))), TEXT]
_SLA = {"definition": "Sla"}
"""Stands for the schema of another section, which cannot be known here."""
Promise = Annotated[
    object,
    PlainValidator(lambda value: value),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, _SLA, {"type": "array", "items": _SLA}]}),
]
"""Taken as it is: what it means is decided in `contract.promises`, which knows `slas`."""
Listen = Annotated[
    tuple[str, int], PlainValidator(values.listen), pattern(r"^(\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost):\d+$")
]
Resolver = Annotated[
    tuple[str, int],
    PlainValidator(values.resolver),
    pattern(r"^([0-9.]+|\[[0-9a-fA-F:.]+\])(:\d+)?$|^[0-9a-fA-F]*:[0-9a-fA-F:.]*$"),
]
Interval = Annotated[int, PlainValidator(values.duration(250, DAY_MS)), DURATION]
Timeout = Annotated[int, PlainValidator(values.duration(10, 10 * MINUTE_MS)), DURATION]
Keep = Annotated[int, PlainValidator(values.duration(DAY_MS, 36_500 * DAY_MS)), DURATION]
Grace = Annotated[int, PlainValidator(values.duration(HOUR_MS, 90 * DAY_MS)), DURATION]
Family = Annotated[str, PlainValidator(values.choice(("any", "ipv4", "ipv6"))), words("any", "ipv4", "ipv6")]
EndpointUrl = Annotated[Url, PlainValidator(url), pattern(f"^({HTTP}|{_TCP})://.+")]
Method = Annotated[str, PlainValidator(http.method), words(*http.METHODS)]
Statuses = Annotated[tuple[tuple[int, int], ...], PlainValidator(http.statuses), _STATUSES]
Texts = Annotated[tuple[str, ...], PlainValidator(http.texts), _TEXTS]
SentName = Annotated[str, PlainValidator(http.sent_header_name), TEXT]
SentValue = Annotated[
    Secret, PlainValidator(lambda value: Secret(http.header_value(value))), WithJsonSchema({"type": "string"})
]
HeaderName = Annotated[str, PlainValidator(http.header_name), TEXT]
HeaderValue = Annotated[str, PlainValidator(http.header_value), WithJsonSchema({"type": "string"})]
Expression = Annotated[str, PlainValidator(http.expression), TEXT]
Json = Annotated[str, PlainValidator(http.json_text), WithJsonSchema({})]


def key(default: object, about: str, **more: Any) -> Any:
    """Describe a key; its default is given as a person would write it, and is read like what a person wrote."""
    return Field(default=default, validate_default=True, description=about, **more)


def unset(about: str, **more: Any) -> Any:
    """Describe a key that may be left out and then means nothing."""
    return Field(default=None, description=about, **more)


def _tls_table(value: object) -> object:
    if isinstance(value, bool):
        return Table(Mark(0, 0)) if value else None
    if value is None:
        raise values.Fault("has no value: expected true, or keys such as ca_file")
    return value


class Shape(BaseModel):
    """A table of the file; a key that it does not know is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)


class Tls(Shape):
    """How a TLS peer is verified, and what is shown to it."""

    verify: bool = key(True, "Whether the peer's certificate is verified.")
    ca_file: FileName | None = unset("A PEM file with the authorities to trust instead of the system's.")
    certificate_file: FileName | None = unset("A PEM file with the client certificate to show.")
    key_file: FileName | None = unset("A PEM file with the client certificate's key, without a password.")


class Basic(Shape):
    """HTTP basic authentication."""

    username: Username = Field(description="The user's name.")
    password: Password | None = unset("The password, best as ${NAME}.")
    password_file: FileName | None = unset("A file that holds the password.")


class Auth(Shape):
    """How the request says who asks: one of basic, bearer and bearer_file."""

    basic: Basic | None = unset("Basic authentication.")
    bearer: Token | None = unset("A bearer token, best as ${NAME}.")
    bearer_file: FileName | None = unset("A file that holds the bearer token.")


class Expect(Shape):
    """What a right answer looks like: all of it must hold."""

    status: Statuses = key("2xx", "The right statuses: 200, 2xx or a list. HTTP only.")
    contains: Texts = unset("A text, or a list of texts, each of which the answer must hold.")
    not_contains: Texts = unset("A text, or a list of texts, none of which the body may hold. HTTP only.")
    json_equals: dict[Expression, Json] = unset(
        "JMESPath expressions, and the value that each must give. HTTP only.", alias="json"
    )
    headers: dict[HeaderName, HeaderValue] = unset("Headers, and the value that each must have. HTTP only.")


class Manner(Shape):
    """How attempts are made."""

    interval: Interval = key("10s", "How often an attempt begins: 250ms to 1d.")
    timeout: Timeout = key("5s", "How long an attempt may take: 10ms to 10m; it may exceed the interval.")
    ip: Family = key("any", "Which addresses of a name are tried.")
    follow_redirects: bool = key(True, "Whether redirects are followed. HTTP only.")
    max_redirects: int = key(5, "How many redirects are followed, 1 to 20. HTTP only.", ge=1, le=20)
    environment_proxy: bool = key(False, "Whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY are honoured. HTTP only.")


class Defaults(Manner):
    """Keys for every endpoint that does not set them itself."""

    group: Prose = key("", "The heading under which the page lists the endpoint.")
    public: bool = key(True, "Whether the page shows the endpoint.")
    sla: Promise = unset("What was promised: an availability such as 99.95%, or terms of `slas` by their name.")
    latency_limit: Timeout | None = unset("Above it an answer is slow, which is still up.")
    certificate_days: int = key(14, "Fewer days left on the certificate are a warning; 0 for none.", ge=0, le=3650)
    tls: Tls | None = unset("TLS settings of every endpoint that speaks TLS.")
    tripwire: bool = key(False, "Whether an idle connection is held open, whose end triggers an attempt at once.")


HTTP_KEYS = ("method", "headers", "body", "auth", "follow_redirects", "max_redirects", "environment_proxy")
TCP_KEYS = ("send",)
_BY_SCHEME: list[Any] = [
    {
        "if": {"properties": {"url": {"pattern": f"^{scheme}://"}}, "required": ["url"]},
        "then": {"properties": dict.fromkeys(keys, False)},
    }
    for scheme, keys in ((_TCP, HTTP_KEYS), (HTTP, TCP_KEYS))
]


class Request(Shape):
    """What is asked of an endpoint."""

    model_config = ConfigDict(json_schema_extra={"allOf": _BY_SCHEME})

    method: Method = key("GET", "The request's method. HTTP only.")
    headers: dict[SentName, SentValue] = unset("Headers to send; their values are never shown. HTTP only.")
    body: Payload | None = unset("The body to send; it is never shown. HTTP only.")
    auth: Auth | None = unset("Who asks. HTTP only.")
    send: Payload | None = unset("What to send once connected; it is never shown. TCP only.")
    expect: Expect | None = unset("What a right answer looks like; without it, status 2xx, or a connection.")
    tls: Annotated[Tls | None, BeforeValidator(_tls_table, json_schema_input_type=bool | Tls)] = unset(
        "TLS settings; over TCP, true or any of them turns TLS on."
    )


class Canary(Request, Manner):
    """An endpoint of someone else's that tells whether our own network works."""

    name: Name | None = unset("What it is called; without it, its host.")
    url: EndpointUrl = Field(description="What is asked; its scheme picks the check: https, http or tcp.")
    interval: Interval = key("30s", "How often an attempt begins while nothing is suspected: 250ms to 1d.")


class Endpoint(Request, Defaults):
    """What is probed."""

    name: Name = Field(description="What people call it.")
    url: EndpointUrl = Field(description="What is probed; its scheme picks the check: https, http or tcp.")
    slug: Slug | None = unset("What it is called in addresses and the ledger; without it, made from the name.")
    description: Prose = key("", "What the page says of it.")
    tls: Annotated[Tls | None, BeforeValidator(_tls_table, json_schema_input_type=bool | Tls)] = unset(
        "TLS settings; over TCP, true or any of them turns TLS on."
    )

    quorum: int | None = unset("How many locations must find it down, other than the monitor's quorum.", ge=1, le=99)


_Canaries = Annotated[list[EndpointUrl | Canary], Field(max_length=CANARIES_MAX)]


class Monitor(Shape):
    """The monitor itself: where it stands, and what tells whether its own network works."""

    location: Slug = key("local", "What the place that it probes from is called.")
    canaries: Annotated[object, PlainValidator(lambda value: value, json_schema_input_type=_Canaries)] = unset(
        "Other people's endpoints, as URLs or tables, that tell whether our own network works."
    )
    """Taken as it is, and read one by one in `endpoints`, so that a fault in one hides none in another."""
    resolvers: Annotated[list[Resolver], Field(max_length=RESOLVERS_MAX)] = unset(
        "Other resolvers than the system's, asked about names that it fails to look up."
    )
    checks_per_second: int = key(2000, "The ceiling over all endpoints.", ge=1, le=100_000)
    quorum: int | None = unset(
        "How many locations must find an endpoint down; else a majority of those that can tell.", ge=1, le=99
    )
    checks_per_second_per_host: int = key(100, "The ceiling for each host.", ge=1, le=100_000)


class Store(Shape):
    """Where observations are kept."""

    path: FileName = key("uptally.db", "The ledger's file, relative to this one.")
    keep: Keep = key("400d", "How long single observations are kept: 1d or more.")


class Close(Shape):
    """When months are closed: their statements frozen, with what they were made from."""

    automatic: bool = key(True, "Whether the daemon closes them by itself, a grace after their end.")
    grace: Grace = key("3d", "How long after its end, in the page's time zone, a month is closed: 1h to 90d.")


class Seal(Shape):
    """What is handed over is signed."""

    key: FileName = Field(
        description="The file with the private key, relative to this one: `uptally key new` makes it."
    )


class Server(Shape):
    """The daemon's own HTTP server: page, health and metrics."""

    enabled: bool = key(True, "Whether there is one; without it, only the files are written.")
    listen: Listen = key("127.0.0.1:8080", "The address and port to listen on.")
    behind_proxy: bool = key(
        False, "Says that a proxy with TLS stands in front; only then may it listen beyond loopback."
    )
    figures_token: Token | None = unset("Who sends it may post business figures to /figures; best as ${NAME}.")
