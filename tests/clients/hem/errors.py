"""Every endpoint with every error, as the tables of `tests/hem/errors` say.

Usage: python -m hem.errors READY_FILE SERVICE READY_HOST NEW_HOST NO_CLOCK_HOST TABLES.
"""
# spec: encedo-hem 1.4, 1.5

import http.client
import pathlib
import re
import sys
import tomllib

from .api import Instance
from .bench import Bench
from .conditions import CONDITIONS
from .raw import Answer, Raw


class Table:
    """The endpoints and what holds for groups of them."""

    def __init__(self, folder: str):
        files = sorted(pathlib.Path(folder).glob("*.toml"))
        texts = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}
        self.groups = texts.pop("conditions")
        self.endpoints = [one for text in texts.values() for one in text["endpoint"]]
        assert set().union(*self.groups.values()) == set(CONDITIONS), "conditions of one side only"

    def ordered(self) -> list[dict]:
        """Those whose success changes everything at the end."""
        order = {"last": 1, "end": 2}
        return sorted(self.endpoints, key=lambda one: order.get(one.get("good"), 0))


class Run:
    """The table against a gateway."""

    def __init__(self, table: Table, bench: Bench):
        self.table, self.bench = table, bench
        self.wrong, self.count, self.seen = [], 0, {}

    def scope(self, endpoint: dict, row: dict, body: dict | None) -> str | None:
        """The scope of the token that a request has."""
        scope = row.get("scope", endpoint.get("scope"))
        if scope == "use":
            kid = (body or {}).get("kid") or self.bench.value(endpoint["body"]["kid"])
            return f"keymgmt:use:{kid}"
        if scope and "@" in scope:
            prefix, name = scope.split("@")
            return prefix + self.bench.named(name)
        return scope

    def request(self, endpoint: dict, row: dict) -> Raw:
        """The request of a row: one that succeeds, but for what the row says."""
        method, path = endpoint["call"].split()
        path = row.get("path", endpoint.get("path", path))
        if "@" in path:
            prefix, name = path.split("@")
            path = prefix + self.bench.named(name)
        members = {**endpoint.get("body", {}), **row.get("with", {})}
        left = [name for name in members if name not in row.get("without", [])]
        body = {name: self.bench.value(members[name]) for name in left} if members else None
        request = Raw(row.get("method", method), path, body)
        at = row.get("at", endpoint.get("at", "ready"))
        request.to({"ready": self.bench.ready, "new": self.bench.new,
                    "no clock": self.bench.no_clock}[at])
        self.bench.scope = self.scope(endpoint, row, body)
        if self.bench.scope and row.get("as", endpoint.get("as")) != "nobody" and at == "ready":
            request.bearing(self.bench.owner.token(self.bench.scope))
        return request

    def expect(self, endpoint: dict, what: str, request: Raw, status: int) -> None:
        """Sends a request and compares."""
        self.count += 1
        try:
            answer = request.send()
        except (OSError, http.client.HTTPException) as error:
            self.wrong.append(f"{endpoint['call']}, {what}: {error!r}")
            return
        if self.is_of(endpoint, request):
            self.seen.setdefault(endpoint["call"], set()).add(str(answer.status))
        if answer.status != status:
            self.wrong.append(f"{endpoint['call']}, {what}: {answer.status}, not {status}")
        elif fault := form(request, answer):
            self.wrong.append(f"{endpoint['call']}, {what}: {fault}")

    def is_of(self, endpoint: dict, request: Raw) -> bool:
        """Whether a request is one of the endpoint, whatever is wrong with it."""
        method, path = endpoint["call"].split()
        pattern = "/".join("[^/]+" if part[:1] == "{" else re.escape(part)
                           for part in path.split("/"))
        return request.method == method and bool(re.fullmatch(pattern, request.path))

    def endpoint(self, endpoint: dict) -> None:
        """Every row of one endpoint; what succeeds first shows that nothing else is wrong."""
        good = endpoint.get("good", "first")
        if good == "first":
            self.expect(endpoint, "as it is", self.request(endpoint, {}),
                        endpoint.get("gives", 200))
        for group in endpoint["groups"]:
            for name, status in self.table.groups[group].items():
                request = self.request(endpoint, {})
                CONDITIONS[name](request, self.bench)
                self.expect(endpoint, name, request, status)
        for row in endpoint.get("refused", []):
            self.expect(endpoint, str(row), self.request(endpoint, row), row["status"])
        if good in ("last", "end"):
            self.expect(endpoint, "as it is", self.request(endpoint, {}), 200)
            if good == "last":
                self.bench.restore()

    def compare(self, described: dict) -> None:
        """Every described endpoint is here, and every status that was seen is described."""
        calls = {f"{method.upper()} {path}": operation
                 for path, methods in described["paths"].items()
                 for method, operation in methods.items()}
        here = {one["call"] for one in self.table.endpoints}
        self.wrong += [f"{call} is not in the table" for call in sorted(set(calls) - here)]
        for call, operation in calls.items():
            seen = self.seen.get(call, set()) - set(operation["responses"])
            self.wrong += [f"{call}: {status} is not in the description" for status in sorted(seen)]


def form(request: Raw, answer: Answer) -> str | None:
    """What is wrong with the form of a failure."""
    # spec: encedo-hem 1.3
    if answer.status < 400:
        return None
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return f"Content-Type {answer.headers.get('content-type')}"
    if answer.headers.get("content-length") != str(len(answer.body)):
        return f"Content-Length {answer.headers.get('content-length')}"
    is_config = request.path == "/api/system/config" and answer.status == 400
    if is_config and answer.body != b'{"updated":false}':
        return f"body {answer.body!r}"
    return f"body {answer.body!r}" if answer.body and not is_config else None


def main() -> None:
    ready_file, service, ready, new, no_clock, tables = sys.argv[1:]
    at = Instance.of_ready_file(ready_file, ready)
    bench = Bench(at, at.named(new), at.named(no_clock), Instance(service, secure=False))
    run = Run(Table(tables), bench)
    described = at.get("openapi.json")
    for endpoint in run.table.ordered():
        run.endpoint(endpoint)
    run.compare(described)
    print(f"{run.count} requests")
    assert not run.wrong, f"{len(run.wrong)} wrong:\n" + "\n".join(run.wrong)


if __name__ == "__main__":
    main()
