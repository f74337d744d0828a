"""Tokens: those that an instance issues, and those that two parties sign with an agreed key."""
# spec: encedo-hem 2.2, 3.1, 3.7

import hashlib
import hmac
import json

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .encoding import b64, b64url, unb64, unb64url

ROUNDS = 600_000
SCHEME = "A"


class WrongToken(Exception):
    """A token that its issuer did not make for us."""


class Pair:
    """An X25519 pair."""

    def __init__(self, private: bytes | None = None):
        self.private = (X25519PrivateKey.from_private_bytes(private) if private
                        else X25519PrivateKey.generate())
        self.public = self.private.public_key().public_bytes_raw()

    @classmethod
    def of_passphrase(cls, passphrase: str, eid: str) -> "Pair":
        """The pair of an owner: `eid` is the text, not its bytes."""
        return cls(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), eid.encode(), ROUNDS, 32))

    @property
    def name(self) -> str:
        """The public half as tokens show it."""
        return b64(self.public)

    def agree(self, public: bytes) -> bytes:
        """The secret agreed upon with whoever has the private half of `public`."""
        return self.private.exchange(X25519PublicKey.from_public_bytes(public))


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.new(key, message, hashlib.sha256).digest()


def sign(pair: Pair, to: bytes, claims: dict, header: dict | None = None) -> str:
    """A token of `pair` for the holder of `to`."""
    header = header or {"ecdh": "x25519", "alg": "HS256", "typ": "JWT"}
    text = ".".join(b64url(json.dumps(part, separators=(",", ":")).encode())
                    for part in (header, claims))
    return f"{text}.{b64url(mac(pair.agree(to), text.encode()))}"


def read(token: str) -> tuple[dict, dict]:
    """Header and claims of a token, not verified."""
    header, claims, _ = token.split(".")
    return json.loads(unb64url(header)), json.loads(unb64url(claims))


def verify(token: str, pair: Pair, issuer: bytes | None = None) -> dict:
    """The claims of a token for `pair`; `issuer` is who must have signed it, if known."""
    header, claims = read(token)
    if (header.get("alg"), header.get("ecdh"), header.get("typ")) != ("HS256", "x25519", "JWT"):
        raise WrongToken(f"header {header}")
    if issuer is not None and unb64(claims["iss"]) != issuer:
        raise WrongToken(f"issuer {claims['iss']}")
    text, _, tag = token.rpartition(".")
    expected = mac(pair.agree(unb64(claims["iss"])), text.encode())
    if not hmac.compare_digest(expected, unb64url(tag)):
        raise WrongToken("its MAC")
    return claims


def conceal(key: bytes, jti: bytes, text: str) -> str:
    """A scope that only the holder of the agreed `key` reads."""
    once = mac(key, jti)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    cipher = Cipher(algorithms.AES(once[:16]), modes.CBC(once[16:])).encryptor()
    sealed = cipher.update(padded) + cipher.finalize()
    return SCHEME + b64(sealed + mac(once, text.encode()))


def reveal(key: bytes, jti: bytes, value: str) -> str:
    """The inverse."""
    if not value.startswith(SCHEME):
        raise WrongToken(f"scheme of {value}")
    once = mac(key, jti)
    data = unb64(value[1:])
    sealed, trailer = data[:-32], data[-32:]
    cipher = Cipher(algorithms.AES(once[:16]), modes.CBC(once[16:])).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    clear = unpadder.update(cipher.update(sealed) + cipher.finalize()) + unpadder.finalize()
    if not hmac.compare_digest(trailer, mac(once, clear)):
        raise WrongToken("the trailer of its scope")
    return clear.decode()
