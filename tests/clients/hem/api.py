"""The API over HTTP: requests, answers, and what needs no login."""
# spec: encedo-hem 1.1 to 1.6, 3.2, 4.1 to 4.3

import json
import os

import httpx

TIMEOUT_S = 60.0


class Refused(Exception):
    """An answer that is not a success."""

    def __init__(self, what: str, status: int, body: bytes):
        super().__init__(f"{what}: {status} {body[:200]!r}")
        self.status = status
        self.body = body


class Instance:
    """One instance at an address, by the name of its virtual host."""

    def __init__(self, address: str, host: str | None = None, secure: bool = True):
        self.address, self.host, self.secure = address, host or address, secure
        scheme = "https" if secure else "http"
        # Gateways under test sign their certificate themselves.
        self.http = httpx.Client(base_url=f"{scheme}://{address}", verify=False,
                                 headers={"Host": self.host}, timeout=TIMEOUT_S)

    @classmethod
    def of_ready_file(cls, path: str, host: str | None = None, secure: bool = True) -> "Instance":
        """At the address that a gateway's ready file tells."""
        with open(path, encoding="utf-8") as file:
            listeners = json.load(file)["listeners"]
        transport = "https" if secure else "http"
        found = (one["address"] for one in listeners
                 if (one["dialect"], one["transport"]) == ("encedo-hem", transport))
        return cls(next(found), host or os.environ.get("HEM_HOST"), secure)

    def without_tls(self) -> "Instance":
        """The same over plain HTTP."""
        return Instance(self.address, self.host, secure=False)

    def named(self, host: str) -> "Instance":
        """Another instance of the same gateway."""
        return Instance(self.address, host, self.secure)

    def ask(self, method: str, path: str, body: dict | None = None, token: str | None = None,
            headers: dict | None = None) -> httpx.Response:
        """Any request and its answer."""
        headers = dict(headers or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        answer = self.http.request(method, path, json=body, headers=headers)
        check_form(answer)
        return answer

    def call(self, method: str, path: str, body: dict | None = None,
             token: str | None = None) -> dict | None:
        """The JSON of a success, `None` if it has none. Raises `Refused`."""
        answer = self.ask(method, path, body, token)
        if answer.status_code != 200:
            raise Refused(f"{method} {path}", answer.status_code, answer.content)
        return answer.json() if answer.content else None

    def get(self, path: str, token: str | None = None) -> dict | None:
        """GET below `/api/`."""
        return self.call("GET", f"/api/{path}", token=token)

    def post(self, path: str, body: dict, token: str | None = None) -> dict | None:
        """POST below `/api/`."""
        return self.call("POST", f"/api/{path}", body, token)

    def version(self) -> dict:
        """Versions of hardware and firmware."""
        return self.get("system/version")

    def status(self) -> dict:
        """Health and clock."""
        return self.get("system/status")

    def check_in(self, service: "Instance") -> dict:
        """Relays the statements of instance and time service to each other."""
        answer = service.http.post("/checkin", json=self.get("system/checkin"))
        if answer.status_code != 200:
            raise Refused("POST /checkin", answer.status_code, answer.content)
        return self.post("system/checkin", answer.json())

    def challenge(self) -> dict:
        """For a login."""
        return self.get("auth/token")


def check_form(answer: httpx.Response) -> None:
    """What holds for every answer."""
    # spec: encedo-hem 1.3
    if answer.status_code == 204:
        return
    kind = answer.headers.get("content-type", "").split(";")[0]
    path = answer.request.url.path
    text = path.startswith("/api/logger/") and answer.status_code == 200
    allowed = {"text/plain", "application/json"} if text else {"application/json"}
    if path == "/api/docs":
        allowed.add("text/html")
    assert kind in allowed, f"{path}: Content-Type {kind}"
    if answer.http_version == "HTTP/1.1":
        assert answer.headers.get("content-length") == str(len(answer.content)), answer.headers
    if answer.status_code >= 400 and path != "/api/system/config":
        assert answer.content == b"", f"{path}: {answer.status_code} with {answer.content!r}"
