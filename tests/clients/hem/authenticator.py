"""An authenticator: a key of its own that is paired with an instance and approves logins."""
# spec: encedo-hem 3.6, 3.7

import hashlib
import os
import time

from . import tokens
from .api import Instance
from .encoding import b64, unb64
from .owner import Caller, Owner
from .tokens import Pair


class Authenticator:
    """The device that approves."""

    def __init__(self, label: str):
        self.label = label
        self.pair = Pair()
        self.pid = os.urandom(32)
        self.eid = None

    @property
    def kid(self) -> str:
        """The name of its key in an instance."""
        return hashlib.sha1(self.pair.public).digest()[:16].hex()

    def reply(self, request: str, eid: str, broker: Pair) -> tuple[str, bytes]:
        """Answers a request to pair, and what the instance will answer as `code`."""
        # The request is for the one who began; the authenticator reads what it needs of it.
        jti = tokens.verify(request, broker, unb64(eid))["jti"]
        claims = {"jti": jti, "iss": self.pair.name, "label": self.label, "epk": broker.name}
        reply = tokens.sign(self.pair, unb64(eid), claims)
        self.eid = unb64(eid)
        return reply, tokens.mac(broker.agree(self.eid), reply.encode())

    def wish(self, request: str, broker: Pair) -> str:
        """What a login request asks for."""
        asked = tokens.verify(request, broker, self.eid)
        key = self.pair.agree(self.eid)
        return tokens.reveal(key, unb64(asked["jti"]), asked["scope"][b64(self.pid)])

    def approve(self, request: str, broker: Pair, scope: str | None = None,
                changed: dict | None = None) -> str:
        """Approves a login: what was asked for, or `scope` in its place."""
        asked = tokens.verify(request, broker, self.eid)
        granted = self.wish(request, broker) if scope is None else scope
        concealed = tokens.conceal(self.pair.agree(self.eid), unb64(asked["jti"]), granted)
        claims = {"jti": asked["jti"], "pid": b64(self.pid), "iss": self.pair.name,
                  "scope": concealed, "exp": int(time.time()) + 3600}
        if "ctx" in asked:
            claims["ctx"] = asked["ctx"]
        return tokens.sign(self.pair, self.eid, {**claims, **(changed or {})})


def pair_with(owner: Owner, authenticator: Authenticator, scope: str = "auth:ext:pair") -> str:
    """Pairs it with the owner's instance; the name of its key."""
    broker = Pair()
    begun = owner.post("auth/ext/init", scope, {"epk": broker.name})
    reply, code = authenticator.reply(begun["request"], begun["eid"], broker)
    answer = owner.post("auth/ext/validate", scope, {"pid": b64(authenticator.pid), "reply": reply})
    assert answer == {"kid": authenticator.kid, "code": b64(code)}, answer
    return answer["kid"]


def prove(owner: Owner) -> None:
    """Has the instance prove that it holds the private half of its `eid`."""
    asker = Pair()
    proof = owner.post("auth/ext/mac", "auth:ext:pair", {"epk": asker.name})
    key = asker.agree(unb64(proof["eid"]))
    assert unb64(proof["mac"]) == tokens.mac(key, unb64(proof["nonce"])), "its proof"
    assert len(unb64(proof["nonce"])) == 32


class Holder(Caller):
    """Whoever logs in with an authenticator."""

    def __init__(self, instance: Instance, authenticator: Authenticator):
        super().__init__(instance)
        self.authenticator = authenticator

    def request(self, scope: str, **more) -> tuple[str, Pair]:
        """A login request, and who can read it."""
        broker = Pair()
        answer = self.instance.post("auth/ext/request",
                                    {"epk": broker.name, "scope": scope, **more})
        assert answer["epk"] == broker.name, answer
        return answer["authreq"], broker

    def log_in(self, scope: str, approved: str | None = None) -> str:
        """A token for one scope, or for the one that is approved instead."""
        request, broker = self.request(scope)
        reply = self.authenticator.approve(request, broker, approved)
        return self.instance.post("auth/ext/token", {"authreply": reply})["token"]
