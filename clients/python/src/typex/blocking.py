"""The same calls without asyncio, over HTTP/1.1 and the standard library: for scripts.

It carries one batch at a time and tries nothing again, but for a connection that the gateway had
closed before the request. A stream is for one thread at a time.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Sequence

from .access import Credential
from .carriage import PATH, fields, frames
from .codec import KeyName, Outcome, Record, Welcome
from .errors import Late, Lost, NotSent, Refused, TypexError, Unsendable, WireError
from .options import Options
from .session import BODY_BYTES_MAX, Reply, Request, Session, find


class _Connection(http.client.HTTPSConnection):
    """One whose certificate must have another name than the address."""

    def __init__(self, options: Options, context: ssl.SSLContext) -> None:
        super().__init__(options.host, options.port, timeout=options.patience, context=context)
        self._options = options
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._options.name)


class Stream:
    """A stream, with handles of its own. Its calls are those of :class:`typex.Stream`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._session = Session()
        self._session.greet(self._ask(self._session.hello(client.options.versions)))

    @property
    def welcome(self) -> Welcome:
        """What the gateway accepts."""
        return self._session.welcome

    def open(self, credential: Credential, key: KeyName) -> int:
        """Opens a handle for the holder of an API key or an access key; its number."""
        handle = self._session.take_handle()
        try:
            request = self._session.open(handle, credential, key, None)
            self._session.open_reply(handle, self._ask(request))
        except (Refused, Unsendable):
            self._session.give_back(handle)
            raise
        self._session.opened[handle] = request
        return handle

    def close(self, handle: int) -> None:
        """Closes a handle; raises :class:`Refused` if it is not open."""
        self._session.forget(handle)

    def batch(self, records: Sequence[Record], deadline: float | None = None) -> list[Outcome]:
        """Sends records and waits for all of their answers, which are in any order."""
        if not records:
            return []
        reply = self._ask(self._session.batch(records, deadline))
        if not isinstance(reply, list):
            raise WireError("the gateway answers something else")
        return reply

    def _ask(self, request: Request) -> Reply:
        if len(request.data) > BODY_BYTES_MAX:
            raise Unsendable("the batch is too long")
        return find(request, self._client.post(request))


class Client:
    """A connection to a gateway, made when it is needed. It is a context manager."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._host = f"{options.name}:{options.port}"
        self._connection = _Connection(options, options.tls())

    @classmethod
    def connect(cls, options: Options) -> Client:
        """As :meth:`typex.Client.connect`; ``options.carrier`` is not looked at."""
        return cls(options)

    def stream(self) -> Stream:
        """Begins a stream. Handles belong to it."""
        return Stream(self)

    def post(self, request: Request) -> bytes:
        """The body that answers this one."""
        self._send(request)
        try:
            response = self._connection.getresponse()
            body = response.read()
        except TimeoutError as error:
            self._connection.close()
            raise Late("no answer in time") from error
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Lost(f"the request got no answer: {error!r}") from error
        return frames(response.status, response.headers, body)

    def _send(self, request: Request) -> None:
        if self._connection.sock is not None and _has_ended(self._connection.sock):
            self._connection.close()
        if self._connection.sock is None:
            try:
                self._connection.connect()
            except OSError as error:
                self._connection.close()
                raise NotSent(_no_connection(error)) from error
        try:
            headers = fields(self._host, request)
            self._connection.request("POST", PATH, request.data, headers)
        except OSError as error:
            self._connection.close()
            raise Lost(f"the request was not read: {error!r}") from error

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _has_ended(idle: ssl.SSLSocket) -> bool:
    """Whether something came on a connection on which nothing was asked: that is its end."""
    timeout = idle.gettimeout()
    idle.settimeout(0)
    try:
        return idle.recv(1) == b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return False
    except OSError:
        return True
    finally:
        idle.settimeout(timeout)


def _no_connection(error: OSError) -> TypexError:
    return Lost(f"no connection: {error!r}", is_passing=not isinstance(error, ssl.SSLError))
