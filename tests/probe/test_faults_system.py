"""What the kernel and the system's resolver say when something is amiss: asked for real, in namespaces of our own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Found = dict[str, list[str]]
"""For each attempt its outcome and reason."""

ROUTES = """
ip link set lo up
ip link add near type veth peer name far
ip link set near up
ip link set far up
ip address add 10.9.0.1/24 dev near
ip neighbour add 10.9.0.2 lladdr 02:00:00:00:00:99 dev near
ip route add unreachable 198.51.100.0/24
ip route add prohibit 203.0.113.0/24
ip route add blackhole 198.19.0.0/16
ip route add default via 10.9.0.2
"""
"""A neighbour that nobody hears, behind which is the world, and routes that lead nowhere in each way that there is."""

HERE_AND_THERE = {
    "unreachable": "198.51.100.1",
    "prohibited": "203.0.113.1",
    "blackhole": "198.19.0.1",
    "swallowed": "10.9.0.2",
    "no family": "2606:2800:220:1::1",
}

ATTEMPTS = """
import asyncio, json, sys
from tests.probe.servers import tcp
from uptally.clock import SystemClock
from uptally.probe import Prober

async def main():
    async with Prober(clock=SystemClock()) as prober:
        found = {}
        for name, host in json.loads(sys.argv[1]).items():
            attempt = await prober.attempt(tcp(80, host, timeout_ms=2_000))
            found[name] = attempt.outcome.name, attempt.reason.name
        print(json.dumps(found))

asyncio.run(main())
"""

CROWDED = """
import asyncio, json, socket, sys
from tests.probe.servers import serving, silent, tcp
from uptally.clock import SystemClock
from uptally.probe import Prober

async def main():
    found = {}
    async with serving(silent) as port, Prober(clock=SystemClock()) as prober:
        with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as range_:
            range_.write("40000 40003")
        taken = []
        try:
            while True:
                taken.append(socket.create_connection(("127.0.0.1", port)))
        except OSError:
            pass
        for name in ("taken", "free"):
            attempt = await prober.attempt(tcp(port))
            found[name] = attempt.outcome.name, attempt.reason.name
            while taken:
                end = taken.pop()
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
                end.close()
    print(json.dumps(found))

asyncio.run(main())
"""

NAMES = """
import asyncio, json
from pathlib import Path
import dns.flags, dns.message, dns.rcode, dns.rrset
from tests.probe.nameserver import NameServer
from tests.probe.servers import serving, silent, tcp
from uptally.clock import SystemClock
from uptally.probe import Prober

def looped(answer):
    reply = dns.message.from_wire(answer)
    reply.set_rcode(dns.rcode.NOERROR)
    name = reply.question[0].name
    reply.answer = [dns.rrset.from_text(name, 1, "IN", "CNAME", "b.example."),
                    dns.rrset.from_text("b.example.", 1, "IN", "CNAME", str(name))]
    return reply.to_wire()

def truncated(answer):
    return answer[:2] + bytes([answer[2] | 2]) + answer[3:]

async def main():
    loop = asyncio.get_running_loop()
    here, there = NameServer({}), NameServer({})
    for server, address in ((here, "127.0.0.53"), (there, "127.0.0.54")):
        await loop.create_datagram_endpoint(lambda: server, (address, 53))
    found = {}
    async with serving(silent) as port, Prober(clock=SystemClock()) as prober:
        async def ask(key, name="web.example", timeout_ms=4_000):
            attempt = await prober.attempt(tcp(port, name, timeout_ms=timeout_ms))
            found[key] = attempt.outcome.name, attempt.reason.name

        await ask("missing")
        here.names = {"web.example": ["127.0.0.1"], "bare.corp.example": ["127.0.0.1"]}
        await ask("known")
        await ask("bare", "bare")
        here.names = {"web.example": [f"127.0.0.{n}" for n in range(1, 25)]}
        await ask("many")
        here.names = {"web.example": dns.rcode.SERVFAIL}
        await ask("failing")
        here.names = {"web.example": None}
        await ask("silent")
        await ask("impatient", timeout_ms=300)
        here.names = {"web.example": ["127.0.0.1"]}
        for key, mangle in (("garbage", lambda answer: b"\\xff" * 40), ("looped", looped), ("truncated", truncated)):
            here.mangle = mangle
            await ask(key)
        here.mangle = lambda answer: None
        there.names = {"web.example": ["127.0.0.1"]}
        Path("/etc/resolv.conf").write_text("nameserver 127.0.0.54\\noptions timeout:1 attempts:1\\n")
        await ask("replaced")
    print(json.dumps(found))

asyncio.run(main())
"""


def lone(setup: str, script: str, *arguments: str) -> Found:
    """Run a script in namespaces of its own, once a shell has set them up; return what it prints."""
    done = subprocess.run(
        ["unshare", "-rnm", "sh", "-ec", f'{setup}\nexec "$@"', "sh", sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def namespaces(require_server: Callable[[str], Path]) -> None:
    for program in ("ip", "unshare"):
        require_server(program)
    if subprocess.run(["unshare", "-rnm", "true"], capture_output=True).returncode:
        pytest.skip("NOT TESTED: this machine lets nobody make namespaces")


@pytest.fixture(scope="module")
def routes(namespaces: None) -> Found:
    return lone(ROUTES, ATTEMPTS, json.dumps(HERE_AND_THERE))


@pytest.fixture(scope="module")
def names(namespaces: None, tmp_path_factory: pytest.TempPathFactory) -> Found:
    file = tmp_path_factory.mktemp("etc") / "resolv.conf"
    file.write_text("search corp.example\nnameserver 127.0.0.53\noptions timeout:1 attempts:1\n")
    return lone(f"ip link set lo up\nmount --bind '{file}' /etc/resolv.conf", NAMES)


@pytest.mark.parametrize(
    ("where", "outcome", "reason"),
    [
        # Which of them is our own network's fault, canaries decide.
        ("unreachable", "DOWN", "CONNECT_UNREACHABLE"),
        ("swallowed", "DOWN", "CONNECT_TIMEOUT"),
        # Those are our own for sure.
        ("prohibited", "UNKNOWN", "LOCAL_DENIED"),
        ("blackhole", "UNKNOWN", "LOCAL_DENIED"),
        ("no family", "UNKNOWN", "NO_ROUTE_FAMILY"),
    ],
)
def test_ways_that_lead_nowhere_are_told_apart(routes: Found, where: str, outcome: str, reason: str) -> None:
    assert routes[where] == [outcome, reason]


@pytest.mark.usefixtures("namespaces")
def test_without_any_route_the_network_is_unreachable_and_no_family_is_to_blame() -> None:
    hosts = {"four": "198.51.100.1", "six": "2606:2800:220:1::1"}
    unreachable = ["DOWN", "CONNECT_UNREACHABLE"]
    assert lone("ip link set lo up", ATTEMPTS, json.dumps(hosts)) == {"four": unreachable, "six": unreachable}


@pytest.mark.usefixtures("namespaces")
def test_without_a_free_port_of_our_own_we_cannot_tell() -> None:
    assert lone("ip link set lo up", CROWDED) == {"taken": ["UNKNOWN", "LOCAL_LIMIT"], "free": ["UP", "NONE"]}


@pytest.mark.parametrize(
    ("said", "outcome", "reason"),
    [
        ("known", "UP", "NONE"),
        ("many", "UP", "NONE"),
        ("missing", "DOWN", "DNS_NOT_FOUND"),
        ("failing", "UNKNOWN", "DNS_UNAVAILABLE"),
        ("silent", "UNKNOWN", "DNS_UNAVAILABLE"),
        ("impatient", "UNKNOWN", "DNS_UNAVAILABLE"),
        ("garbage", "UNKNOWN", "DNS_UNAVAILABLE"),
        ("looped", "DOWN", "DNS_NOT_FOUND"),
        ("truncated", "UNKNOWN", "DNS_UNAVAILABLE"),
    ],
)
def test_what_a_resolver_says_is_down_only_where_it_leads_to_no_address(
    names: Found, said: str, outcome: str, reason: str
) -> None:
    assert names[said] == [outcome, reason]


def test_a_bare_name_is_not_looked_for_in_other_domains(names: Found) -> None:
    assert names["bare"] == ["DOWN", "DNS_NOT_FOUND"]


def test_another_resolver_is_asked_as_soon_as_the_system_names_it(names: Found) -> None:
    assert names["replaced"] == ["UP", "NONE"]
