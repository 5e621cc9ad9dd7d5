"""A client that sends bytes as they are, for what no HTTP client would send."""

import asyncio

DEADLINE_SECONDS = 10


async def exchange(address: tuple[str, int], request: bytes) -> bytes:
    """Send the bytes and return all that comes until the server closes."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(request)
            return await until_closed(reader)
        finally:
            writer.close()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the connection ends, by whatever end."""
    received = bytearray()
    try:
        while chunk := await reader.read(65536):
            received += chunk
    except ConnectionError:
        pass
    return bytes(received)
