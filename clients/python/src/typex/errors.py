"""What can go wrong, and the statuses of the protocol."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """How a record, a handle or a connection ended."""

    DONE = 0
    MALFORMED = 1
    UNSUPPORTED = 2
    TOO_LARGE = 3
    UNAUTHENTICATED = 4
    FORBIDDEN = 5
    NOT_FOUND = 6
    KEY = 7
    INVALID_DATA = 8
    VERIFY_FAILED = 9
    QUOTA = 10
    BUSY = 11
    TIMEOUT = 12
    SHUTTING_DOWN = 13
    FAULT = 14
    PROTOCOL = 15
    VERSION = 16

    @property
    def is_retryable(self) -> bool:
        """Whether the same may be sent again as it is: nothing was done with it."""
        return self in (Status.BUSY, Status.SHUTTING_DOWN)

    def __str__(self) -> str:
        """Its name as docs/dialects/stream.md has it."""
        return self.name.lower()


class TypexError(Exception):
    """What every error of this package is."""


class Lost(TypexError):
    """The connection failed. What was sent on it may have been carried out."""

    def __init__(self, text: str, *, is_passing: bool = True) -> None:
        super().__init__(text)
        #: Whether another connection may be better: not so for a certificate that is not trusted.
        self.is_passing = is_passing


class Late(TypexError):
    """The answer did not come in time. The gateway may still be at it."""


class NotSent(TypexError):
    """Nothing was sent: no connection, or the stream had ended before. ``why`` says which."""

    def __init__(self, why: TypexError) -> None:
        super().__init__(f"not sent: {why}")
        self.why = why


class Unsendable(TypexError, ValueError):
    """What was to be sent is too long, or has too many records or none."""


class WireError(TypexError):
    """The gateway does not keep to the protocol."""


class VersionMismatch(TypexError):
    """The gateway chose a version that this package does not speak."""


class NoHandle(TypexError):
    """Every handle that the gateway has for a stream is in use."""


class HttpError(TypexError):
    """A request of HTTP was answered with something else than frames."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"the request was answered with {code}: {text}")
        self.code = code
        self.text = text


class StatusError(TypexError):
    """What the gateway says with a status."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status


class Refused(StatusError):
    """A handle was not opened, or was not there to be closed."""

    def __init__(self, status: Status) -> None:
        super().__init__(status, "the handle was refused")


class Overload(StatusError):
    """The whole batch was refused; nothing of it was done."""

    def __init__(self, status: Status, wait_ms: int) -> None:
        super().__init__(status, f"send it again in {wait_ms} ms")
        #: When to send it again, in milliseconds.
        self.wait_ms = wait_ms


class Bye(StatusError):
    """The gateway ended the stream."""


class RecordFailed(StatusError):
    """A record was not done."""

    def __init__(self, id: int, status: Status, text: str, wait_s: int) -> None:
        super().__init__(status, text)
        #: That of the record.
        self.id = id
        #: When to ask again, in seconds, after ``quota``; 0 otherwise.
        self.wait_s = wait_s
