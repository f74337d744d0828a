"""What can be wrong with any request, by the names of `tests/hem/errors/conditions.toml`."""
# spec: encedo-hem 1.2, 1.5

import base64
import json

from .encoding import b64url, unb64url
from .raw import Raw

JSON_BYTES_MAX = 7300


def token_of(request: Raw, bench) -> str:
    """The token that it has, or any valid one."""
    held = request.headers.get("Authorization", "")
    return held.removeprefix("Bearer ") or bench.owner.token("system:config")


def no_token_at_all(request: Raw, bench) -> None:
    request.to(bench.ready).bearing("e30.e30.AA")


def changed_signature(request: Raw, bench) -> None:
    text, _, tag = token_of(request, bench).rpartition(".")
    changed = bytearray(unb64url(tag))
    changed[5] ^= 1
    request.to(bench.ready).bearing(f"{text}.{b64url(bytes(changed))}")


def changed_claims(request: Raw, bench) -> None:
    header, claims, tag = token_of(request, bench).split(".")
    claims = json.loads(unb64url(claims))
    claims["exp"] += 1
    claims = b64url(json.dumps(claims, separators=(",", ":")).encode())
    request.to(bench.ready).bearing(f"{header}.{claims}.{tag}")


def padded(token: str) -> str:
    """The same token in base64 of the other alphabet."""
    parts = (base64.b64encode(unb64url(part)).decode() for part in token.split("."))
    return ".".join(parts)


def padded_token(request: Raw, bench) -> None:
    request.to(bench.ready).bearing(padded(token_of(request, bench)))


def expired(request: Raw, bench) -> None:
    request.to(bench.ready).bearing(bench.expired)


def of_the_boot_before(request: Raw, bench) -> None:
    request.to(bench.ready).bearing(bench.stale)


def another_scheme(request: Raw, bench) -> None:
    request.to(bench.ready).headers["Authorization"] = "Basic dTpw"


def foreign_origin(request: Raw, bench) -> None:
    request.to(bench.ready).headers["Origin"] = "https://evil.example"


def foreign_host(request: Raw, bench) -> None:
    del bench
    request.host = "nobody.example"
    request.bearing(None)


def no_length(request: Raw, _bench) -> None:
    request.headers.pop("Content-Length")
    request.body = None


def length_0(request: Raw, _bench) -> None:
    request.holding(b"")


def chunks(request: Raw, _bench) -> None:
    request.headers.pop("Content-Length")
    request.headers["Transfer-Encoding"] = "chunked"
    request.chunked = True


def filled(body: bytes, size: int) -> bytes:
    """The same object with a member that nobody reads, `size` bytes long."""
    members = json.loads(body)
    members["filler"] = ""
    members["filler"] = "f" * (size - len(json.dumps(members).encode()))
    return json.dumps(members).encode()


def too_long(request: Raw, _bench) -> None:
    request.holding(filled(request.body, JSON_BYTES_MAX + 1))


def broken(request: Raw, _bench) -> None:
    request.holding(request.body[:-1])


def array(request: Raw, _bench) -> None:
    request.holding(b"[" + request.body + b"]")


def no_utf8(request: Raw, _bench) -> None:
    request.holding(request.body[:-1] + b', "filler": "\xff"}')


def no_type(request: Raw, _bench) -> None:
    request.headers.pop("Content-Type")


def another_type(request: Raw, _bench) -> None:
    request.headers["Content-Type"] = "text/plain"


def no_token(request: Raw, _bench) -> None:
    request.bearing(None)


def scope_of_nothing(request: Raw, bench) -> None:
    request.bearing(bench.owner.token("system:wrong"))


def administrator(request: Raw, bench) -> None:
    request.bearing(bench.administrator.token(bench.scope))


def authenticator(request: Raw, bench) -> None:
    request.bearing(bench.holder.token(bench.scope))


def no_owner(request: Raw, bench) -> None:
    request.to(bench.new).bearing(None)


def no_clock(request: Raw, bench) -> None:
    request.to(bench.no_clock).bearing(None)


def no_tls(request: Raw, _bench) -> None:
    request.secure = False


CONDITIONS = {
    "a bearer that is no token": no_token_at_all,
    "a token with a changed signature": changed_signature,
    "a token with changed claims": changed_claims,
    "a token in padded base64": padded_token,
    "a token that has expired": expired,
    "a token of the boot before": of_the_boot_before,
    "credentials of another scheme": another_scheme,
    "a foreign origin": foreign_origin,
    "a host that is no instance": foreign_host,
    "no length": no_length,
    "a length of 0": length_0,
    "chunks": chunks,
    "7301 bytes": too_long,
    "broken JSON": broken,
    "an array": array,
    "bytes that are no UTF-8": no_utf8,
    "no type": no_type,
    "another type": another_type,
    "no token": no_token,
    "a scope that opens nothing": scope_of_nothing,
    "the administrator": administrator,
    "an authenticator": authenticator,
    "no owner": no_owner,
    "no clock": no_clock,
    "no TLS": no_tls,
}
