"""Names: their failures are told apart, and a slow one delays no other."""

import asyncio
import errno
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.probe.servers import SHORT_MS, serving, silent, tcp
from uptally.clock import SystemClock
from uptally.model.observation import Outcome, Reason
from uptally.probe import Prober, resolve
from uptally.probe.resolve import SLOW_THREADS, THREADS, Resolver, look_up

pytestmark = pytest.mark.usefixtures("garbage")


class Names:
    """A blocking lookup under the test's control: names that begin with `slow` hang until they are let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.let_go = threading.Event()

    def __call__(self, name: str) -> Sequence[str]:
        self.asked.append(name)
        if name.startswith("slow"):
            self.let_go.wait(30)
        return ["127.0.0.1"]


@pytest.fixture
def names() -> Iterator[Names]:
    made = Names()
    yield made
    made.let_go.set()


def failing(error: OSError) -> Prober:
    def lookup(name: str) -> Sequence[str]:
        raise error

    return Prober(clock=SystemClock(), lookup=lookup)


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "not known"), Outcome.DOWN, Reason.DNS_NOT_FOUND),
        (socket.gaierror(socket.EAI_NODATA, "no address"), Outcome.DOWN, Reason.DNS_NOT_FOUND),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE),
        (socket.gaierror(socket.EAI_FAIL, "failed"), Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE),
        (OSError(errno.EMFILE, "too many files"), Outcome.UNKNOWN, Reason.LOCAL_LIMIT),
        (OSError(errno.ECONNREFUSED, "refused"), Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE),
    ],
)
async def test_failures_of_a_lookup_are_told_apart(error: OSError, outcome: Outcome, reason: Reason) -> None:
    async with failing(error) as prober:
        attempt = await prober.attempt(tcp(80, "shop.example"))
    assert (attempt.outcome, attempt.reason, attempt.address) == (outcome, reason, "")
    assert attempt.phases.connect_us is None


async def test_a_name_without_addresses_is_not_found() -> None:
    async with Prober(clock=SystemClock(), lookup=lambda name: []) as prober:
        assert (await prober.attempt(tcp(80, "shop.example"))).reason is Reason.DNS_NOT_FOUND


async def test_a_lookup_that_hangs_meets_the_deadline_and_is_not_down(names: Names) -> None:
    async with Prober(clock=SystemClock(), lookup=names) as prober:
        attempt = await prober.attempt(tcp(80, "slow.example", timeout_ms=SHORT_MS))
    assert (attempt.outcome, attempt.reason) == (Outcome.UNKNOWN, Reason.DNS_UNAVAILABLE)


async def test_closing_waits_for_no_lookup(names: Names) -> None:
    began_s = time.monotonic()
    async with Prober(clock=SystemClock(), lookup=names) as prober:
        await prober.attempt(tcp(80, "slow.example", timeout_ms=SHORT_MS))
    assert time.monotonic() - began_s < 10
    assert not names.let_go.is_set()


async def test_slow_names_delay_no_other(names: Names) -> None:
    async with serving(silent) as port, Prober(clock=SystemClock(), lookup=names) as prober:
        slow = [asyncio.create_task(prober.attempt(tcp(port, f"slow{n}.example"))) for n in range(THREADS - 4)]
        while len(names.asked) < len(slow):
            await asyncio.sleep(0.01)
        attempt = await prober.attempt(tcp(port, "quick.example"))
        assert attempt.outcome is Outcome.UP
        assert not any(task.done() for task in slow)
        names.let_go.set()
        assert {(await task).outcome for task in slow} == {Outcome.UP}


async def test_names_known_to_be_slow_never_take_all_threads(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "SLOW_S", 0.0)
    resolver = Resolver(names)
    slow = [f"slow{n}.example" for n in range(SLOW_THREADS + 1)]
    names.let_go.set()
    await asyncio.gather(*(resolver.resolve(name) for name in slow))
    names.let_go.clear()
    waiting = [asyncio.create_task(resolver.resolve(name)) for name in slow]
    done, _ = await asyncio.wait(waiting, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    assert [type(task.exception()) for task in done] == [resolve.ResolverBusy]
    assert await asyncio.wait_for(resolver.resolve("new.example"), 10) == ("127.0.0.1",)
    names.let_go.set()
    await asyncio.wait(waiting)
    resolver.close()


async def test_attempts_at_the_same_moment_share_a_lookup(names: Names) -> None:
    resolver = Resolver(names)
    waiting = [asyncio.create_task(resolver.resolve("slow.example")) for _ in range(20)]
    await asyncio.sleep(0)
    names.let_go.set()
    assert await asyncio.gather(*waiting) == [("127.0.0.1",)] * 20
    assert names.asked == ["slow.example"]
    await resolver.resolve("slow.example")
    assert names.asked == ["slow.example"] * 2
    resolver.close()


async def test_one_who_gives_up_leaves_the_shared_lookup_to_the_others(names: Names) -> None:
    resolver = Resolver(names)
    first, second = (asyncio.create_task(resolver.resolve("slow.example")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    names.let_go.set()
    assert await second == ("127.0.0.1",)
    resolver.close()


async def test_one_name_that_hangs_holds_at_most_two_threads(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "SLOW_S", 0.0)
    resolver = Resolver(names)
    waiting = [asyncio.create_task(resolver.resolve("slow.example")) for _ in range(20)]
    await asyncio.sleep(0.05)
    names.let_go.set()
    await asyncio.wait(waiting)
    assert len(names.asked) == 2
    resolver.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "fe80::1%1", "2001:db8::1"])
async def test_an_address_is_not_looked_up(names: Names, address: str) -> None:
    assert await Resolver(names).resolve(address) == (address,)
    assert names.asked == []


@pytest.mark.parametrize("name", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
async def test_other_ways_of_writing_an_address_are_names(names: Names, name: str) -> None:
    resolver = Resolver(names)
    await resolver.resolve(name)
    assert names.asked == [name]
    resolver.close()


async def test_of_many_addresses_eight_are_used() -> None:
    resolver = Resolver(lambda name: [f"127.0.0.{n}" for n in range(500)] * 2)
    assert await resolver.resolve("many.example") == tuple(f"127.0.0.{n}" for n in range(8))
    resolver.close()


async def test_threads_are_reused(names: Names) -> None:
    resolver = Resolver(names)
    before = threading.active_count()
    for n in range(50):
        await resolver.resolve(f"quick{n}.example")
    assert threading.active_count() <= before + 1
    resolver.close()


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("shop", "shop."),
        ("www.shop.example", "www.shop.example."),
        ("complete.example.", "complete.example."),
        ("localhost", "localhost"),
        ("a.localhost", "a.localhost"),
        ("box", "box"),
        ("BOX.lan", "BOX.lan"),
        ("commented", "commented."),
    ],
)
def test_only_names_of_the_hosts_file_are_asked_for_without_a_final_dot(
    name: str, asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n10.0.0.1\tbox.lan box # commented\n# 10.0.0.2 commented\n")
    monkeypatch.setattr(resolve, "_HOSTS_FILE", hosts)
    queries: list[str] = []

    def getaddrinfo(name: str, port: None, **options: object) -> list[object]:
        queries.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert look_up(name) == ["10.0.0.1"]
    assert queries == [asked]


def test_the_system_knows_localhost() -> None:
    assert set(look_up("localhost")) <= {"127.0.0.1", "::1"}
