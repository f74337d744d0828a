"""A gateway made ready for the table of errors, and the values that the table names."""

import os
import time

from . import tokens
from .api import Instance
from .attestation import certify
from .authenticator import Authenticator, Holder, pair_with
from .conditions import padded
from .crypto import Key
from .encoding import b64, b64url, unb64, unb64url
from .keys import Keys
from .log import Log
from .oracle import Party, public_of
from .owner import CONFIGURATION, Owner, claim
from .tokens import Pair

USER, MASTER = "a passphrase of the user", "a passphrase of the administrator"
KEYS = {"SHA2-256": "SHA2-256", "AES128": "AES128", "AES256": "AES256",
        "SECP256R1": "SECP256R1", "CURVE25519": "CURVE25519", "ED25519": "ED25519",
        "MLKEM512": "MLKEM512", "MLDSA44": "MLDSA44",
        "SECP384R1 for ECDH": "SECP384R1", "SECP521R1 for ExDSA": "SECP521R1"}
MODES = {"SECP256R1": "ECDH,ExDSA", "SECP384R1 for ECDH": "ECDH", "SECP521R1 for ExDSA": "ExDSA"}
ORIGIN = "https://a.example"
BYTE = b"\x01"
MESSAGE = BYTE * 16


class Bench:
    """Instances, callers and keys; `value` gives what a name of the table stands for."""

    def __init__(self, ready: Instance, new: Instance, no_clock: Instance, service: Instance):
        self.ready, self.new, self.no_clock, self.service = ready, new, no_clock, service
        self.scope = self.holder = self.newcomer = None
        ready.check_in(service)
        new.check_in(service)
        self.owner, self.administrator, _ = claim(ready, ready.host, USER, MASTER, origin=ORIGIN)
        self.stale = self.owner.log_in("system:config")
        self.old_log = Log(self.owner).names()["id"][-1]
        self.reboot()
        self.keys = Keys(self.owner)
        self.kids = {name: self.keys.create(name, kind, MODES.get(name))
                     for name, kind in KEYS.items()}
        self.public = Party("CURVE25519").public
        theirs = public_of("ED25519", BYTE * 32)
        self.kids["public ED25519"] = self.keys.bring_in("public", "ED25519", theirs)
        self.keys.bring_in("public", "CURVE25519", self.public)
        self.phone = Authenticator("A phone")
        pair_with(self.owner, self.phone)
        self.holder = Holder(ready, self.phone)
        self.sealed = self.use("AES256").encrypt(MESSAGE, "AES256-GCM")
        self.before = Party("CURVE25519").public
        self.keys.derive(self.kids["CURVE25519"], "before", "AES128",
                         {"pubkey": b64(self.before)})
        self.expired = self.owner.log_in("system:config", seconds=1)
        time.sleep(2)

    def reboot(self) -> None:
        """Begins a new boot; the clock is set again."""
        self.owner.reboot()
        self.after_reboot()

    def after_reboot(self) -> None:
        """What is needed again after one."""
        for caller in (self.owner, self.administrator, self.holder):
            if caller is not None:
                caller.tokens.clear()
        self.ready.check_in(self.service)

    def restore(self) -> None:
        """As it was before a request that changes everything."""
        if "inited" not in self.new.status():
            Owner(self.new, self.newcomer).wipe()
            self.new.check_in(self.service)
        self.after_reboot()

    def use(self, name: str) -> Key:
        """The operations of a key of the table."""
        return Key(self.owner, self.kids[name])

    def value(self, text):
        """`#7` is 7 bytes in base64, `@name` a value made for that name, others are themselves."""
        if isinstance(text, dict):
            return {name: self.value(value) for name, value in text.items()}
        if not isinstance(text, str) or text[:1] not in ("#", "@"):
            return text
        if text.startswith("#"):
            return b64(BYTE * int(text[1:]))
        return self.named(text[1:])

    def named(self, name: str) -> str:
        """The value of a name."""
        if name in self.kids:
            return self.kids[name]
        if name.endswith(" characters"):
            return "c" * int(name.split()[0])
        for prefix, make in (("auth", self.auth), ("init", self.init), ("checked", self.checked),
                             ("reply", self.reply), ("authreply", self.authreply),
                             ("new", lambda kind: b64(Party(kind).public))):
            if name == prefix or name.startswith(prefix + " "):
                return make(name.removeprefix(prefix).strip())
        return self.simple(name)

    def simple(self, name: str) -> str:
        """Values without variants."""
        makers = {
            "unknown": lambda: os.urandom(16).hex(),
            "fresh": lambda: self.keys.create("fresh", "AES128"),
            "old log": lambda: self.old_log,
            "open log": lambda: Log(self.owner).names()["id"][-1],
            "genuine": lambda: self.new.get("system/config/attestation")["genuine"],
            "certificate": lambda: b64(certify(unb64(
                self.new.get("system/config/attestation")["crt"]))),
            "pid": lambda: b64(os.urandom(32)),
            "public CURVE25519": lambda: b64(self.public),
            "derived before": lambda: b64(self.before),
            "no point": lambda: b64(b"\x02" + b"\xff" * 32),
            "zeros": lambda: b64(bytes(32)),
            "mac": lambda: b64(self.use("SHA2-256").mac(MESSAGE)),
            "signature": lambda: b64(self.use("ED25519").sign(MESSAGE, "Ed25519")),
            "ML-DSA signature": lambda: b64(self.use("MLDSA44").sign_ml_dsa(MESSAGE)["sign"]),
            "wrapped": lambda: b64(self.use("AES256").wrap(BYTE * 24)),
            "sealed": lambda: b64(self.sealed["ciphertext"]),
            "iv": lambda: b64(self.sealed["iv"]),
            "tag": lambda: b64(self.sealed["tag"]),
        }
        return makers[name]()

    def auth(self, how: str) -> str:
        """A proof for a login."""
        scope = "logger:get"
        if how == "with a scope of 128":
            return self.owner.proof("s" * 128)
        if how in ("", "twice", "changed", "in padded base64"):
            proof = self.owner.proof(scope)
            if how == "twice":
                self.ready.post("auth/token", {"auth": proof})
            return {"changed": changed, "in padded base64": padded}.get(how, str)(proof)
        if how == "by a stranger":
            return Owner(self.ready, Pair()).proof(scope)
        claims = {"for another": {"aud": b64(BYTE * 32)},
                  "to no challenge": {"jti": b64(BYTE * 32)},
                  "to a check-in": {"jti": tokens.read(
                      self.ready.get("system/checkin")["check"])[1]["jti"]},
                  "that ends before it begins": {"exp": 1}, "that ends at 0": {"exp": 0}}
        if how in claims:
            return self.owner.proof(scope, **claims[how])
        headers = {"without alg": {"ecdh": "x25519", "typ": "JWT"},
                   "without ecdh": {"alg": "HS256", "typ": "JWT"},
                   "of alg none": {"ecdh": "x25519", "alg": "none", "typ": "JWT"}}
        _, claims = tokens.read(self.owner.proof(scope))
        return tokens.sign(self.owner.pair, unb64(claims["aud"]), claims, headers[how])

    def init(self, how: str) -> str:
        """A first configuration."""
        challenge = self.new.get("auth/init")
        pair, self.newcomer = Pair(), Pair()
        cfg = {**CONFIGURATION, "hostname": self.new.host, "masterkey": pair.name,
               "userkey": self.newcomer.name}
        claims = {"jti": challenge["jti"], "aud": challenge["spk"], "exp": challenge["exp"],
                  "iat": int(time.time()), "iss": pair.name, "cfg": cfg}
        if how == "without cfg":
            claims.pop("cfg")
        elif how == "of a user of 65":
            cfg["user"] = "u" * 65
        elif how.startswith("without "):
            cfg.pop(how.removeprefix("without "))
        elif how == "to no challenge":
            claims["jti"] = b64(BYTE * 32)
        elif how == "by a stranger":
            pair = Pair()
            claims["iss"] = pair.name
        else:
            assert how in ("", "changed"), how
        init = tokens.sign(pair, unb64(challenge["spk"]), claims)
        return changed(init) if how == "changed" else init

    def checked(self, how: str) -> str:
        """A statement of the time service."""
        check = self.ready.get("system/checkin")
        checked = self.service.http.post("/checkin", json=check).json()["checked"]
        if how == "used":
            self.ready.post("system/checkin", {"checked": checked})
        if how != "by a stranger":
            return changed(checked) if how == "changed" else checked
        stranger, claims = Pair(), tokens.read(checked)[1]
        claims["iss"] = stranger.name
        return tokens.sign(stranger, unb64(claims["aud"]), claims)

    def reply(self, how: str) -> str:
        """The answer of an authenticator to a request to pair."""
        broker = Pair()
        begun = self.owner.post("auth/ext/init", "auth:ext:pair", {"epk": broker.name})
        device = self.phone if how == "of a paired one" else Authenticator("Another")
        reply, _ = device.reply(begun["request"], begun["eid"], broker)
        if how == "twice":
            body = {"pid": b64(device.pid), "reply": reply}
            self.keys.delete(self.owner.post("auth/ext/validate", "auth:ext:pair", body)["kid"])
        if how == "to no request":
            claims = {**tokens.read(reply)[1], "jti": b64(BYTE * 32)}
            return tokens.sign(device.pair, unb64(begun["eid"]), claims)
        return changed(reply) if how == "changed" else reply

    def authreply(self, how: str) -> str:
        """The answer of an authenticator to a request to log in."""
        request, broker = self.holder.request("keymgmt:list")
        if how == "by a stranger":
            stranger = Authenticator("A stranger")
            stranger.pid, stranger.eid = self.phone.pid, self.phone.eid
            return stranger.approve(request, broker, "keymgmt:list")
        asked = tokens.verify(request, broker)
        scope = asked["scope"][b64(self.phone.pid)]
        more = {"that has ended": {"exp": 1}, "to no request": {"jti": b64(BYTE * 32)},
                "of another pid": {"pid": b64(BYTE * 32)},
                "in scheme B": {"scope": "B" + scope[1:]},
                "with a changed scope": {"scope": "A" + b64(BYTE * 48)}}.get(how, {})
        reply = self.phone.approve(request, broker, changed=more)
        if how == "twice":
            self.ready.post("auth/ext/token", {"authreply": reply})
        return changed(reply) if how == "changed" else reply


def changed(token: str) -> str:
    """The same with another MAC."""
    text, _, tag = token.rpartition(".")
    return f"{text}.{b64url(bytes(byte ^ 1 for byte in unb64url(tag)))}"
