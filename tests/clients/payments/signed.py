"""Requests signed by botocore, to be changed before they are sent."""

import datetime
import http.client
import json
import ssl
from unittest import mock
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .service import CONTROL, REGION, Access, Gateway

TIMEOUT_S = 60
TARGET = "PaymentCryptographyControlPlane"


class Answer:
    """What came back."""

    def __init__(self, answer: http.client.HTTPResponse):
        self.status, self.headers = answer.status, answer.headers
        self.body = answer.read()

    @property
    def members(self) -> dict:
        """Of its body."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The type of an error, wherever it stands."""
        kind = self.headers.get("x-amzn-ErrorType") or self.members.get("__type", "")
        return kind.split(":")[0].rsplit("#", 1)[-1]


class Request:
    """One of the data plane by its path, or of the control plane by its name."""

    def __init__(self, gateway: Gateway, access: Access, what: str, body: dict, *,
                 service: str = CONTROL, late_s: int = 0, in_query: bool = False,
                 unsigned: tuple = ()):
        self.gateway = gateway
        path, headers = what, {"Content-Type": "application/json"}
        if not what.startswith("/"):
            path = "/"
            headers = {"Content-Type": "application/x-amz-json-1.0",
                       "X-Amz-Target": f"{TARGET}.{what}"}
        self.body = json.dumps(body).encode()
        made = AWSRequest("POST", gateway.endpoint + path, headers, self.body)
        signer = (SigV4QueryAuth if in_query else SigV4Auth)(
            Credentials(access.identity, access.secret), service, REGION)
        skipped = botocore.auth.SIGNED_HEADERS_BLACKLIST + list(unsigned)
        with mock.patch.object(botocore.auth, "SIGNED_HEADERS_BLACKLIST", skipped), at(late_s):
            signer.add_auth(made)
        split = urlsplit(made.url)
        self.path = split.path + (f"?{split.query}" if split.query else "")
        self.headers = dict(made.headers.items()) | {"Host": split.netloc}

    def send(self) -> Answer:
        """Its answer."""
        split = urlsplit(self.gateway.endpoint)
        context = ssl.create_default_context(cafile=self.gateway.certificate)
        connection = http.client.HTTPSConnection(split.hostname, split.port, timeout=TIMEOUT_S,
                                                 context=context)
        try:
            connection.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(self.body)))
            connection.endheaders(self.body)
            return Answer(connection.getresponse())
        finally:
            connection.close()


def at(late_s: int):
    """Lets botocore sign as of a time that much ago."""
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=late_s)
    return mock.patch.object(botocore.auth, "get_current_datetime",
                             lambda *_, **__: then.replace(tzinfo=None))


def segment(text: str) -> str:
    """A key as it stands in a path."""
    return quote(text, safe="")
