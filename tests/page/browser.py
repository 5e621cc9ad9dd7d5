"""A real Chromium, driven over its devtools protocol, and a file server on loopback for it to read from."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
)
DEADLINE_S = 60


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve a folder as any plain file server would; yields its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Tab:
    """One page of a browser. `complaints` are console errors, exceptions, failed loads and violations of the policy."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def read(self) -> None:
        """Take what the browser says until it closes."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
                continue
            match said["method"]:
                case "Page.loadEventFired":
                    self._loaded.set()
                case "Log.entryAdded":
                    self.complaints.append(str(said["params"]["entry"]))
                case "Runtime.exceptionThrown" | "Runtime.consoleAPICalled":
                    self.complaints.append(str(said["params"]))
                case _:
                    pass

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        self._number += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        said = await asyncio.wait_for(answer, DEADLINE_S)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    async def show(
        self, url: str, *, width: int = 1280, scheme: str = "light", media: str = "screen", forced: bool = False
    ) -> None:
        """Load an address at a width and in a colour scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": "active" if forced else "none"},
        ]
        await self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), DEADLINE_S)

    async def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the page."""
        said = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def screenshot(self, path: Path) -> None:
        """Draw the whole page, however long."""
        drawn = await self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(drawn["data"]))


@contextlib.asynccontextmanager
async def opened(chromium: Path, profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with an empty profile; yields its one tab."""
    process = await asyncio.create_subprocess_exec(
        str(chromium),
        *FLAGS,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            socket = await session.ws_connect(await _address(session, profile), max_msg_size=0)
            tab = Tab(socket)
            reader = asyncio.create_task(tab.read())
            for domain in ("Page", "Runtime", "Log"):
                await tab.call(f"{domain}.enable")
            yield tab
            await socket.close()
            await reader
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _address(session: aiohttp.ClientSession, profile: Path) -> str:
    """The devtools address of the first tab, once the browser has written its port down."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with contextlib.suppress(OSError, IndexError, aiohttp.ClientError, StopIteration):
                port = (profile / "DevToolsActivePort").read_text().split()[0]
                async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                    tabs = await answer.json(content_type=None)
                found = [tab for tab in tabs if tab["type"] == "page"]
                if found:
                    return str(found[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)
