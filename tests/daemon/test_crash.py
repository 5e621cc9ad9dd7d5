"""A tripwire sees a process die, which the next attempt by the grid would see in an hour."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemon.processes import Daemon, now_ms, wait_until
from tests.daemon.test_reload import configure, hang_up, observations
from uptally.model.observation import Kind, Observation, Outcome

SERVER = """
import selectors, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(listener.getsockname()[1], flush=True)
waiting = selectors.DefaultSelector()
waiting.register(listener, selectors.EVENT_READ)
idle = set()
while True:
    for key, _ in waiting.select():
        if key.fileobj is listener:
            peer, _ = listener.accept()
            waiting.register(peer, selectors.EVENT_READ)
            idle.add(peer)
        else:
            peer = key.fileobj
            if peer.recv(65536):
                peer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            waiting.unregister(peer)
            peer.close()
            idle.discard(peer)
        print(len(idle), flush=True)
"""
"""Answers each connection over which it is asked something; says how many there are over which it was not."""


class Server:
    """A web server as a process; what it says goes to a file."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self._said = folder / f"said-{port}"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen([sys.executable, "-Sc", SERVER, str(port)], stdout=said)
        wait_until(lambda: bool(self.said()), "the server")
        self.port = int(self.said()[0])

    def said(self) -> list[str]:
        return re.findall(r"(\d+)\n", self._said.read_text())

    def holds_one(self) -> bool:
        """Tell whether an attempt was made, and then a connection left idle."""
        said = self.said()
        return said[-1] == "1" and len(said) >= len(["port", "attempt", "its end", "idle"])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def server(folder: Path, port: int = 0) -> Iterator[Server]:
    running = Server(folder, port)
    try:
        yield running
    finally:
        running.kill()


def endpoint(port: int, also: str = ", tripwire: true", *, scheme: str = "http") -> str:
    # By that name its first attempt is made 0.2 s after the start.
    return f"name: Till, url: '{scheme}://127.0.0.1:{port}', interval: 1h{also}"


def failures(folder: Path) -> list[Observation]:
    return [each for each in observations(folder, "till") if each.outcome is Outcome.DOWN]


@pytest.mark.parametrize("scheme", ["http", "tcp"])
def test_a_process_that_is_killed_is_down_at_once_and_its_tripwire_held_anew_when_it_is_back(
    tmp_path: Path, scheme: str
) -> None:
    with server(tmp_path) as first:
        configure(tmp_path, endpoint(first.port, scheme=scheme))
        with Daemon(tmp_path) as daemon:
            wait_until(first.holds_one, "the tripwire")
            killed_ms = now_ms()
            first.kill()
            wait_until(lambda: bool(failures(tmp_path)), "an attempt that fails")
            attempt = failures(tmp_path)[0]
            assert attempt.kind is Kind.TRIPWIRE
            assert 0 <= attempt.at_ms - killed_ms < 2_000
            with server(tmp_path, first.port) as second:
                wait_until(second.holds_one, "the tripwire after the outage")
                assert daemon.stop() == 0


def test_a_reload_that_takes_the_tripwire_away_closes_the_connection(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        configure(tmp_path, endpoint(running.port))
        with Daemon(tmp_path) as daemon:
            wait_until(running.holds_one, "the tripwire")
            configure(tmp_path, endpoint(running.port, ""))
            hang_up(daemon)
            wait_until(lambda: running.said()[-1] == "0", "the end of the connection")
            assert all(each.kind is not Kind.TRIPWIRE for each in observations(tmp_path, "till"))


def test_many_endpoints_of_one_host_that_dies_are_asked_no_faster_than_its_ceiling_allows(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        names = [f"e{number}" for number in range(40)]
        rows = [
            f"name: {name}, url: 'http://127.0.0.1:{running.port}/', interval: 4s, tripwire: true" for name in names
        ]
        configure(tmp_path, *rows, more="monitor: {checks_per_second_per_host: 40}\n")
        with Daemon(tmp_path):
            wait_until(lambda: running.said()[-1] == "40", "all tripwires")
            running.kill()
            begins: list[int] = []

            def is_down(each: Observation) -> bool:
                return each.outcome is Outcome.DOWN

            def are_down() -> bool:
                found = [[each.at_ms for each in observations(tmp_path, name) if is_down(each)] for name in names]
                begins[:] = sorted(at_ms for each in found for at_ms in each)
                # One of the forty connections may have been an attempt's, whose endpoint has yet to hold its tripwire.
                return all(found)

            wait_until(are_down, "an attempt at each")
            assert all(later - earlier > 900 for earlier, later in zip(begins, begins[40:], strict=False))


def test_tripwires_leave_descriptors_for_attempts(tmp_path: Path) -> None:
    limit = 64
    with server(tmp_path) as running:
        rows = [
            f"name: e{number}, url: 'http://127.0.0.1:{running.port}/', interval: 1s, tripwire: true"
            for number in range(80)
        ]
        configure(tmp_path, *rows)
        with Daemon(tmp_path, within=["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"]) as daemon:
            wait_until(lambda: running.said()[-1] == str(limit // 2), "the tripwires for which there is room")
            wait_until(lambda: len(observations(tmp_path, "e79")) > 3, "attempts at the last")
            assert daemon.stop() == 0
            seen = {each.outcome for number in range(80) for each in observations(tmp_path, f"e{number}")}
            assert seen <= {Outcome.UP, Outcome.UNKNOWN}
            assert f"{80 - limit // 2} of 80 tripwires are not held" in daemon.log.read_text()
