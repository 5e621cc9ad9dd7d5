"""Letters, sent to real servers on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from uptally.model.report import Recipient
from uptally.model.secret import Secret
from uptally.notify import Letter, NotSent, send

LETTER = Letter(
    title="Finance: 2026-10",
    text="Figures.\nMore.",
    file_name="2026-10.csv",
    media_type="text/csv",
    file=b"a,b\r\n1,2\r\n",
    headers={"X-Uptally-Month": "2026-10"},
)
NOW_MS = 1_761_955_200_000


class Hook(HTTPServer):
    """Keeps what is posted to it, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.status = 204
        self.got: list[tuple[dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in?token=hunter2"


class _Answers(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", self.server.address)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def webhook(address: str, key: str | None = None) -> Recipient:
    return Recipient("1 webhook", Secret(address), is_webhook=True, key=Secret(key) if key else None)


def test_a_webhook_gets_the_file_itself_and_what_it_is(hook: Hook) -> None:
    send(LETTER, webhook(hook.address), now_ms=NOW_MS)
    [(headers, body)] = hook.got
    assert body == LETTER.file
    assert headers["content-type"] == "text/csv"
    assert headers["x-uptally-month"] == "2026-10"
    assert "x-uptally-signature" not in headers


def test_a_webhook_with_a_key_can_tell_that_it_is_ours_and_when_it_was_sent(hook: Hook) -> None:
    send(LETTER, webhook(hook.address, "sesame"), now_ms=NOW_MS)
    [(headers, body)] = hook.got
    signed = headers["x-uptally-timestamp"].encode() + b"." + body
    assert headers["x-uptally-timestamp"] == str(NOW_MS)
    assert headers["x-uptally-signature"] == "sha256=" + hmac.new(b"sesame", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(("status", "why"), [(500, "status 500"), (404, "status 404"), (307, "name the address")])
def test_what_a_webhook_does_not_take_is_not_sent_and_no_redirect_followed(hook: Hook, status: int, why: str) -> None:
    hook.status = status
    with pytest.raises(NotSent, match=why) as caught:
        send(LETTER, webhook(hook.address), now_ms=NOW_MS)
    assert len(hook.got) == 1
    assert "hunter2" not in str(caught.value)


def test_a_webhook_where_nothing_listens_is_said_without_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent, match="could not be reached") as caught:
        send(LETTER, webhook(f"http://127.0.0.1:{port}/hunter2"), now_ms=NOW_MS)
    assert "hunter2" not in str(caught.value)


def test_mail_has_the_text_and_the_file() -> None:
    with mail_server() as (port, mails):
        send(LETTER, Recipient("1 mailto", Secret(mail_address(port))), now_ms=NOW_MS)
    [mail] = mails
    assert mail["Subject"] == LETTER.title
    texts = [bytes(part.get_payload(decode=True)) for part in mail.walk() if part.get_content_maintype() == "text"]
    assert any(b"Figures." in text and b"More." in text for text in texts)
    attached = next(part for part in mail.walk() if part.get_filename() == "2026-10.csv")
    assert attached.get_payload(decode=True) == LETTER.file


def test_mail_that_no_server_takes_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent, match="not taken"):
        send(LETTER, Recipient("1 mailto", Secret(mail_address(port))), now_ms=NOW_MS)


def mail_address(port: int) -> str:
    return f"mailto://127.0.0.1:{port}?from=uptally@example.org&to=finance@example.org&mode=insecure"


@contextmanager
def mail_server() -> Iterator[tuple[int, list[Message]]]:
    """A server that speaks as much SMTP as a client needs, and keeps the mails."""
    mails: list[Message] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        while (line := await reader.readline()) and not line.upper().startswith(b"QUIT"):
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                mails.append(message_from_bytes(data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")))
            writer.write(b"250 fine\r\n")
        writer.write(b"221 bye\r\n")
        writer.close()

    loop = asyncio.new_event_loop()
    server: Any = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], mails
    finally:
        server.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
