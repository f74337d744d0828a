"""Log files, and what proves them."""
# spec: encedo-hem 7

import hashlib
import hmac
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .encoding import unb64, unb64url
from .owner import Caller

SCOPE = "logger:get"


class WrongLog(Exception):
    """A log that was changed, or is not one."""


class Record(NamedTuple):
    """One line."""

    seq: int
    time: int
    event: int
    result: int
    subject: str
    extra: bytes


def verify(text: str, key: bytes) -> list[Record]:
    """The records of a file whose MAC keys are signed by `key`."""
    public = Ed25519PublicKey.from_public_bytes(key)
    records, mac_key = [], None
    if not text.startswith("#") or not text.endswith("\n"):
        raise WrongLog("its first or last line")
    for line in text.splitlines()[1:]:
        if line.startswith("#"):
            continue
        record, mac = parse(line)
        if record.seq != len(records):
            raise WrongLog(f"{record.seq} follows {len(records) - 1}")
        if record.event == 0:
            mac_key = unb64url(record.subject)
            public.verify(record.extra, mac_key)
        signed = line[:line.rindex("|") + 1].encode()
        expected = hmac.new(mac_key, signed, hashlib.sha256).digest()[:16]
        if not hmac.compare_digest(expected, mac):
            raise WrongLog(f"the MAC of {record.seq}")
        records.append(record)
    return records


def parse(line: str) -> tuple[Record, bytes]:
    """One line and its MAC."""
    fields = line.split("|")
    if len(fields) != 7:
        raise WrongLog(f"the fields of {line}")
    seq, time, event, result, subject, extra, mac = fields
    numbers = [int(seq, 16), int(time, 16), int(event, 16), int(result, 16)]
    if [f"{numbers[0]:x}", f"{numbers[1]:08x}", f"{numbers[2]:x}"] != [seq, time, event]:
        raise WrongLog(f"the numbers of {line}")
    if result not in ("0", "1", "2"):
        raise WrongLog(f"the result of {line}")
    return Record(*numbers, subject, unb64url(extra)), unb64url(mac)


class Log:
    """The logger's endpoints."""

    def __init__(self, caller: Caller):
        self.caller = caller

    def key(self) -> bytes:
        """The key that signs, which has proved itself."""
        answer = self.caller.get("logger/key", SCOPE)
        key, nonce = unb64(answer["key"]), unb64(answer["nonce"])
        Ed25519PublicKey.from_public_bytes(key).verify(unb64(answer["nonce_signed"]), nonce)
        if len(nonce) != 32:
            raise WrongLog("the nonce of its key")
        return key

    def names(self, offset: int | None = None) -> dict:
        """Names of files."""
        path = "logger/list" if offset is None else f"logger/list/{offset}"
        return self.caller.get(path, SCOPE)

    def text(self, name: str) -> str:
        """One file as it is."""
        token = self.caller.token(SCOPE)
        answer = self.caller.instance.ask("GET", f"/api/logger/{name}", token=token)
        if answer.status_code != 200:
            raise WrongLog(f"{name}: {answer.status_code}")
        if answer.headers["content-type"].split(";")[0] != "text/plain":
            raise WrongLog(f"{name}: {answer.headers['content-type']}")
        return answer.text

    def records(self, name: str) -> list[Record]:
        """The records of a file, verified."""
        return verify(self.text(name), self.key())
