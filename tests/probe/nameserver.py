"""A resolver on a loopback port that answers as it is told, over UDP and TCP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Answer = dns.rcode.Rcode | list[str] | None
"""A code, addresses, or silence."""


class NameServer(asyncio.DatagramProtocol):
    """Answers for names, given without their final dot; of any other name it says that there is none."""

    def __init__(self, names: Mapping[str, Answer]) -> None:
        self.names = dict(names)
        self.asked: list[str] = []
        self.mangle: Callable[[bytes], bytes | None] = lambda answer: answer
        """What becomes of each datagram on its way; None loses it."""
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(data)
        mangled = None if answer is None else self.mangle(answer)
        if mangled is not None and self._transport is not None:
            self._transport.sendto(mangled, addr)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            length = int.from_bytes(await reader.readexactly(2))
            answer = self._answer(await reader.readexactly(length))
            if answer is not None:
                writer.write(len(answer).to_bytes(2) + answer)
        writer.close()

    def _answer(self, data: bytes) -> bytes | None:
        question = dns.message.from_wire(data)
        asked = question.question[0]
        name = asked.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        found = self.names.get(name, dns.rcode.NXDOMAIN)
        if found is None:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if isinstance(found, list):
            is_six = asked.rdtype == dns.rdatatype.AAAA
            addresses = [address for address in found if (":" in address) == is_six]
            if addresses:
                answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", asked.rdtype, addresses))
        else:
            answer.set_rcode(found)
        return answer.to_wire()


@asynccontextmanager
async def naming(names: Mapping[str, Answer]) -> AsyncIterator[tuple[NameServer, tuple[str, int]]]:
    """Run a resolver; yields it, and its address and port."""
    server = NameServer(names)
    over_tcp = await asyncio.start_server(server.converse, "127.0.0.1", 0)
    host, port = over_tcp.sockets[0].getsockname()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, (host, port))
    try:
        yield server, (host, port)
    finally:
        transport.close()
        over_tcp.close()
        await over_tcp.wait_closed()
        # Once more around, for the transports to let go of their sockets.
        await asyncio.sleep(0)
