"""What a target says is for the operator alone: it is on record, and on no page; and it writes no line of the log."""

from __future__ import annotations

import html
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import trustme

from tests.daemon.processes import Daemon, wait_until
from tests.daemon.test_reload import ALWAYS, configure, observations
from tests.hostile import ANSWERS, COMMON_NAME, MARK, MARKDOWN, NAME, executable, spellings
from uptally.ledger import Reader

TOLD = f"""\
---
title: {json.dumps(NAME)}
services: [tls]
impact: major
started: 2026-11-01 02:50
---
## 2026-11-01 02:55 investigating
{MARKDOWN}"""

EVIDENT = {"body", "place", "loop"}
"""Where what was said is part of the evidence."""


@contextmanager
def saying(text: str, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers whatever it is asked with this, by TLS where told; yields its port."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                peer.settimeout(1)
                with suppress(OSError), peer if tls is None else tls.wrap_socket(peer, server_side=True) as asked:
                    asked.recv(65_536)
                    asked.sendall(text.encode())
                peer.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def certified(*, name: str) -> ssl.SSLContext:
    """A server's side of TLS with a certificate for another host that is called this, as is who issued it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer = trustme.CA(organization_name=name, organization_unit_name=name)
    issuer.issue_cert(f"{MARK}.example", common_name=name, organization_name=name).configure_cert(context)
    return context


SECRETS = {"PASSWORD": 'pa55<w&rd>/"+one', "TOKEN": "t0ken-5ecret?two=&", "KEY": "k3y of th3 'third'"}


def test_nothing_that_a_target_says_and_no_secret_is_published_or_logged_and_nothing_published_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / "2026-11-01-told.md").write_text(TOLD)
    with ExitStack() as stack:
        ports = {name: stack.enter_context(saying(text)) for name, text in ANSWERS.items()}
        manner = "interval: 500ms, timeout: 2s, headers: {X-Key: '${KEY}'}"
        asked = {name: f"name: {name}, url: 'http://127.0.0.1:{port}/'" for name, port in ports.items()}
        secure = stack.enter_context(saying(ANSWERS["reason"], certified(name=COMMON_NAME)))
        asked["tls"] = (
            f"name: {json.dumps(NAME)}, slug: tls, group: {json.dumps(NAME)}, url: 'https://127.0.0.1:{secure}/'"
        )
        asked["secret"] = f"name: secret, url: 'http://127.0.0.1:{ports['body']}/?key=${{TOKEN}}'"
        asked["secret"] += ", auth: {basic: {username: me, password: '${PASSWORD}'}}"
        configure(tmp_path, *(f"{each}, {manner}" for each in asked.values()))
        configured = tmp_path / "probes.yaml"
        configured.write_text(configured.read_text().replace("refresh: 1s", "refresh: 1s, incidents: incidents"))
        daemon = stack.enter_context(Daemon(tmp_path, environment=SECRETS))
        wait_until(lambda: all(len(observations(tmp_path, name)) >= 3 for name in asked), "attempts at each")
        assert daemon.stop() == 0
    with Reader.open(tmp_path / "uptally.db") as reader:
        evidence = {name: repr(reader.evidence(name, location="local", window=ALWAYS)) for name in ANSWERS}
    assert {name for name, text in evidence.items() if MARK in text} >= EVIDENT
    published = {file: file.read_bytes() for file in (tmp_path / "site").rglob("*") if file.is_file()}
    assert len(published) > len(asked)
    log = daemon.log.read_bytes()
    unsaid = {MARK.encode(), *(each for secret in SECRETS.values() for each in spellings(secret))}
    assert not [
        (file, each) for file, text in {**published, daemon.log: log}.items() for each in unsaid if each in text
    ]
    assert all(line.startswith("20") for line in log.decode().splitlines())
    pages = {file: text.decode() for file, text in published.items() if file.suffix == ".html"}
    assert html.escape("<img src=x onerror=") in pages[tmp_path / "site" / "index.html"]
    assert not {file: found for file, text in pages.items() if (found := executable(text))}
    assert executable(f"{NAME}{MARKDOWN}")
