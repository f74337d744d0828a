"""First configuration, logins with a passphrase, the configuration, wiping."""
# spec: encedo-hem 3.3 to 3.5, 4.4, 4.5

import time

from . import tokens
from .api import Instance
from .encoding import b64, unb64
from .tokens import Pair

HOUR = 3600


class Caller:
    """Whoever logs in: sends requests with a token of the scope that they need."""

    def __init__(self, instance: Instance):
        self.instance = instance
        self.tokens = {}

    def log_in(self, scope: str) -> str:
        """A new token."""
        raise NotImplementedError

    def token(self, scope: str) -> str:
        """A token of that scope, the same each time."""
        if scope not in self.tokens:
            self.tokens[scope] = self.log_in(scope)
        return self.tokens[scope]

    def get(self, path: str, scope: str) -> dict | None:
        """GET below `/api/`."""
        return self.instance.get(path, self.token(scope))

    def post(self, path: str, scope: str, body: dict) -> dict | None:
        """POST below `/api/`; members that are `None` are left out."""
        body = {name: value for name, value in body.items() if value is not None}
        return self.instance.post(path, body, self.token(scope))

    def delete(self, path: str, scope: str) -> dict | None:
        """DELETE below `/api/`."""
        return self.instance.call("DELETE", f"/api/{path}", token=self.token(scope))


class Owner(Caller):
    """A user or an administrator with the pair of a passphrase."""

    def __init__(self, instance: Instance, pair: Pair):
        super().__init__(instance)
        self.pair = pair

    @classmethod
    def of_passphrase(cls, instance: Instance, passphrase: str, eid: str) -> "Owner":
        """Whoever knows the passphrase."""
        return cls(instance, Pair.of_passphrase(passphrase, eid))

    def proof(self, scope: str, seconds: int = HOUR, **more) -> str:
        """The signed answer to a new challenge."""
        challenge = self.instance.challenge()
        now = int(time.time())
        claims = {"jti": challenge["jti"], "aud": challenge["spk"], "exp": now + seconds,
                  "iat": now, "iss": self.pair.name, "scope": scope, **more}
        claims = {name: value for name, value in claims.items() if value is not None}
        return tokens.sign(self.pair, unb64(challenge["spk"]), claims)

    def log_in(self, scope: str, seconds: int = HOUR, **more) -> str:
        """A token for one scope."""
        proof = self.proof(scope, seconds, **more)
        return self.instance.post("auth/token", {"auth": proof})["token"]

    def config(self) -> dict:
        """The configuration."""
        return self.get("system/config", "system:config")

    def configure(self, **members) -> dict | None:
        """Changes the configuration."""
        return self.post("system/config", "system:config", members)

    def change_user_key(self, pair: Pair) -> dict:
        """Another passphrase for the user."""
        config = self.config()
        proof = tokens.mac(pair.agree(unb64(config["spk"])), unb64(config["nonce"]))
        return self.configure(userkey=pair.name, userkey_hmac=b64(proof),
                              userkey_nonce=config["nonce"])

    def wipe(self) -> None:
        """Erases the instance."""
        self.configure(wipeout=True)
        self.tokens.clear()

    def reboot(self) -> None:
        """Ends all tokens."""
        self.get("system/reboot", "system:config")
        self.tokens.clear()


CONFIGURATION = {
    "user": "Owner One", "email": "owner@example.org", "origin": "*", "trusted_ts": True,
    "trusted_backend": False, "allow_keysearch": True, "ip": "192.0.2.1/24", "storage_mode": 81,
    "storage_disk0size": 8388608, "dnsd": False,
}


def claim(instance: Instance, hostname: str, user: str, master: str, **more):
    """Takes possession of an instance without owner: user, administrator, and the answer."""
    challenge = instance.get("auth/init")
    administrator = Owner.of_passphrase(instance, master, challenge["eid"])
    owner = Owner.of_passphrase(instance, user, challenge["eid"])
    cfg = {**CONFIGURATION, "hostname": hostname, "masterkey": administrator.pair.name,
           "userkey": owner.pair.name, **more}
    claims = {"jti": challenge["jti"], "aud": challenge["spk"], "exp": challenge["exp"],
              "iat": int(time.time()), "iss": administrator.pair.name, "cfg": cfg}
    init = tokens.sign(administrator.pair, unb64(challenge["spk"]), claims)
    return owner, administrator, instance.post("auth/init", {"init": init})
