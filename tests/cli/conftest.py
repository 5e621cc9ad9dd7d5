import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from uptally.cli import main

Invoke = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the commands are typed, without anything from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("UPTALLY_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def uptally(folder: Path) -> Invoke:
    """Type a command; whatever it raised and did not say is raised here."""

    def invoke(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


class _Answers(BaseHTTPRequestHandler):
    """Answers `/` with 200, and any other path with the status that it is."""

    def do_GET(self) -> None:
        status = int(self.path.strip("/") or 200)
        body = b"hello from the target" if status == 200 else b"a \x1b[31mbad\x1b[0m day"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def target() -> Iterator[str]:
    """The address of a server that answers, such as 127.0.0.1:4711."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
