"""What requests and responses of HTTP say."""

from __future__ import annotations

from typing import Protocol

from .errors import HttpError, Overload, Status
from .session import Request

#: Where the gateway takes frames, and what they are called.
PATH = "/typex/1"
MEDIA_TYPE = "application/vnd.typex.batch"

#: When to ask a gateway again that does not say when, in milliseconds.
_WAIT_MS = 50


def fields(host: str, request: Request) -> dict[str, str]:
    """The header fields of a request."""
    plain = {"content-type": MEDIA_TYPE, "host": host}
    if request.signer is None:
        return plain
    return plain | request.signer.sign(host, PATH, MEDIA_TYPE, request.data)


class Headers(Protocol):
    """Header fields, as every library has them."""

    def get(self, name: str, /) -> str | None:
        """The value of a field."""


def frames(code: int, headers: Headers, body: bytes) -> bytes:
    """The frames of a response; raises what it says if it has none."""
    if code == 200 and headers.get("content-type") == MEDIA_TYPE:
        return body
    if code == 503:
        after = headers.get("retry-after") or ""
        raise Overload(Status.BUSY, int(after) * 1000 if after.isdecimal() else _WAIT_MS)
    raise HttpError(code, body[:1024].decode("utf-8", "replace"))
