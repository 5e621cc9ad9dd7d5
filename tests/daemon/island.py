"""A network of our own, in namespaces: an island with the daemon, one way off it, and beyond it the world.

In the world every address is at home that a test names, with an HTTP server on port 80 and name servers on port 53.
Nothing of it touches the machine's own network.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import dns.rcode

ROOT = Path(__file__).parents[2]
SHORE, SEA = "11.255.0.1", "11.255.0.2"
RESOLVER, SECOND_RESOLVER = "9.9.9.11", "149.112.112.11"

Names = Mapping[str, str | list[str]]
"""What a name server says: addresses, the name of a code such as SERVFAIL, or nothing at all to SILENT."""


class Island:
    """The two namespaces; needs root. `addresses` are those of the world."""

    def __init__(self, folder: Path, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._processes: list[subprocess.Popen[str]] = []
        self._resolver_file = folder / "resolv.conf"
        self._resolver_file.write_text(f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n")

    def __enter__(self) -> Self:
        try:
            self._make()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def within(self) -> list[str]:
        """A command that runs another one on the island, in the folder from which it is run."""
        return ["nsenter", f"--target={self._island}", "--net", "--mount", f"--wd={self._resolver_file.parent}"]

    def lose_route(self) -> None:
        """Forget the way off the island: the kernel says so to whoever wants to leave."""
        self._on_island("ip", "route", "del", "default")

    def find_route(self) -> None:
        self._on_island("ip", "route", "add", "default", "via", SEA)

    def fall_silent(self) -> None:
        """Let nothing come back from the world."""
        self._in_world("ip", "route", "add", "blackhole", SHORE)

    def speak(self) -> None:
        self._in_world("ip", "route", "del", "blackhole", SHORE)

    def sink(self, address: str) -> None:
        """Let a target vanish: nobody is at home there any more."""
        self._in_world("ip", "address", "del", f"{address}/32", "dev", "lo")

    def name(self, names: Names, *, second: Names) -> None:
        """Tell what the resolver and the second resolver say from now on."""
        assert self._world.stdin
        assert self._world.stdout
        self._world.stdin.write(json.dumps([names, second]) + "\n")
        self._world.stdin.flush()
        assert self._world.stdout.readline() == "told\n"

    def _make(self) -> None:
        self._island = self._namespace("--net", "--mount")
        world = self._namespace("--net")
        self._world_id = world
        self._on_island("ip", "link", "add", "shore", "type", "veth", "peer", "name", "sea", "netns", str(world))
        for run, link, address in ((self._on_island, "shore", SHORE), (self._in_world, "sea", SEA)):
            run("ip", "address", "add", f"{address}/24", "dev", link)
            run("ip", "link", "set", link, "up")
            run("ip", "link", "set", "lo", "up")
        for address in (*self._addresses, RESOLVER, SECOND_RESOLVER):
            self._in_world("ip", "address", "add", f"{address}/32", "dev", "lo")
        self.find_route()
        _run(
            "nsenter",
            f"--target={self._island}",
            "--mount",
            "mount",
            "--bind",
            str(self._resolver_file),
            "/etc/resolv.conf",
        )
        self._world = subprocess.Popen(
            ["nsenter", f"--target={world}", "--net", sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._processes.append(self._world)
        self.name({}, second={})

    def _namespace(self, *kinds: str) -> int:
        process = subprocess.Popen(["unshare", *kinds, "sleep", "infinity"], text=True)
        self._processes.append(process)
        deadline = time.monotonic() + 10
        while Path(f"/proc/{process.pid}/comm").read_text() != "sleep\n":
            assert process.poll() is None, "no namespace could be made"
            assert time.monotonic() < deadline, "waited 10 s for a namespace"
            time.sleep(0.005)
        return process.pid

    def _on_island(self, *command: str) -> None:
        _run("nsenter", f"--target={self._island}", "--net", *command)

    def _in_world(self, *command: str) -> None:
        _run("nsenter", f"--target={self._world_id}", "--net", *command)

    def _end(self) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
    writer.close()


async def _be_the_world() -> None:
    """Serve until killed; each line of input is what the two name servers say."""
    from tests.probe.nameserver import NameServer

    loop = asyncio.get_running_loop()
    await asyncio.start_server(_answer, "0.0.0.0", 80)
    servers = [NameServer({}), NameServer({})]
    for server, address in zip(servers, (RESOLVER, SECOND_RESOLVER), strict=True):
        await loop.create_datagram_endpoint(lambda server=server: server, (address, 53))  # type: ignore[misc]  # bound early
    while line := await asyncio.to_thread(sys.stdin.readline):
        for server, names in zip(servers, json.loads(line), strict=True):
            server.names = {
                name: said if isinstance(said, list) else None if said == "SILENT" else dns.rcode.from_text(said)
                for name, said in names.items()
            }
        print("told", flush=True)


if __name__ == "__main__":
    asyncio.run(_be_the_world())
