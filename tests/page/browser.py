"""A real Chromium, driven over its devtools protocol, and a file server on loopback for it to read from."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import http.server
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic, sleep
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
    """One page of a browser. `complaints` are console messages, exceptions, failed loads and violations of the policy;
    `requests` are the addresses that it asked for.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []
        self.requests: list[str] = []

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
                case "Network.requestWillBeSent":
                    self.requests.append(said["params"]["request"]["url"])
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
        await self.look(width=width, scheme=scheme, media=media, forced=forced)
        self._loaded.clear()
        await self.call("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), DEADLINE_S)

    async def look(
        self, *, width: int = 1280, scheme: str = "light", media: str = "screen", forced: bool = False
    ) -> None:
        """Look at what is loaded at another width or in another colour scheme."""
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "forced-colors", "value": "active" if forced else "none"},
            # A colour on its way from one scheme to the other is neither.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        await self.call("Emulation.setEmulatedMedia", media=media, features=features)

    async def evaluate(self, expression: str) -> Any:
        """Evaluate JavaScript in the page."""
        said = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    async def press(self, key: str, *, with_shift: bool = False) -> None:
        """Press a key and let it go: Tab, Enter, Space or Escape."""
        name, code, text = {
            "Tab": ("Tab", 9, ""),
            "Enter": ("Enter", 13, "\r"),
            "Space": (" ", 32, " "),
            "Escape": ("Escape", 27, ""),
        }[key]
        held = {"key": name, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if with_shift else 0}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **held)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **held)

    async def screenshot(self, path: Path) -> None:
        """Draw the whole page, however long."""
        drawn = await self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        path.write_bytes(base64.b64decode(drawn["data"]))


@contextlib.contextmanager
def started(chromium: Path, profile: Path) -> Iterator[str]:
    """Start a browser with an empty profile; yields the devtools address of the browser itself."""
    process = subprocess.Popen(
        [str(chromium), *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _address(process, profile / "DevToolsActivePort")
    finally:
        process.terminate()
        process.wait()


def _address(process: subprocess.Popen[bytes], written: Path) -> str:
    """The devtools address, once the browser has written it down."""
    end = monotonic() + DEADLINE_S
    while monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            port, path = written.read_text().splitlines()
            return f"ws://127.0.0.1:{port}{path}"
        sleep(0.02)
    raise AssertionError("Chromium did not start")


@contextlib.asynccontextmanager
async def opened(browser: str) -> AsyncIterator[Tab]:
    """Open a tab that shares nothing with any other: no cache, no storage, no settings."""
    async with _spoken_to(browser) as whole:
        context = (await whole.call("Target.createBrowserContext"))["browserContextId"]
        target = (await whole.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        async with _spoken_to(f"{browser.partition('/devtools/')[0]}/devtools/page/{target}") as tab:
            for domain in ("Page", "Runtime", "Log", "Network"):
                await tab.call(f"{domain}.enable")
            yield tab
        await whole.call("Target.disposeBrowserContext", browserContextId=context)


@contextlib.asynccontextmanager
async def _spoken_to(address: str) -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        tab = Tab(socket)
        reader = asyncio.create_task(tab.read())
        yield tab
        await socket.close()
        await reader
