"""Frames of the stream protocol, byte for byte as docs/dialects/stream.md has them.

Nothing here reads or sends: functions make frames, :func:`take` cuts them from what has come, and
:func:`body` reads one.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .errors import RecordFailed, Status, Unsendable, WireError

VERSION = 1
RECORDS_MAX = 4096
FRAME_BYTES_MIN = 64 * 1024
FRAME_BYTES_MAX = 16 * 1024 * 1024
TEXT_BYTES_MAX = 1024

_HEADER = struct.Struct(">IBBHQ")
_ROW = struct.Struct(">IHHII")
_COUNT = struct.Struct(">H")
_REST_BYTES = 12
ROW_BYTES = _ROW.size
BATCH_BYTES = _HEADER.size + 4


class Kind(enum.IntEnum):
    """What a frame is for."""

    HELLO = 0x01
    OPEN = 0x02
    CLOSE = 0x03
    BATCH = 0x04
    WELCOME = 0x81
    OPENED = 0x82
    CLOSED = 0x83
    RESULTS = 0x84
    OVERLOAD = 0x85
    BYE = 0x86


_KINDS = {int(kind): kind for kind in Kind}
_STATUSES = {int(status): status for status in Status}
_WITH_RECORDS = (Kind.BATCH, Kind.RESULTS)


@dataclass(frozen=True, slots=True)
class Proved:
    """The name of an access key and the proof that its secret is known; over HTTP, where requests
    are signed, it is empty."""

    id: str
    proof: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """An access token of an Encedo HEM instance, for the key that it is for."""

    token: str = field(repr=False)
    #: The name of the instance; empty for the one that answers to any name.
    instance: str = ""


#: How a key is named: the number of an Enigma Bridge object, the 16 bytes of an id, an alias.
KeyName = int | bytes | str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of a batch. Its data may be secret, so ``repr`` leaves it out."""

    #: Chosen by the client; the answer has it.
    id: int
    #: What is asked for.
    operation: int
    #: The key and who asks.
    handle: int
    #: What it works on.
    data: bytes = field(default=b"", repr=False)
    #: What the operation needs to know.
    parameters: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a record."""

    #: That of the record.
    id: int
    #: How it ended.
    status: Status
    #: When to ask again, in seconds, after ``quota``; 0 otherwise.
    wait_s: int = 0
    #: What belongs to the result. Of a failure, the text for people.
    parameters: bytes = field(default=b"", repr=False)
    #: The result.
    data: bytes = field(default=b"", repr=False)

    def result(self) -> bytes:
        """The data of a record that is done; raises :class:`RecordFailed` for others."""
        if self.status is not Status.DONE:
            text = self.parameters.decode("utf-8", "replace")
            raise RecordFailed(self.id, self.status, text, self.wait_s)
        return self.data


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is spoken, and what the gateway accepts."""

    version: int
    records: int
    frame_bytes: int
    handles: int


@dataclass(frozen=True, slots=True)
class Opened:
    """Whether a handle may be used."""

    handle: int
    status: Status


@dataclass(frozen=True, slots=True)
class Closed:
    """A handle means nothing any more."""

    handle: int
    status: Status


@dataclass(frozen=True, slots=True)
class Results:
    """Answers to some or all records of a batch."""

    outcomes: list[Outcome]


@dataclass(frozen=True, slots=True)
class OverloadFrame:
    """A whole batch that was not begun."""

    status: Status
    wait_ms: int


@dataclass(frozen=True, slots=True)
class ByeFrame:
    """The last frame."""

    status: Status
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it came."""

    kind: Kind
    id: int
    records: int
    body: bytes = field(repr=False)


Body = Welcome | Opened | Closed | Results | OverloadFrame | ByeFrame


def _frame(kind: Kind, id: int, body: bytes, records: int = 0) -> bytes:
    return _HEADER.pack(_REST_BYTES + len(body), kind, 0, records, id) + body


def _counted(data: bytes, what: str) -> bytes:
    if len(data) > 0xFFFF:
        raise Unsendable(f"{what} is too long")
    return _COUNT.pack(len(data)) + data


def hello(id: int, least: int = VERSION, greatest: int = VERSION) -> bytes:
    """The versions that a client speaks."""
    return _frame(Kind.HELLO, id, struct.pack(">HH", least, greatest))


def name_of(key: KeyName) -> tuple[int, bytes]:
    """The kind of a key's name, and its bytes."""
    if isinstance(key, int):
        if not 0 <= key <= 0xFFFFFFFF:
            raise Unsendable("the number of an object has 4 bytes")
        return 1, struct.pack(">I", key)
    if isinstance(key, bytes):
        if len(key) != 16:
            raise Unsendable("the id of a key has 16 bytes")
        return 2, key
    return 3, key.encode()


def open_handle(id: int, handle: int, credential: str | Proved | Token, key: KeyName) -> bytes:
    """Names a key and who asks: the holder of an API key, of an access key with its proof, or of
    an access token."""
    kind, name = name_of(key)
    if isinstance(credential, Proved):
        holder, parts = 2, _counted(credential.id.encode(), "a credential")
        parts += _counted(credential.proof, "a proof")
    elif isinstance(credential, Token):
        holder, parts = 3, _counted(credential.token.encode(), "a credential")
        parts += _counted(credential.instance.encode(), "the name of an instance")
    else:
        holder, parts = 1, _counted(credential.encode(), "a credential")
    parts += _counted(name, "the name of a key")
    return _frame(Kind.OPEN, id, struct.pack(">IBB", handle, holder, kind) + parts)


def close_handle(id: int, handle: int) -> bytes:
    """Gives a handle back."""
    return _frame(Kind.CLOSE, id, struct.pack(">I", handle))


def batch(id: int, deadline_ms: int, records: Iterable[Record]) -> bytes:
    """Records to carry out; ``deadline_ms`` 0 leaves the deadline to the gateway."""
    rows = [struct.pack(">I", deadline_ms)]
    for record in records:
        if len(record.parameters) > 0xFFFF:
            raise Unsendable("the parameters are too long")
        rows.append(_ROW.pack(record.id, record.operation, len(record.parameters), record.handle,
                              len(record.data)))
        rows += (record.parameters, record.data)
    count = (len(rows) - 1) // 3
    if not 1 <= count <= RECORDS_MAX:
        raise Unsendable(f"a batch has 1 to {RECORDS_MAX} records")
    return _frame(Kind.BATCH, id, b"".join(rows), count)


def take(stream: bytearray) -> Frame | None:
    """Cuts the first frame from what has come; ``None`` if it is not whole.

    Raises :class:`WireError` as soon as the header shows that there will be none.
    """
    if len(stream) < _HEADER.size:
        return None
    length, code, flags, records, id = _HEADER.unpack_from(stream)
    kind = _KINDS.get(code)
    if kind is None or flags or not _REST_BYTES <= length <= FRAME_BYTES_MAX - 4:
        raise WireError("the header is none of this protocol")
    if not (1 <= records <= RECORDS_MAX if kind in _WITH_RECORDS else records == 0):
        raise WireError("the number of records does not fit the kind of frame")
    end = 4 + length
    if len(stream) < end:
        return None
    with memoryview(stream) as view:
        body = bytes(view[_HEADER.size:end])
    del stream[:end]
    return Frame(kind, id, records, body)


def body(frame: Frame) -> Body:
    """Reads the body of a frame that the gateway sends."""
    reader = _READERS.get(frame.kind)
    if reader is None:
        raise WireError("only clients send this kind of frame")
    try:
        return reader(frame)
    except (struct.error, UnicodeDecodeError) as error:
        raise WireError("the body is not of its kind's form") from error


def records(frame: Frame) -> list[Record]:
    """The records of a batch, as the gateway reads them."""
    if frame.kind is not Kind.BATCH:
        raise WireError("it is not a batch")
    rows = _rows(frame.body[4:], frame.records)
    return [Record(id, operation, handle, data, parameters)
            for id, operation, handle, parameters, data in rows]


def _status(code: int) -> Status:
    status = _STATUSES.get(code)
    if status is None:
        raise WireError(f"{code} is no status")
    return status


def _welcome(frame: Frame) -> Welcome:
    welcome = Welcome(*struct.unpack(">HHII", frame.body))
    if not 1 <= welcome.records <= RECORDS_MAX:
        raise WireError("the number of records has a value without meaning")
    if not FRAME_BYTES_MIN <= welcome.frame_bytes <= FRAME_BYTES_MAX:
        raise WireError("the length of frames has a value without meaning")
    return welcome


def _opened(frame: Frame) -> Opened:
    handle, status = struct.unpack(">IH", frame.body)
    return Opened(handle, _status(status))


def _closed(frame: Frame) -> Closed:
    handle, status = struct.unpack(">IH", frame.body)
    return Closed(handle, _status(status))


def _results(frame: Frame) -> Results:
    rows = _rows(frame.body, frame.records)
    return Results([Outcome(id, _status(status), wait_s, parameters, data)
                    for id, status, wait_s, parameters, data in rows])


def _overload(frame: Frame) -> OverloadFrame:
    status, wait_ms = struct.unpack(">HI", frame.body)
    return OverloadFrame(_status(status), wait_ms)


def _bye(frame: Frame) -> ByeFrame:
    status, count = struct.unpack_from(">HH", frame.body)
    text = frame.body[4:]
    if len(text) != count or count > TEXT_BYTES_MAX:
        raise WireError("the text is not as long as it says")
    return ByeFrame(_status(status), text.decode())


_READERS: dict[Kind, Callable[[Frame], Body]] = {
    Kind.WELCOME: _welcome,
    Kind.OPENED: _opened,
    Kind.CLOSED: _closed,
    Kind.RESULTS: _results,
    Kind.OVERLOAD: _overload,
    Kind.BYE: _bye,
}


def _rows(body: bytes, count: int) -> list[tuple[int, int, int, bytes, bytes]]:
    rows, at = [], 0
    for _ in range(count):
        id, code, parameter_bytes, number, data_bytes = _ROW.unpack_from(body, at)
        middle = at + _ROW.size + parameter_bytes
        end = middle + data_bytes
        if end > len(body):
            raise WireError("the body ends too early")
        rows.append((id, code, number, body[at + _ROW.size:middle], body[middle:end]))
        at = end
    if at != len(body):
        raise WireError("the body is longer than its records")
    return rows
