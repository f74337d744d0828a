"""Requests to the byte, also such as no client would send."""

import http.client
import json
import ssl
from typing import NamedTuple

TIMEOUT_S = 60


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict
    body: bytes


class Raw:
    """A request that can be changed before it is sent."""

    def __init__(self, method: str, path: str, body: dict | None = None):
        self.method, self.path = method, path
        self.headers = {}
        self.secure = True
        self.address = self.host = None
        self.chunked = False
        self.body = None
        if body is not None:
            self.body = json.dumps(body).encode()
            self.headers["Content-Type"] = "application/json"
        if method == "POST":
            self.headers["Content-Length"] = str(len(self.body or b""))

    def to(self, instance) -> "Raw":
        """Sends it there."""
        self.address, self.host = instance.address, instance.host
        return self

    def bearing(self, token: str | None) -> "Raw":
        """With a token, or none."""
        self.headers.pop("Authorization", None)
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"
        return self

    def holding(self, body: bytes) -> "Raw":
        """With other bytes as its body."""
        self.body = body
        self.headers["Content-Length"] = str(len(body))
        return self

    def send(self) -> Answer:
        """Its answer."""
        host, port = self.address.rsplit(":", 1)
        if self.secure:
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(host, int(port), timeout=TIMEOUT_S,
                                                     context=context)
        else:
            connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_S)
        try:
            connection.putrequest(self.method, self.path, skip_host=True,
                                  skip_accept_encoding=True)
            for name, value in {"Host": self.host, **self.headers}.items():
                connection.putheader(name, value)
            connection.endheaders()
            self.send_body(connection)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()

    def send_body(self, connection: http.client.HTTPConnection) -> None:
        """As it is, or in two chunks."""
        body = self.body or b""
        if self.chunked:
            half = len(body) // 2
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                            for part in (body[:half], body[half:], b""))
        try:
            connection.send(body)
        except OSError:
            # Refused before it was read; the answer is there.
            pass
