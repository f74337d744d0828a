"""A connection and its streams."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import TypeVar

from .access import Credential
from .codec import KeyName, Outcome, Record, Welcome
from .errors import Late, NotSent, Refused, Unsendable, WireError
from .link import Link, Way
from .options import Carrier, Options
from .session import Reply, Request, Session

_T = TypeVar("_T")


async def _within(patience: float, wanted: Awaitable[_T]) -> _T:
    try:
        return await asyncio.wait_for(wanted, patience)
    except TimeoutError:
        raise Late("no answer in time") from None


class Pending:
    """A batch that was sent. To drop it does not take it back."""

    def __init__(self, answer: asyncio.Future[Reply], patience: float) -> None:
        self._answer = answer
        self._patience = patience

    async def outcomes(self) -> list[Outcome]:
        """Waits for the answers to all of its records, which are in any order."""
        reply = await _within(self._patience, asyncio.shield(self._answer))
        if not isinstance(reply, list):
            raise WireError("the gateway answers something else")
        return reply


class Stream:
    """A stream of a connection, with handles of its own.

    Over QUIC its batches are answered one after the other, streams of a connection side by side;
    over HTTP every batch is on its own. Many tasks can use it at once.
    """

    def __init__(self, link: Link, patience: float) -> None:
        self._link = link
        self._patience = patience
        self._session = Session()

    async def _begin(self, versions: tuple[int, int]) -> Stream:
        self._session.greet(await self._ask(self._session.hello(versions)))
        return self

    @property
    def welcome(self) -> Welcome:
        """What the gateway accepts."""
        return self._session.welcome

    @property
    def is_ended(self) -> bool:
        """Whether it ended, so that nothing can be sent any more. Over HTTP it does not."""
        return self._link.is_ended

    async def open(self, credential: Credential, key: KeyName) -> int:
        """Opens a handle for the holder of an API key or an access key, and returns its number.

        The key is the number of an Enigma Bridge object, the 16 bytes of an id, or a text.
        Raises :class:`Refused` with the reason, :class:`NoHandle` if too many are open.
        """
        handle = self._session.take_handle()
        try:
            await self.open_as(handle, credential, key)
        except (Refused, Unsendable):
            self._session.give_back(handle)
            raise
        return handle

    async def open_as(self, handle: int, credential: Credential, key: KeyName) -> None:
        """The same under a number that nobody else uses."""
        request = self._session.open(handle, credential, key, self._link.exporter)
        self._session.open_reply(handle, await self._ask(request))
        if self._link.is_stateless:
            self._session.opened[handle] = request

    async def close(self, handle: int) -> None:
        """Closes a handle; raises :class:`Refused` if it is not open."""
        if self._link.is_stateless:
            self._session.forget(handle)
        else:
            self._session.close_reply(handle, await self._ask(self._session.close(handle)))

    async def batch(self, records: Sequence[Record],
                    deadline: float | None = None) -> list[Outcome]:
        """Sends records and waits for all of their answers, which are in any order.

        Records that have not begun ``deadline`` seconds after the gateway has them are answered
        with ``timeout``. Raises :class:`Overload` if nothing was done with them.
        """
        if not records:
            return []
        return await (await self.send(records, deadline)).outcomes()

    async def send(self, records: Sequence[Record], deadline: float | None = None) -> Pending:
        """Sends records without waiting for their answers, so that several batches are in flight.

        It waits only while there are as many as :class:`Options` permit. Raises
        :class:`Unsendable` for no record, too many or too long ones, :class:`NotSent` if the
        stream has ended.
        """
        request = self._session.batch(records, deadline)
        return Pending(await self._send(request), self._patience)

    async def _send(self, request: Request) -> asyncio.Future[Reply]:
        try:
            return await _within(self._patience, self._link.send(request))
        except Late as error:
            raise NotSent(error) from None

    async def _ask(self, request: Request) -> Reply:
        return await _within(self._patience, await self._send(request))


class Client:
    """A connection to a gateway; its streams share it.

    Over HTTP it is what connections are made with, as they are needed. It is an asynchronous
    context manager, which closes it at the end.
    """

    def __init__(self, way: Way, options: Options) -> None:
        self._way = way
        self._options = options

    @classmethod
    async def connect(cls, options: Options) -> Client:
        """Connects; over HTTP that is left to the first stream."""
        way: Way
        if options.carrier is Carrier.QUIC:
            from .quic import Quic
            try:
                way = await _within(options.patience, Quic.connect(options))
            except Late as error:
                raise NotSent(error) from None
        else:
            from .http import Http
            way = Http(options)
        return cls(way, options)

    @property
    def is_ended(self) -> bool:
        """Whether it ended, so that no stream can begin. Over HTTP it does not."""
        return self._way.is_ended

    async def stream(self) -> Stream:
        """Begins a stream. Handles belong to it."""
        stream = Stream(self._way.link(), self._options.patience)
        return await stream._begin(self._options.versions)

    async def close(self) -> None:
        """Ends at once, also what streams wait for."""
        await self._way.close()

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        traceback: TracebackType | None) -> None:
        await self.close()
