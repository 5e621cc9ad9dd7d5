"""What a target says is for the operator alone: it is on record, and on no page; and it writes no line of the log."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.daemon.processes import Daemon, wait_until
from tests.daemon.test_reload import ALWAYS, configure, observations
from uptally.ledger import Reader

MARK = "h0st1le"
SCRIPT = f"<script>{MARK}()</script>"
FORGED = f"\n2026-01-01T00:00:00.000Z ERROR {MARK}: root logged in\r\n"

ANSWERS = {
    "reason": f"HTTP/1.1 500 {SCRIPT}\r\nContent-Length: 0\r\n\r\n",
    "header": f"HTTP/1.1 500 X\r\nX-{MARK}: {SCRIPT}\r\nServer: {SCRIPT}\r\nContent-Length: 0\r\n\r\n",
    "body": f"HTTP/1.1 500 X\r\nContent-Length: {len(SCRIPT + FORGED)}\r\n\r\n{SCRIPT}{FORGED}",
    "split": f"HTTP/1.1 500 X\nSet-Cookie: a={FORGED}X: y\n\n",
    "place": f"HTTP/1.1 302 X\r\nLocation: gopher://{SCRIPT}{MARK}/\r\nContent-Length: 0\r\n\r\n",
    "loop": f"HTTP/1.1 302 X\r\nLocation: /{MARK}\r\nContent-Length: 0\r\n\r\n",
    "banner": f"{SCRIPT}{FORGED}",
    "escape": f"HTTP/1.1 500 \x1b[2J{MARK}\r\nContent-Length: 4\r\n\r\n\x1b[2J",
}
EVIDENT = {"body", "place", "loop"}
"""Where what was said is part of the evidence."""


@contextmanager
def saying(text: str) -> Iterator[int]:
    """A server that answers whatever it is asked with this; yields its port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                with peer:
                    peer.settimeout(1)
                    with suppress(OSError):
                        peer.recv(65_536)
                        peer.sendall(text.encode())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_nothing_that_a_target_says_is_published_or_forges_a_line_of_the_log(tmp_path: Path) -> None:
    with ExitStack() as stack:
        ports = {name: stack.enter_context(saying(text)) for name, text in ANSWERS.items()}
        manner = "interval: 500ms, timeout: 2s"
        configure(
            tmp_path, *(f"name: {name}, url: 'http://127.0.0.1:{port}/', {manner}" for name, port in ports.items())
        )
        daemon = stack.enter_context(Daemon(tmp_path))
        wait_until(lambda: all(len(observations(tmp_path, name)) >= 3 for name in ANSWERS), "attempts at each")
        assert daemon.stop() == 0
    with Reader.open(tmp_path / "uptally.db") as reader:
        evidence = {name: repr(reader.evidence(name, location="local", window=ALWAYS)) for name in ANSWERS}
    assert {name for name, text in evidence.items() if MARK in text} >= EVIDENT
    published = [file for file in (tmp_path / "site").rglob("*") if file.is_file()]
    assert len(published) > len(ANSWERS)
    assert not [file for file in published if MARK.encode() in file.read_bytes()]
    log = daemon.log.read_text()
    assert MARK not in log
    assert all(line.startswith("20") for line in log.splitlines())
