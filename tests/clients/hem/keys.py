"""The endpoints of key management, and the public halves of keys."""
# spec: encedo-hem 5

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, x448, x25519

from .encoding import b64, unb64
from .owner import Caller

CURVES = {"SECP256R1": ec.SECP256R1(), "SECP384R1": ec.SECP384R1(), "SECP521R1": ec.SECP521R1(),
          "SECP256K1": ec.SECP256K1()}
EDWARDS = ("ED25519", "ED448")
MONTGOMERY = ("CURVE25519", "CURVE448")
MACS = ("SHA2-256", "SHA2-384", "SHA2-512", "SHA3-256", "SHA3-384", "SHA3-512")
AES = ("AES128", "AES192", "AES256")
ML_KEM = ("MLKEM512", "MLKEM768", "MLKEM1024")
ML_DSA = ("MLDSA44", "MLDSA65", "MLDSA87")
SYMMETRIC = MACS + AES
POST_QUANTUM = ML_KEM + ML_DSA
DERIVED = tuple(CURVES) + MONTGOMERY + EDWARDS + SYMMETRIC
ALL = DERIVED + POST_QUANTUM
PUBLIC_BYTES = {
    "SECP256R1": 33, "SECP384R1": 49, "SECP521R1": 67, "SECP256K1": 33, "CURVE25519": 32,
    "CURVE448": 56, "ED25519": 32, "ED448": 57, "MLKEM512": 800, "MLKEM768": 1184,
    "MLKEM1024": 1568, "MLDSA44": 1312, "MLDSA65": 1952, "MLDSA87": 2592}
# A page has no more.
PAGE = 15


def name_of(public: bytes) -> str:
    """The name of a key with that public half."""
    return hashlib.sha1(public).digest()[:16].hex()


def shown_type(kind: str, mode: str | None = None, made_here: bool = True) -> str:
    """What lists say of a key; `mode` is the one that was asked for."""
    if kind in SYMMETRIC:
        return ",".join(["ATT"] * made_here + [kind])
    words = ["ATT", "PKEY"] if made_here else []
    if kind in CURVES:
        words += (mode or "ECDH").split(",")
    elif kind in MONTGOMERY:
        words.append("ECDH")
    else:
        words.append("ExDSA" if kind in EDWARDS else "PQC")
    return ",".join(words + [kind])


def public_key(kind: str, public: bytes):
    """A public half as `cryptography` has it."""
    if kind in CURVES:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[kind], public)
    classes = {"ED25519": ed25519.Ed25519PublicKey, "ED448": ed448.Ed448PublicKey,
               "CURVE25519": x25519.X25519PublicKey, "CURVE448": x448.X448PublicKey}
    return classes[kind].from_public_bytes(public)


class Keys:
    """Keys of an instance, as one caller sees them."""

    def __init__(self, caller: Caller):
        self.caller = caller

    def create(self, label: str, kind: str, mode: str | None = None,
               descr: bytes | None = None) -> str:
        """Makes a key."""
        body = {"label": label, "type": kind, "mode": mode, "descr": text(descr)}
        return self.caller.post("keymgmt/create", "keymgmt:gen", body)["kid"]

    def bring_in(self, label: str, kind: str, public: bytes, mode: str | None = None,
                 descr: bytes | None = None) -> str:
        """Brings in a public half."""
        body = {"label": label, "type": kind, "pubkey": b64(public), "mode": mode,
                "descr": text(descr)}
        return self.caller.post("keymgmt/import", "keymgmt:imp", body)["kid"]

    def derive(self, kid: str, label: str, kind: str, party: dict, mode: str | None = None,
               scope: str = "keymgmt:derive") -> str:
        """Makes a key of what `kid` and the party agree upon."""
        body = {"kid": kid, "label": label, "type": kind, "mode": mode, **party}
        return self.caller.post("keymgmt/derive", scope, body)["kid"]

    def page(self, offset: int | None = None, count: int | None = None) -> dict:
        """One page of the list."""
        path = "/".join(["keymgmt/list"] + [str(part) for part in (offset, count)
                                            if part is not None])
        return self.caller.get(path, "keymgmt:list")

    def all(self, count: int | None = None) -> list[dict]:
        """Every key."""
        listed = []
        while True:
            page = self.page(len(listed), count)
            assert page["offset"] == len(listed) and page["listed"] == len(page["list"]), page
            assert page["listed"] <= PAGE
            listed += page["list"]
            if len(listed) >= page["total"] or not page["list"]:
                return listed

    def search(self, needle: str, **more) -> dict:
        """Keys whose description has the needle."""
        return self.caller.post("keymgmt/search", "keymgmt:search", {"descr": needle, **more})

    def show(self, kid: str, scope: str = "keymgmt:get") -> dict:
        """One key."""
        return self.caller.get(f"keymgmt/get/{kid}", scope)

    def public(self, kid: str) -> bytes:
        """Its public half."""
        return unb64(self.show(kid)["pubkey"])

    def update(self, kid: str, label: str, descr: bytes | None = None) -> None:
        """Another label and description."""
        body = {"kid": kid, "label": label, "descr": text(descr)}
        self.caller.post("keymgmt/update", "keymgmt:upd", body)

    def delete(self, kid: str) -> None:
        """Removes it."""
        self.caller.delete(f"keymgmt/delete/{kid}", "keymgmt:del")


def text(descr: bytes | None) -> str | None:
    """A description as it is sent."""
    return None if descr is None else b64(descr)
