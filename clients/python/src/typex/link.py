"""The way of a stream's frames."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .session import Reply, Request


class Link(Protocol):
    """What carries the frames of one stream."""

    #: Whether handles live for one request, as over HTTP.
    is_stateless: bool
    #: What TLS exports for a connection, for the proof of an access key; none over HTTP.
    exporter: bytes | None

    @property
    def is_ended(self) -> bool:
        """Whether nothing can be sent any more."""

    async def send(self, request: Request) -> asyncio.Future[Reply]:
        """Sends a frame as soon as there is room; the future has its answer."""


class Way(Protocol):
    """What streams share."""

    @property
    def is_ended(self) -> bool:
        """Whether no stream can begin any more."""

    def link(self) -> Link:
        """The way of one more stream."""

    async def close(self) -> None:
        """Ends at once."""
