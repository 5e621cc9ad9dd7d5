"""What the daemon holds in memory: 10,000 endpoints configured, each tried once a minute, after two rounds.

    python -m bench.memory [--quick]

Where it goes is shown by the same process in steps: the interpreter with everything imported, the configuration loaded
beside it, and the daemon at work.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import daemon, machine
from bench.process import Memory
from bench.targets import MARK, nginx

INTERVAL_S = 60
ROUNDS = 2
TARGET_BYTES = 150_000_000

_IMPORT = "import uptally.config, uptally.daemon.run"
_LOAD = "import os, pathlib, sys; settings = uptally.config.load(pathlib.Path(sys.argv[1]), environment=os.environ)"
_STAY = "print(flush=True); sys.stdin.read()"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=ROUNDS * INTERVAL_S + 10, help="how long the daemon runs")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it works")
    options = parser.parse_args()
    if options.quick:
        options.seconds = 10
    print(machine.describe())
    print(f"{options.endpoints} HTTP endpoints, interval {INTERVAL_S} s, after {options.seconds} s\n")
    print(f"{'':24}{'held':>8}{'peak':>8}  MB (target {TARGET_BYTES // 1_000_000})")
    with tempfile.TemporaryDirectory(prefix="uptally-bench-") as name, nginx(Path(name)) as targets:
        endpoints = [
            f"{{name: Endpoint {number}, url: 'http://127.0.0.1:{targets.plain_ports[number % 64]}/{number}', "
            f"expect: {{status: 200, contains: {MARK}}}}}"
            for number in range(options.endpoints)
        ]
        config = daemon.write_config(Path(name), endpoints, interval=f"{INTERVAL_S}s")
        _show("imported", _memory_after(_IMPORT, config))
        _show("configuration loaded", _memory_after(f"{_IMPORT}; {_LOAD}", config))
        with daemon.running(config) as pid:
            time.sleep(options.seconds)
            _show("running", Memory.of(pid))


def _memory_after(statements: str, config: Path) -> Memory:
    command = [sys.executable, "-c", f"import sys; {statements}; {_STAY}", str(config)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return Memory.of(process.pid)


def _show(what: str, memory: Memory) -> None:
    print(f"{what:24}{memory.held / 1e6:>8.0f}{memory.peak / 1e6:>8.0f}", flush=True)


if __name__ == "__main__":
    main()
