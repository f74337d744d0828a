"""What a stream knows, without the way to the gateway: numbers, limits, what answers what."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from . import codec, operations
from .access import AccessKey, Credential
from .codec import (Body, ByeFrame, Closed, KeyName, Opened, Outcome, OverloadFrame, Proved,
                    Record, Results, Token, Welcome)
from .errors import (Bye, Lost, NoHandle, Overload, Refused, Status, Unsendable, VersionMismatch,
                     WireError)

#: Bytes that the gateway takes as a body of HTTP.
BODY_BYTES_MAX = 2 * 1024 * 1024

Reply = Welcome | Opened | Closed | list[Outcome]


@dataclass(slots=True)
class Request:
    """A frame on its way, and what is to come."""

    id: int
    #: The frame; over HTTP behind those that open its handles.
    data: bytes = field(repr=False)
    #: The records of a batch.
    records: Sequence[Record] = ()
    #: Who signs it, over HTTP.
    signer: AccessKey | None = None
    _outcomes: list[Outcome] = field(default_factory=list, repr=False)

    def take(self, body: Body) -> Reply | None:
        """Takes what answers the frame; ``None`` if more is to come."""
        if isinstance(body, ByeFrame):
            raise Bye(body.status, body.text)
        if isinstance(body, Results) and self.records:
            self._outcomes += body.outcomes
            if len(self._outcomes) > len(self.records):
                raise WireError("there are more answers than records")
            return self._outcomes if len(self._outcomes) == len(self.records) else None
        if isinstance(body, OverloadFrame) and self.records and not self._outcomes:
            raise Overload(body.status, body.wait_ms)
        if isinstance(body, Welcome | Opened | Closed) and not self.records:
            return body
        raise WireError("the gateway answers something else")


class Session:
    """Numbers of frames and handles of one stream."""

    def __init__(self) -> None:
        self.welcome = Welcome(0, 0, 0, 0)
        self._id = 0
        self._next_handle = 0
        self._free: list[int] = []
        #: Over HTTP: what opens handles, which live for one request there.
        self.opened: dict[int, Request] = {}

    def hello(self, versions: tuple[int, int]) -> Request:
        """The first frame."""
        id = self._next_id()
        return Request(id, codec.hello(id, *versions))

    def greet(self, reply: Reply) -> None:
        """Takes the answer to it."""
        if not isinstance(reply, Welcome):
            raise WireError("the gateway answers something else")
        if reply.version != codec.VERSION:
            raise VersionMismatch(f"version {reply.version} is not spoken here")
        self.welcome = reply

    def take_handle(self) -> int:
        """The least number that is free, which is in use from now on."""
        if self._free:
            return heapq.heappop(self._free)
        if self._next_handle >= self.welcome.handles:
            raise NoHandle(f"no more than {self.welcome.handles} handles can be open")
        self._next_handle += 1
        return self._next_handle - 1

    def give_back(self, handle: int) -> None:
        """The gateway does not use it any more."""
        heapq.heappush(self._free, handle)

    def open(self, handle: int, credential: Credential, key: KeyName,
             exporter: bytes | None) -> Request:
        """Asks to open a handle: on a connection of QUIC by a proof over what TLS exports, over
        HTTP by a request that is signed."""
        id, signer = self._next_id(), None
        shown: str | Proved | Token
        if not isinstance(credential, AccessKey):
            shown = credential
        elif exporter is not None:
            shown = credential.prove(exporter, handle, key)
        else:
            shown, signer = Proved(credential.id), credential
        return Request(id, codec.open_handle(id, handle, shown, key), signer=signer)

    def open_reply(self, handle: int, reply: Reply) -> None:
        """Takes the answer to it."""
        if not isinstance(reply, Opened) or reply.handle != handle:
            raise WireError("the gateway answers something else")
        if reply.status is not Status.DONE:
            raise Refused(reply.status)

    def close(self, handle: int) -> Request:
        """Asks to close a handle."""
        id = self._next_id()
        return Request(id, codec.close_handle(id, handle))

    def close_reply(self, handle: int, reply: Reply) -> None:
        """Takes the answer to it."""
        if not isinstance(reply, Closed) or reply.handle != handle:
            raise WireError("the gateway answers something else")
        if reply.status is not Status.DONE:
            raise Refused(reply.status)
        self.give_back(handle)

    def forget(self, handle: int) -> None:
        """Closes a handle of HTTP, of which the gateway knows nothing."""
        if self.opened.pop(handle, None) is None:
            raise Refused(Status.NOT_FOUND)
        self.give_back(handle)

    def batch(self, records: Sequence[Record], deadline: float | None) -> Request:
        """Asks for records. Over HTTP their handles are opened in front."""
        if len(records) > self.welcome.records:
            raise Unsendable(f"a batch has 1 to {self.welcome.records} records")
        deadline_ms = 0 if deadline is None else max(1, min(int(deadline * 1000), 0xFFFFFFFF))
        frame_bytes = codec.BATCH_BYTES + sum(
            codec.ROW_BYTES + len(one.parameters) + len(one.data) for one in records)
        if frame_bytes > self.welcome.frame_bytes:
            raise Unsendable("the batch is too long")
        id = self._next_id()
        data = codec.batch(id, deadline_ms, records)
        if not self.opened:
            return Request(id, data, records)
        handles = {record.handle for record in records}
        for record in records:
            handles |= operations.handles(record.parameters)
        opened = [self.opened[handle] for handle in sorted(handles & self.opened.keys())]
        signers = {request.signer for request in opened if request.signer is not None}
        if len(signers) > 1:
            raise Unsendable("a request is signed by one access key")
        data = b"".join([*(request.data for request in opened), data])
        return Request(id, data, records, signers.pop() if signers else None)

    def _next_id(self) -> int:
        self._id += 1
        return self._id


def find(request: Request, data: bytes) -> Reply:
    """Finds what answers a request in a body of HTTP."""
    stream = bytearray(data)
    refused: dict[int, Status] = {}
    while (frame := codec.take(stream)) is not None:
        body = codec.body(frame)
        if frame.id == request.id or isinstance(body, ByeFrame):
            reply = request.take(body)
            if reply is not None:
                return explain(reply, request.records, refused) if refused else reply
        elif isinstance(body, Opened):
            if body.status is not Status.DONE:
                refused[body.handle] = body.status
        else:
            raise WireError("the gateway answers something else")
    raise Lost("the answer ends too early")


def explain(reply: Reply, records: Sequence[Record], refused: dict[int, Status]) -> Reply:
    """A record whose handle was refused is answered that there is no such handle. It gets the
    reason instead, as it would if its key had been taken away while the handle was open."""
    if not isinstance(reply, list):
        return reply
    handles = {record.id: record.handle for record in records}

    def explained(outcome: Outcome) -> Outcome:
        status = refused.get(handles.get(outcome.id, -1))
        if status is None or outcome.status is not Status.NOT_FOUND:
            return outcome
        return Outcome(outcome.id, status, outcome.wait_s, outcome.parameters, outcome.data)

    return [explained(outcome) for outcome in reply]
