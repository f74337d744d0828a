"""The client without asyncio, in threads, so that the same cases can be run with it."""

import asyncio

from typex import blocking


class Pending:
    """A batch that another thread carries."""

    def __init__(self, task):
        self._task = task

    async def outcomes(self):
        return await self._task


class Stream:
    """Calls in threads, one at a time: such a stream is for one thread."""

    def __init__(self, stream, turn):
        self._stream = stream
        self._turn = turn

    @property
    def welcome(self):
        return self._stream.welcome

    async def _call(self, function, *args):
        async with self._turn:
            # What was begun ends before the next call, also when nobody waits for it any more.
            task = asyncio.ensure_future(asyncio.to_thread(function, *args))
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await task
                raise

    async def open(self, credential, key):
        return await self._call(self._stream.open, credential, key)

    async def close(self, handle):
        return await self._call(self._stream.close, handle)

    async def batch(self, records, deadline=None):
        return await self._call(self._stream.batch, records, deadline)

    async def send(self, records, deadline=None):
        return Pending(asyncio.ensure_future(self.batch(records, deadline)))


class Client:
    """A client whose streams take turns."""

    def __init__(self, options):
        self._options = options
        self._clients = []

    @classmethod
    async def connect(cls, options):
        return cls(options)

    async def stream(self):
        # Streams that are to be asked at once need a connection each.
        client = blocking.Client.connect(self._options)
        self._clients.append(client)
        return Stream(await asyncio.to_thread(client.stream), asyncio.Lock())

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for client in self._clients:
            client.close()
