"""Frames as bodies of HTTP/1.1 and HTTP/2, over httpx."""

from __future__ import annotations

import asyncio

import httpx

from .carriage import PATH, fields, frames
from .errors import Late, Lost, NotSent, TypexError, Unsendable
from .options import Carrier, Options
from .session import BODY_BYTES_MAX, Reply, Request, find


class HttpLink:
    """One stream: each of its frames is a request."""

    is_stateless = True
    is_ended = False
    exporter: bytes | None = None

    def __init__(self, way: Http, in_flight: int) -> None:
        self._way = way
        self._room = asyncio.Semaphore(max(1, in_flight))
        self._tasks: set[asyncio.Future[Reply]] = set()

    async def send(self, request: Request) -> asyncio.Future[Reply]:
        if len(request.data) > BODY_BYTES_MAX:
            raise Unsendable("the batch is too long")
        await self._room.acquire()
        task = asyncio.ensure_future(self._exchange(request))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def _exchange(self, request: Request) -> Reply:
        return find(request, await self._way.post(request))

    def _done(self, task: asyncio.Future[Reply]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled():
            # Who asked may wait no more; then nobody else would look at it.
            task.exception()


class Http:
    """The connections of one client."""

    is_ended = False

    def __init__(self, options: Options) -> None:
        is_many = options.carrier is Carrier.HTTP2
        connections = 1 if is_many else max(1, options.connections)
        self._in_flight = options.in_flight
        host = f"[{options.host}]" if ":" in options.host else options.host
        self._url = f"https://{host}:{options.port}{PATH}"
        self._host = f"{options.name}:{options.port}"
        self._extensions = {"sni_hostname": options.name}
        self._client = httpx.AsyncClient(
            http1=not is_many, http2=is_many, verify=options.tls(), timeout=options.patience,
            limits=httpx.Limits(max_connections=connections), trust_env=False)

    def link(self) -> HttpLink:
        """One more stream."""
        return HttpLink(self, self._in_flight)

    async def post(self, request: Request) -> bytes:
        """The body that answers this one."""
        try:
            response = await self._client.post(
                self._url, content=request.data, headers=fields(self._host, request),
                extensions=self._extensions)
        except httpx.HTTPError as error:
            raise _told(error) from error
        return frames(response.status_code, response.headers, response.content)

    async def close(self) -> None:
        """Ends at once."""
        await self._client.aclose()


def _told(error: httpx.HTTPError) -> TypexError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
        is_passing = "CERTIFICATE_VERIFY_FAILED" not in str(error)
        return NotSent(Lost(f"no connection: {error!r}", is_passing=is_passing))
    if isinstance(error, httpx.TimeoutException):
        return Late("no answer in time")
    return Lost(f"the request got no answer: {error!r}")
