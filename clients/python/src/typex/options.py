"""How to reach a gateway."""

from __future__ import annotations

import enum
import ssl
from dataclasses import dataclass

from .codec import VERSION


class Carrier(enum.Enum):
    """What carries the frames. The calls are the same over each of them."""

    #: Frames in both directions on streams of one connection.
    QUIC = "quic"
    #: Each batch is a request of HTTP/2, all of them on one connection.
    HTTP2 = "http2"
    #: Each batch is a request of HTTP/1.1, as many at a time as there are connections.
    HTTP1 = "http1"


@dataclass(frozen=True, slots=True)
class Options:
    """How to reach a gateway, and how long to wait for it."""

    host: str
    port: int = 8600
    #: The name that its certificate must have; ``None`` is ``host``.
    server_name: str | None = None
    #: A file of certificates to trust in place of the system's.
    cafile: str | None = None
    carrier: Carrier = Carrier.QUIC
    #: The versions that are offered, least and greatest. This package speaks 1.
    versions: tuple[int, int] = (VERSION, VERSION)
    #: How long a connection, a stream or an answer may take, in seconds.
    patience: float = 60.0
    #: How long a connection of QUIC may be idle before it ends, in seconds.
    idle_time: float = 60.0
    #: Batches of a stream that are sent and not answered; those beyond them wait.
    in_flight: int = 32
    #: Connections of HTTP/1.1 that may be open; others have one.
    connections: int = 4

    @property
    def name(self) -> str:
        """The name that the certificate must have."""
        return self.server_name or self.host

    def tls(self) -> ssl.SSLContext:
        """TLS 1.3 as HTTP needs it."""
        context = ssl.create_default_context(cafile=self.cafile)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return context
