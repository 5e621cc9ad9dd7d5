from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.config.conftest import Loaded
from uptally.config import load, parse
from uptally.errors import ConfigError
from uptally.model.endpoint import (
    BasicAuth,
    BearerAuth,
    Endpoint,
    Family,
    HttpCheck,
    HttpExpectation,
    JsonEquals,
    TcpCheck,
    Tls,
)
from uptally.model.secret import Secret
from uptally.model.settings import Compression, Destination
from uptally.model.terms import Terms
from uptally.units.time import DAY_MS

EIGHT_LINES = """\
endpoints:
  - name: Website
    url: https://www.example.com/
  - name: Orders database
    url: tcp://db.example.com:5432
    interval: 2s
    sla: 99.999%
"""

PROMISED = Terms.bare("99.95%", Fraction(9995, 10_000), ZoneInfo("Europe/Berlin"))
EVERYTHING = """\
page: {title: Shop, description: All of it, timezone: Europe/Berlin, directory: /srv/status, refresh: 1m,
       url: https://example.com/state, compress: [gzip, brotli, gzip],
       publish: {to: SFTP://up@example.com/var/www, options: {password: '${PASSWORD}', timeout: 10}}}
monitor: {location: fra1, checks_per_second: 50, checks_per_second_per_host: 5, canaries: []}
store: {path: data/ledger.db}
server: {enabled: false, listen: "[::1]:9000"}
endpoints:
  - name: Orders API
    url: HTTPS://API.example.com:8443/v1/health?deep=1
    slug: orders
    group: Shop
    description: |
      Takes orders.
    public: false
    interval: 250ms
    timeout: 1m30s
    sla: 99.9500 %
    ip: ipv6
    latency_limit: 800ms
    certificate_days: 30
    tripwire: true
    method: POST
    headers:
      Content-Type: application/json
      X-Api-Key: ${TOKEN}
    body: '{"probe": "${HOST}"}'
    auth:
      basic:
        username: probe
        password: ${PASSWORD}
    max_redirects: 2
    environment_proxy: true
    tls: {verify: false}
    expect:
      status: [200, "404", 3xx]
      contains: ok
      not_contains: [error, Fehler]
      json:
        status: ok
        checks[0].ms: 1.50
        checks[1]: {b: [null, true], a: ü}
        cost: 010
      headers: {Content-Type: application/json}
"""


def test_nothing_is_mandatory_but_a_name_and_a_url(loaded: Loaded, tmp_path: Path) -> None:
    settings = loaded(EIGHT_LINES)
    assert settings.file == str(tmp_path / "probes.yaml")
    assert settings.endpoints == (
        Endpoint(
            name="Website",
            slug="website",
            check=HttpCheck(url="https://www.example.com/", host="www.example.com", port=443),
            interval_ms=10_000,
            timeout_ms=5_000,
        ),
        Endpoint(
            name="Orders database",
            slug="orders-database",
            check=TcpCheck(host="db.example.com", port=5432),
            interval_ms=2_000,
            timeout_ms=5_000,
            terms=Terms.bare("99.999%", Fraction(99_999, 100_000)),
            versions=(Terms.bare("99.999%", Fraction(99_999, 100_000)),),
        ),
    )
    assert (settings.page.title, settings.page.zone.key, settings.page.refresh_ms) == ("Status", "UTC", 10_000)
    assert settings.page.base_path == "/"
    assert (settings.page.directory, settings.store.path) == (tmp_path / "site", tmp_path / "uptally.db")
    assert settings.store.keep_ms == 400 * DAY_MS
    assert (settings.server.is_enabled, settings.server.host, settings.server.port) == (True, "127.0.0.1", 8080)
    monitor = settings.monitor
    assert (monitor.location, monitor.canaries, monitor.checks_per_second) == ("local", (), 2000)
    assert monitor.checks_per_second_per_host == 100


def test_every_key_reaches_the_settings(loaded: Loaded, tmp_path: Path) -> None:
    settings = loaded(EVERYTHING)
    assert settings.endpoints == (
        Endpoint(
            name="Orders API",
            slug="orders",
            check=HttpCheck(
                url="https://API.example.com:8443/v1/health?deep=1",
                host="api.example.com",
                port=8443,
                method="POST",
                headers=(("Content-Type", Secret("application/json")), ("X-Api-Key", Secret("s3cr3t-token"))),
                body=Secret('{"probe": "b.example"}'),
                auth=BasicAuth("probe", Secret("s3cr3t-password")),
                redirects_max=2,
                environment_proxy=True,
                tls=Tls(verify=False),
                expect=HttpExpectation(
                    statuses=((200, 200), (404, 404), (300, 399)),
                    contains=("ok",),
                    not_contains=("error", "Fehler"),
                    json=(
                        JsonEquals("status", '"ok"'),
                        JsonEquals("checks[0].ms", "1.5"),
                        JsonEquals("checks[1]", '{"a":"ü","b":[null,true]}'),
                        JsonEquals("cost", "10"),
                    ),
                    headers=(("Content-Type", "application/json"),),
                ),
            ),
            interval_ms=250,
            timeout_ms=90_000,
            family=Family.IPV6,
            group="Shop",
            description="Takes orders.",
            is_public=False,
            latency_limit_ms=800,
            certificate_days=30,
            has_tripwire=True,
            terms=PROMISED,
            versions=(PROMISED,),
        ),
    )
    page = settings.page
    assert (page.title, page.description, page.zone.key, page.refresh_ms) == (
        "Shop",
        "All of it",
        "Europe/Berlin",
        60_000,
    )
    assert (page.directory, settings.store.path) == (Path("/srv/status"), tmp_path / "data/ledger.db")
    assert (page.url, page.base_path) == ("https://example.com/state/", "/state/")
    assert page.compress == (Compression.GZIP, Compression.BROTLI)
    assert page.publish == Destination(
        "sftp://up@example.com/var/www", Secret('{"password":"s3cr3t-password","timeout":10}')
    )
    assert (settings.server.is_enabled, settings.server.host, settings.server.port) == (False, "::1", 9000)
    assert (settings.monitor.location, settings.monitor.checks_per_second) == ("fra1", 50)
    assert settings.monitor.checks_per_second_per_host == 5


def test_tcp_endpoints_send_expect_and_speak_tls(loaded: Loaded) -> None:
    [plain, sent, encrypted, off] = loaded("""\
endpoints:
  - {name: A, url: "tcp://[2001:db8::1]:25"}
  - {name: B, url: "tcp://b.example:25", send: "EHLO x\\r\\n", expect: {contains: "250 "}}
  - {name: C, url: "tcp://c.example:25", tls: true}
  - {name: D, url: "tcp://d.example:25", tls: false}
""").endpoints
    assert plain.check == TcpCheck("2001:db8::1", 25)
    assert sent.check == TcpCheck("b.example", 25, send=Secret("EHLO x\r\n"), expect="250 ")
    assert encrypted.check == TcpCheck("c.example", 25, tls=Tls())
    assert off.check == TcpCheck("d.example", 25)


def test_an_endpoint_takes_from_defaults_what_it_does_not_set(loaded: Loaded) -> None:
    [takes, sets, tcp, tls] = loaded("""\
defaults:
  {interval: 1s, timeout: 2s, sla: 99%, ip: ipv4, group: G, public: false, latency_limit: 1s, certificate_days: 3,
   max_redirects: 1, environment_proxy: true, tls: {verify: false}, tripwire: true}
endpoints:
  - {name: A, url: "https://a.example/"}
  - {name: B, url: "https://b.example/", interval: 10s, timeout: 5s, sla: 98%, ip: any, group: "", public: true,
     latency_limit: 3s, certificate_days: 14, max_redirects: 5, environment_proxy: false, tls: {verify: true},
     tripwire: false}
  - {name: C, url: "tcp://c.example:25"}
  - {name: D, url: "tcp://d.example:25", tls: true}
""").endpoints
    assert isinstance(takes.check, HttpCheck)
    assert (takes.interval_ms, takes.timeout_ms, takes.family, takes.group) == (1_000, 2_000, Family.IPV4, "G")
    assert (takes.is_public, takes.latency_limit_ms, takes.certificate_days) == (False, 1_000, 3)
    assert takes.terms == Terms.bare("99%", Fraction(99, 100))
    assert (takes.check.redirects_max, takes.check.environment_proxy, takes.check.tls.verify) == (1, True, False)
    assert isinstance(sets.check, HttpCheck)
    assert (sets.interval_ms, sets.timeout_ms, sets.family, sets.group) == (10_000, 5_000, Family.ANY, "")
    assert (sets.is_public, sets.latency_limit_ms, sets.certificate_days) == (True, 3_000, 14)
    assert sets.terms == Terms.bare("98%", Fraction(98, 100))
    assert (sets.check.redirects_max, sets.check.environment_proxy, sets.check.tls.verify) == (5, False, True)
    assert (takes.has_tripwire, sets.has_tripwire, tcp.has_tripwire) == (True, False, True)
    assert tcp.check == TcpCheck("c.example", 25)
    assert tls.check == TcpCheck("d.example", 25, tls=Tls(verify=False))


def test_without_redirects_none_is_followed(loaded: Loaded) -> None:
    default = "defaults: {max_redirects: 3, follow_redirects: false}\n"
    [none, some] = loaded(f"""{default}endpoints:
  - {{name: A, url: "https://a.example/"}}
  - {{name: B, url: "https://b.example/", follow_redirects: true}}
""").endpoints
    assert isinstance(none.check, HttpCheck)
    assert isinstance(some.check, HttpCheck)
    assert (none.check.redirects_max, some.check.redirects_max) == (0, 3)


def test_canaries_are_urls_or_tables_and_know_no_defaults(loaded: Loaded) -> None:
    settings = loaded("""\
defaults: {interval: 1s, sla: 99%, ip: ipv4}
monitor:
  canaries:
    - tcp://9.9.9.9:443
    - https://${HOST}/204
    - {name: Elsewhere, url: "https://c.example/", interval: 5s, timeout: 1s, auth: {bearer: "${TOKEN}"}}
endpoints:
  - {name: A, url: "https://a.example/"}
""")
    [address, host, named] = settings.monitor.canaries
    assert address == Endpoint(
        "9.9.9.9:443", "9-9-9-9-443", TcpCheck("9.9.9.9", 443), 30_000, 5_000, is_public=False, certificate_days=0
    )
    assert (host.name, host.slug, host.family, host.terms) == ("b.example", "b-example", Family.ANY, None)
    assert (named.name, named.interval_ms, named.timeout_ms) == ("Elsewhere", 5_000, 1_000)
    assert isinstance(named.check, HttpCheck)
    assert named.check.auth == BearerAuth(Secret("s3cr3t-token"))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Ørders & Œuvres (Straße)", "orders-oeuvres-strasse"),
        ("../../etc/passwd", "etc-passwd"),
        ("  ".join("x" * 40), ("x-" * 40)[:63]),
        ("ﬁle №5", "file-no5"),
        ("👩‍💻 desk", "desk"),
    ],
)
def test_slugs_are_made_of_what_ascii_knows(loaded: Loaded, name: str, slug: str) -> None:
    assert loaded(f'endpoints: [{{name: "{name[:100]}", url: "https://a.example/"}}]').endpoints[0].slug == slug.rstrip(
        "-"
    )


def test_all_problems_come_at_once_in_the_order_of_the_file(loaded: Loaded) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded("""\
page: {titel: x}
endpoints:
  - name: A
    interval: 30
    interval: 40s
  - name: a
    url: https://user@a.example/
    group: ${NOWHERE}
  - name: B
    url: tcp://b.example:1
    method: GET
monitor:
  canaries: [tcp://b.example:2]
pages: {}
""")
    problems = caught.value.problems
    assert [(problem.line, problem.path) for problem in problems] == [
        (1, "page.titel"),
        (3, "endpoints[0].url"),
        (4, "endpoints[0].interval"),
        (5, "endpoints[0].interval"),
        (6, "endpoints[1].name"),
        (7, "endpoints[1].url"),
        (8, "endpoints[1].group"),
        (11, "endpoints[2].method"),
        (13, "monitor.canaries[0]"),
        (14, "pages"),
    ]


def test_secrets_are_never_shown(loaded: Loaded) -> None:
    settings = loaded(EVERYTHING)
    for told in (repr(settings), str(settings), settings.revision):
        assert "s3cr3t" not in told
        assert "probe\\" not in told


def test_listening_beyond_loopback_needs_a_word_about_the_proxy(loaded: Loaded) -> None:
    settings = loaded(EIGHT_LINES + "server: {listen: '0.0.0.0:80', behind_proxy: true}\n")
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 80)


def test_without_libyaml_the_same_is_read(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = loaded(EVERYTHING)
    monkeypatch.setattr(parse, "_LOADER", yaml.SafeLoader)
    assert loaded(EVERYTHING) == expected


def test_a_relative_path_of_the_file_gives_absolute_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("probes.yaml").write_text(EIGHT_LINES, encoding="utf-8")
    settings = load(Path("probes.yaml"), environment={})
    assert settings.file == "probes.yaml"
    assert (settings.page.directory, settings.store.path) == (tmp_path / "site", tmp_path / "uptally.db")


def test_more_endpoints_than_are_supported_are_refused(loaded: Loaded) -> None:
    rows = "".join(f"- {{name: N{number}, url: tcp://a:1}}\n" for number in range(20_001))
    with pytest.raises(ConfigError, match="endpoints: has 20001 endpoints; at most 20000 are supported"):
        loaded(f"endpoints:\n{rows}")


def test_resolvers_are_addresses_with_or_without_a_port(loaded: Loaded) -> None:
    written = "9.9.9.10, '2620:fe::10', '127.0.0.1:5353', '[::1]:5353', '[::1]:53'"
    settings = loaded(f"monitor: {{resolvers: [{written}]}}\nendpoints: [{{name: A, url: 'https://a.example/'}}]\n")
    assert settings.monitor.resolvers == (
        ("9.9.9.10", 53),
        ("2620:fe::10", 53),
        ("127.0.0.1", 5353),
        ("::1", 5353),
        ("::1", 53),
    )
    assert loaded(EIGHT_LINES).monitor.resolvers == ()


def test_an_endpoint_s_quorum_is_its_own_or_else_the_monitor_s(loaded: Loaded) -> None:
    rows = "endpoints: [{name: A, url: 'tcp://a.example:1'}, {name: B, url: 'tcp://b.example:1', quorum: 1}]\n"
    assert [each.quorum for each in loaded(rows).endpoints] == [None, 1]
    assert [each.quorum for each in loaded(f"monitor: {{quorum: 3}}\n{rows}").endpoints] == [3, 1]
