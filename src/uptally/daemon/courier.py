"""The daemon's end of the process that copies the page elsewhere: after each writing, and again where that failed."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from uptally.daemon import child
from uptally.daemon.parcel import Order, Parcel, Receipt
from uptally.model.settings import PageSettings

GAP_S = 1
"""At least this long between the end of one copying and the begin of the next."""

RETRY_S = (5, 10, 30, 60, 300)
"""How long one that failed is behind before it is tried again: longer each time, the last as often as it takes."""

MOST_S = 300
"""How long a copying may take before its process is killed. What was copied until then is not copied again."""

LAST_S = 10
"""How long the daemon waits at its end for the last one."""

_MODULE = "uptally.daemon.mailroom"

_VARIABLES = {
    **dict.fromkeys(("s3", "s3a"), ("AWS_",)),
    **dict.fromkeys(("gs", "gcs"), ("GOOGLE_", "CLOUDSDK_")),
    **dict.fromkeys(("sftp", "ssh"), ("SSH_AUTH_SOCK",)),
    **dict.fromkeys(("abfs", "abfss", "az"), ("AZURE_",)),
}
"""By scheme, what the names of the variables begin with by which its own tools take credentials."""

_log = logging.getLogger(__name__)


class Courier:
    """Has a page copied; `ledger` is where the daemon remembers. Belongs to one event loop, which it never holds up."""

    def __init__(self, page: PageSettings, ledger: Path) -> None:
        self._ledger = ledger
        self._parcel = Parcel.of(page, ledger)
        self._process: asyncio.subprocess.Process | None = None
        self._is_told = False
        self._wake = asyncio.Event()
        self._under_way: asyncio.Task[bool] | None = None
        self.failures = 0
        """How many copyings failed since the last one that did not."""

    def change(self, page: PageSettings) -> None:
        """Copy to where the page's settings say from the next time on; to nowhere where they say nothing."""
        parcel = Parcel.of(page, self._ledger)
        if parcel != self._parcel:
            self._parcel, self._is_told, self.failures = parcel, False, 0
            self.call()

    def call(self) -> None:
        """Take note that the page was written."""
        self._wake.set()

    async def run(self) -> None:
        """Copy whenever called, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if await self._deliver():
                await asyncio.sleep(GAP_S)
            else:
                # A change of where to is not waited with.
                self._wake.clear()
                await self._rest(RETRY_S[min(self.failures, len(RETRY_S)) - 1])
                self._wake.set()

    async def stop(self) -> None:
        """Copy a last time, after what is under way, and end the process."""
        try:
            async with asyncio.timeout(LAST_S):
                if self._under_way is not None:
                    await asyncio.wait([self._under_way])
                await self._deliver()
        except TimeoutError:
            _log.error("the page could not be copied a last time within %d s", LAST_S)
        finally:
            if self._under_way is not None:
                self._under_way.cancel()
                await asyncio.wait([self._under_way])
            await self._end()

    async def _rest(self, for_s: int) -> None:
        parcel = self._parcel
        loop = asyncio.get_running_loop()
        until = loop.time() + for_s
        while loop.time() < until and self._parcel is parcel:
            try:
                async with asyncio.timeout_at(until):
                    await self._wake.wait()
                    self._wake.clear()
            except TimeoutError:
                return

    async def _deliver(self) -> bool:
        """Copy what changed, to its end even where the caller waits no longer; tell whether that was all right."""
        self._under_way = asyncio.create_task(self._once(self._parcel))
        return await asyncio.shield(self._under_way)

    async def _once(self, parcel: Parcel | None) -> bool:
        if parcel is None:
            await self._end()
            return True
        try:
            async with asyncio.timeout(MOST_S):
                receipt = await self._ask(parcel)
        except TimeoutError:
            await self._end()
            receipt = Receipt(failure=f"it took longer than {MOST_S} s")
        except (OSError, ValueError) as error:
            failure = "its process ended" if self._process is not None else f"no process can be started: {error}"
            await self._end()
            receipt = Receipt(failure=failure)
        self._say(receipt, parcel)
        return not receipt.failure

    async def _ask(self, parcel: Parcel) -> Receipt:
        if self._process is not None and not self._is_told:
            # Another place may need other variables.
            await self._end()
        if self._process is None:
            more = (*child.ON_THE_WAY, *_VARIABLES.get(parcel.to.scheme, ())) if parcel.to.scheme else ()
            self._process, self._is_told = await child.start(_MODULE, more), False
        order = Order(None if self._is_told else parcel)
        self._is_told = True
        return await child.ask(self._process, order, Receipt)

    async def _end(self) -> None:
        if self._process is not None:
            running, self._process = self._process, None
            if running.returncode is None:
                running.kill()
            await running.wait()

    def _say(self, receipt: Receipt, parcel: Parcel) -> None:
        if receipt.failure:
            if not self.failures:
                _log.error(
                    "the page could not be copied to %s; it is tried again: %s", parcel.to.address, receipt.failure
                )
            self.failures += 1
        elif self.failures:
            _log.info("the page is copied to %s again: %d files", parcel.to.address, receipt.copied)
            self.failures = 0
