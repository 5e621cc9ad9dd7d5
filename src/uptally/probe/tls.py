"""TLS on a connection that stands: contexts, the handshake, and what the peer showed."""

from __future__ import annotations

import asyncio
import ssl
from typing import cast

from uptally.model.endpoint import Tls
from uptally.model.observation import Certificate, Reason
from uptally.probe.certificate import read_certificate
from uptally.probe.reasons import Failure

_NO_LIMIT_S = 86_400.0
"""The attempt's own deadline holds; the loop's of a minute must not fire before it."""


class Contexts:
    """SSL contexts, one for each set of options: making one reads the system's certificates, which takes 19 ms."""

    def __init__(self) -> None:
        self._made: dict[tuple[Tls, bool], ssl.SSLContext] = {}
        self._making: dict[tuple[Tls, bool], asyncio.Task[ssl.SSLContext]] = {}

    async def prepare(self, tls: Tls, *, is_http: bool) -> ssl.SSLContext:
        """Return the context for the options, made on a thread at its first use.

        Raises Failure with `MONITOR_ERROR` where a file cannot be used: that is no fault of the target.
        """
        key = (tls, is_http)
        context = self._made.get(key)
        if context is None:
            if key not in self._making:
                self._making[key] = asyncio.create_task(asyncio.to_thread(_make, tls, is_http=is_http))
            task = self._making[key]
            try:
                context = await asyncio.shield(task)
            except OSError as error:
                files = ", ".join(file for file in (tls.ca_file, tls.certificate_file, tls.key_file) if file)
                raise Failure(
                    Reason.MONITOR_ERROR, f"cannot use {files or 'the system certificates'}: {error}"
                ) from error
            finally:
                if task.done():
                    # A failure is not kept: the file may be there the next time.
                    self._making.pop(key, None)
            self._made[key] = context
        return context


def _make(tls: Tls, *, is_http: bool) -> ssl.SSLContext:
    if tls.verify:
        context = ssl.create_default_context(cafile=tls.ca_file)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.certificate_file is not None:
        context.load_cert_chain(tls.certificate_file, tls.key_file)
    if is_http:
        context.set_alpn_protocols(["http/1.1"])
    return context


class Silent(asyncio.Protocol):
    """Stands on a connection until TLS does, and leaves what comes early to it.

    A banner in clear text must fail the handshake.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stop reading before anything was read."""
        # Not an instance of asyncio's class where the loop is uvloop's.
        cast(asyncio.Transport, transport).pause_reading()


async def secure(
    transport: asyncio.Transport, protocol: asyncio.BaseProtocol, context: ssl.SSLContext, server_name: str
) -> asyncio.Transport:
    """Shake hands and hand the connection to the protocol.

    Raises Failure or OSError, ssl.SSLError among it; then the connection is gone.
    """
    try:
        secured = await asyncio.get_running_loop().start_tls(
            transport,
            protocol,
            context,
            server_hostname=server_name,
            ssl_handshake_timeout=_NO_LIMIT_S,
        )
    except ConnectionResetError as error:
        transport.abort()
        if error.errno is not None:
            raise
        # The loop's word for an end, not a reset.
        raise Failure(Reason.TLS_HANDSHAKE, "the peer closed the connection during the handshake") from error
    except BaseException:
        transport.abort()
        raise
    assert secured is not None, "the transport was closed on our side"
    protocol.connection_made(secured)
    return secured


def peer_facts(transport: asyncio.BaseTransport) -> tuple[Certificate | None, str]:
    """Return the peer's certificate, verified or not, and the version of TLS."""
    peer: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if peer is None:
        return None, ""
    der = peer.getpeercert(binary_form=True)
    try:
        certificate = read_certificate(der) if der else None
    except ValueError:
        certificate = None
    return certificate, peer.version() or ""
