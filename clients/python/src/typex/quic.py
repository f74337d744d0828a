"""A connection of QUIC and its streams, over aioquic."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import AsyncExitStack
from typing import Any

from aioquic import tls
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration

from . import codec
from .errors import Bye, Lost, NotSent, TypexError, WireError
from .options import Options
from .session import Reply, Request

ALPN = "typex/1"

_EXPORTER_LABEL = b"EXPORTER-typex/1-open"

#: Codes of connections that TLS did not let begin.
_TLS_ALERTS = range(0x100, 0x200)


class _Protocol(QuicConnectionProtocol):
    """Hands what comes to the streams."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.links: dict[int, QuicLink] = {}
        self.ended: TypexError | None = None
        #: What TLS exports for this connection, once the handshake is done.
        self.exporter = b""
        self._watch()
        #: Done when the handshake is, or when there will be none.
        self.begun = asyncio.Event()

    def quic_event_received(self, event: events.QuicEvent) -> None:
        if isinstance(event, events.HandshakeCompleted):
            self.begun.set()
        elif isinstance(event, events.ConnectionTerminated):
            reason = event.reason_phrase or f"code {event.error_code}"
            # Applications have codes of their own, and no frame that is to blame.
            is_passing = event.frame_type is None or event.error_code not in _TLS_ALERTS
            self.ended = Lost(f"the connection ended: {reason}", is_passing=is_passing)
            for link in list(self.links.values()):
                link.end(self.ended)
            self.begun.set()
        elif isinstance(event, events.StreamDataReceived):
            if (receiver := self.links.get(event.stream_id)) is not None:
                receiver.received(event.data, event.end_stream)
        elif isinstance(event, events.StreamReset):
            if (reset := self.links.get(event.stream_id)) is not None:
                reset.end(Lost(f"the stream was reset with code {event.error_code}"))

    def _watch(self) -> None:
        """aioquic has no exporter. Its key schedule stands where RFC 8446, 7.1 takes the exporter's
        master secret from when it tells the secret that the server's data is read with."""
        quic: Any = self._quic
        update = quic._update_traffic_key

        def watched(direction: tls.Direction, epoch: tls.Epoch, *rest: Any) -> None:
            if direction is tls.Direction.DECRYPT and epoch is tls.Epoch.ONE_RTT:
                self.exporter = _exported(quic.tls.key_schedule)
            update(direction, epoch, *rest)

        quic._update_traffic_key = watched

    def write(self, stream: int, data: bytes) -> None:
        """Sends on a stream."""
        self._quic.send_stream_data(stream, data)
        self.transmit()

    def begin(self) -> int:
        """The number of a new stream."""
        stream: int = self._quic.get_next_available_stream_id()
        # The number is taken when the stream is first used.
        self._quic.send_stream_data(stream, b"")
        return stream


def _exported(schedule: Any) -> bytes:
    """RFC 8446, 7.5, without a context."""
    algorithm = schedule.algorithm
    empty = hashlib.new(algorithm.name).digest()

    def expand(secret: bytes, label: bytes, length: int) -> bytes:
        return tls.hkdf_expand_label(algorithm, secret, label, empty, length)

    master = schedule.derive_secret(b"exp master")
    return expand(expand(master, _EXPORTER_LABEL, algorithm.digest_size), b"exporter", 32)


class QuicLink:
    """One stream."""

    is_stateless = False

    def __init__(self, protocol: _Protocol, in_flight: int) -> None:
        self._protocol = protocol
        self._stream = protocol.begin()
        self._room = asyncio.Semaphore(max(1, in_flight))
        self._waiting: dict[int, tuple[Request, asyncio.Future[Reply]]] = {}
        self._incoming = bytearray()
        self._ended = protocol.ended
        self.exporter: bytes | None = protocol.exporter
        protocol.links[self._stream] = self

    @property
    def is_ended(self) -> bool:
        return self._ended is not None

    async def send(self, request: Request) -> asyncio.Future[Reply]:
        await self._room.acquire()
        if self._ended is not None:
            self._room.release()
            raise NotSent(self._ended)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = (request, future)
        self._protocol.write(self._stream, request.data)
        return future

    def received(self, data: bytes, is_end: bool) -> None:
        """Takes what the gateway sent."""
        self._incoming += data
        try:
            while self._ended is None and (frame := codec.take(self._incoming)) is not None:
                self._answer(frame)
        except TypexError as error:
            self.end(error)
        if is_end:
            self.end(Lost("the stream is at its end"))

    def _answer(self, frame: codec.Frame) -> None:
        body = codec.body(frame)
        if isinstance(body, codec.ByeFrame):
            raise Bye(body.status, body.text)
        if frame.id not in self._waiting:
            raise WireError("a frame answers nothing that was asked")
        request, future = self._waiting[frame.id]
        try:
            reply = request.take(body)
        except WireError:
            raise
        except TypexError as error:
            del self._waiting[frame.id]
            self._room.release()
            if not future.done():
                future.set_exception(error)
            return
        if reply is not None:
            del self._waiting[frame.id]
            self._room.release()
            if not future.done():
                future.set_result(reply)

    def end(self, error: TypexError) -> None:
        """Tells all who wait."""
        if self._ended is not None:
            return
        self._ended = error
        self._protocol.links.pop(self._stream, None)
        for _, future in self._waiting.values():
            self._room.release()
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()


class Quic:
    """A connection; its streams share it."""

    def __init__(self, protocol: _Protocol, stack: AsyncExitStack, in_flight: int) -> None:
        self._protocol = protocol
        self._stack = stack
        self._in_flight = in_flight

    @classmethod
    async def connect(cls, options: Options) -> Quic:
        """Connects."""
        configuration = QuicConfiguration(
            is_client=True, alpn_protocols=[ALPN], server_name=options.name,
            idle_timeout=options.idle_time)
        if options.cafile is not None:
            configuration.load_verify_locations(cafile=options.cafile)
        stack = AsyncExitStack()
        try:
            protocol = await stack.enter_async_context(connect(
                options.host, options.port, configuration=configuration, create_protocol=_Protocol,
                wait_connected=False))
        except OSError as error:
            raise NotSent(Lost(f"no connection: {error!r}")) from error
        assert isinstance(protocol, _Protocol)
        quic = cls(protocol, stack, options.in_flight)
        try:
            protocol.transmit()
            await protocol.begun.wait()
        except BaseException:
            await quic.close()
            raise
        if protocol.ended is not None:
            await quic.close()
            raise NotSent(protocol.ended)
        return quic

    @property
    def is_ended(self) -> bool:
        return self._protocol.ended is not None

    def link(self) -> QuicLink:
        """One more stream."""
        return QuicLink(self._protocol, self._in_flight)

    async def close(self) -> None:
        """Ends at once, also what streams wait for."""
        for link in list(self._protocol.links.values()):
            link.end(Lost("the connection was closed here"))
        await self._stack.aclose()
