"""Streams for many tasks, with retries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from .access import Credential
from .codec import KeyName, Outcome, Record
from .errors import NotSent, Refused, Status, TypexError
from .options import Options
from .retry import Retry
from .session import explain
from .stream import Client, Stream


@dataclass(frozen=True, slots=True)
class Key:
    """A key and who asks, as a pool opens it on each of its streams."""

    credential: Credential = field(repr=False)
    name: KeyName


class Failed(TypexError):
    """A batch that could not be finished. ``error`` says why."""

    def __init__(self, error: TypexError, outcomes: list[Outcome]) -> None:
        super().__init__(str(error))
        self.error = error
        #: Answers that had come before: of records that were not to be sent again when others were.
        self.outcomes = outcomes


class _Shared:
    """A connection that several places share."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._lock = asyncio.Lock()
        self._client: Client | None = None

    async def client(self) -> Client:
        async with self._lock:
            if self._client is not None and self._client.is_ended:
                await self._client.close()
                self._client = None
            if self._client is None:
                self._client = await Client.connect(self._options)
            return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()


class _Place:
    """A place for one stream, on which all keys are open."""

    def __init__(self, connection: _Shared, keys: Sequence[Key]) -> None:
        self._connection = connection
        self._keys = keys
        self._lock = asyncio.Lock()
        self._stream: Stream | None = None
        #: Batches that are on it.
        self.load = 0

    async def opened(self) -> tuple[Stream, dict[int, Status]]:
        """Its stream, or a new one if it has none that goes on, and which handles were refused."""
        async with self._lock:
            if self._stream is not None and not self._stream.is_ended:
                return self._stream, {}
            stream = await (await self._connection.client()).stream()
            refused = {}
            for handle, key in enumerate(self._keys):
                try:
                    await stream.open_as(handle, key.credential, key.name)
                except Refused as error:
                    refused[handle] = error.status
            # Where a key was refused, it is asked for again with the next batch.
            self._stream = None if refused else stream
            return stream, refused


class Pool:
    """Streams on which the same keys are open.

    Many tasks can share it: a batch goes to the stream that has the fewest under way, connections
    and streams are made when they are needed, and made again when they were lost. The handle of a
    key is its place in the list. It is an asynchronous context manager, which closes it.
    """

    def __init__(self, options: Options, keys: Sequence[Key], *, connections: int = 2,
                 streams: int = 4, retry: Retry = Retry()) -> None:
        self._retry = retry
        self._connections = [_Shared(options) for _ in range(max(1, connections))]
        self._places = [_Place(one, keys) for _ in range(max(1, streams))
                        for one in self._connections]

    @classmethod
    async def connect(cls, options: Options, keys: Sequence[Key], *, connections: int = 2,
                      streams: int = 4, retry: Retry = Retry()) -> Pool:
        """Connects, and opens the keys on the first stream; raises :class:`Refused` if one is."""
        pool = cls(options, keys, connections=connections, streams=streams, retry=retry)
        try:
            _, refused = await pool._places[0].opened()
            for status in refused.values():
                raise Refused(status)
        except BaseException:
            await pool.close()
            raise
        return pool

    async def batch(self, records: Sequence[Record],
                    deadline: float | None = None) -> list[Outcome]:
        """Carries records out and answers them in any order, trying again as ``retry`` says.

        Their ids must differ from each other. The deadline is for all tries together; records that
        have not begun by then are answered with ``timeout``. A key that was taken away since
        answers its records with its status; others go on. Raises :class:`Failed`.
        """
        clock = asyncio.get_running_loop().time
        end = None if deadline is None else clock() + deadline
        done: list[Outcome] = []
        tried = 0
        while True:
            tried += 1
            try:
                outcomes = await self._once(records, None if end is None else end - clock())
            except TypexError as error:
                wait = self._retry.wait(error, tried)
                if wait is None or end is not None and clock() + wait >= end:
                    raise Failed(error, done) from error
            else:
                busy = {outcome.id for outcome in outcomes if outcome.status.is_retryable}
                wait = self._retry.wait_for_room(tried) if busy else None
                if wait is None or end is not None and clock() + wait >= end:
                    return done + outcomes
                done += (outcome for outcome in outcomes if outcome.id not in busy)
                records = [record for record in records if record.id in busy]
            await asyncio.sleep(wait)

    async def _once(self, records: Sequence[Record], left: float | None) -> list[Outcome]:
        place = min(self._places, key=lambda place: place.load)
        place.load += 1
        try:
            try:
                stream, refused = await place.opened()
            except NotSent:
                raise
            except TypexError as error:
                raise NotSent(error) from error
            outcomes = await stream.batch(records, left)
            reply = explain(outcomes, records, refused) if refused else outcomes
            assert isinstance(reply, list)
            return reply
        finally:
            place.load -= 1

    async def close(self) -> None:
        """Ends at once, also what tasks wait for."""
        for connection in self._connections:
            await connection.close()

    async def __aenter__(self) -> Pool:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
