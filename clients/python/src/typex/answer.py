"""What a response of HTTP says."""

from __future__ import annotations

from typing import Protocol

from .errors import HttpError, Overload, Status

#: Where the gateway takes frames, and what they are called.
PATH = "/typex/1"
MEDIA_TYPE = "application/vnd.typex.batch"

#: When to ask a gateway again that does not say when, in milliseconds.
_WAIT_MS = 50


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
