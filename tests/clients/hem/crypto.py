"""The endpoints of cryptography, one key at a time."""
# spec: encedo-hem 6

from .api import Refused
from .encoding import b64, unb64
from .owner import Caller


class Key:
    """A key, used by a caller. A party is `{"ext_kid": ...}` or `{"pubkey": ...}`."""

    def __init__(self, caller: Caller, kid: str):
        self.caller, self.kid = caller, kid

    def use(self, what: str, **members) -> dict | None:
        """Any operation; bytes become base64, members that are `None` are left out."""
        body = {name: b64(value) if isinstance(value, bytes) else value
                for name, value in members.items()}
        return self.caller.post(f"crypto/{what}", f"keymgmt:use:{self.kid}",
                                {"kid": self.kid, **body})

    def holds(self, what: str, **members) -> bool:
        """An operation that checks something."""
        try:
            answer = self.use(what, **members)
        except Refused as refused:
            if refused.status != 406:
                raise
            return False
        assert answer is None, answer
        return True

    def one(self, what: str, member: str, **members) -> bytes:
        """The bytes that are the whole of an answer."""
        answer = self.use(what, **members)
        assert set(answer) == {member}, answer
        return unb64(answer[member])

    def mac(self, msg: bytes, alg: str | None = None, **party) -> bytes:
        """HMAC."""
        return self.one("hmac/hash", "mac", msg=msg, alg=alg, **party)

    def verifies_mac(self, msg: bytes, mac: bytes, alg: str | None = None, **party) -> bool:
        """Whether an HMAC is right."""
        return self.holds("hmac/verify", msg=msg, mac=mac, alg=alg, **party)

    def sign(self, msg: bytes, alg: str, ctx: bytes | None = None) -> bytes:
        """ECDSA or EdDSA."""
        return self.one("exdsa/sign", "sign", msg=msg, alg=alg, ctx=ctx)

    def verifies(self, msg: bytes, sign: bytes, alg: str, ctx: bytes | None = None) -> bool:
        """Whether a signature is right."""
        return self.holds("exdsa/verify", msg=msg, sign=sign, alg=alg, ctx=ctx)

    def encrypt(self, msg: bytes, alg: str, **more) -> dict:
        """AES: ciphertext, and what else the mode has, in bytes."""
        answer = self.use("cipher/encrypt", msg=msg, alg=alg, **more)
        return {name: unb64(value) for name, value in answer.items()}

    def decrypt(self, sealed: dict, alg: str, **more) -> bytes:
        """The inverse, of what `encrypt` returned."""
        rest = {name: value for name, value in sealed.items() if name != "ciphertext"}
        return self.one("cipher/decrypt", "plaintext", msg=sealed["ciphertext"], alg=alg,
                        **rest, **more)

    def wrap(self, msg: bytes, alg: str | None = None, **more) -> bytes:
        """AES key wrap."""
        return self.one("cipher/wrap", "wrapped", msg=msg, alg=alg, **more)

    def unwrap(self, msg: bytes, alg: str | None = None, **more) -> bytes:
        """The inverse."""
        return self.one("cipher/unwrap", "unwrapped", msg=msg, alg=alg, **more)

    def agree(self, alg: str | None = None, **party) -> bytes:
        """The secret agreed upon with a party, its first bytes, or its digest."""
        return self.one("ecdh", "ecdh", alg=alg, **party)

    def encapsulate(self) -> dict:
        """ML-KEM: type, secret and ciphertext."""
        answer = self.use("pqc/mlkem/encaps")
        return {"alg": answer["alg"], "ss": unb64(answer["ss"]), "ct": unb64(answer["ct"])}

    def decapsulate(self, ct: bytes) -> dict:
        """Type and secret."""
        answer = self.use("pqc/mlkem/decaps", ct=ct)
        return {"alg": answer["alg"], "ss": unb64(answer["ss"])}

    def sign_ml_dsa(self, msg: bytes, ctx: bytes | None = None) -> dict:
        """Type and signature."""
        answer = self.use("pqc/mldsa/sign", msg=msg, ctx=ctx)
        return {"alg": answer["alg"], "sign": unb64(answer["sign"])}

    def verifies_ml_dsa(self, msg: bytes, sign: bytes, ctx: bytes | None = None) -> bool:
        """Whether one is right."""
        return self.holds("pqc/mldsa/verify", msg=msg, sign=sign, ctx=ctx)
