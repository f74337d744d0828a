"""Secrets that an instance had while it worked with them, and must have forgotten.

Usage: python -m hem.traces READY_FILE HOST FILE. It knows the secrets because it agrees upon them;
in the end every key is deleted, and the file names what nobody may find any more.
"""
# spec: encedo-hem 5.5, 6

import json
import sys

from .api import Instance
from .crypto import Key
from .encoding import b64
from .exercises import flipped, refused
from .keys import CURVES, EDWARDS, MACS, ML_DSA, ML_KEM, MONTGOMERY, Keys
from .oracle import Party, derived, message
from .owner import claim

SIZE = 64
DERIVED = ("AES256", "SHA2-512", "SHA3-384", "SECP256R1", "SECP521R1", "SECP256K1", "CURVE25519",
           "CURVE448", "ED25519", "ED448")


class Traces:
    """What was secret, by what it was."""

    def __init__(self, keys: Keys):
        self.keys, self.secrets, self.made = keys, {}, []

    def note(self, what: str, secret: bytes) -> bytes:
        """One more."""
        self.secrets[f"{what} ({len(self.secrets)})"] = b64(secret)
        return secret

    def data(self, what: str) -> bytes:
        """New data to keep."""
        return self.note(what, message(SIZE, SIZE))

    def key(self, kid: str) -> Key:
        """A key that is deleted in the end."""
        self.made.append(kid)
        return Key(self.keys.caller, kid)

    def agree(self, kind: str) -> None:
        """A secret agreed upon, what is derived from it, and what is done with that."""
        key = self.key(self.keys.create(kind, kind, "ECDH" if kind in CURVES else None))
        party = Party(kind)
        peer = {"pubkey": party.public}
        agreed = self.note(f"agreed on {kind}", party.agree(self.keys.public(key.kid)))
        assert key.agree(**peer) == agreed[:32]
        key.mac(self.data("HMAC under an agreed key"), alg="SHA3-512", **peer)
        self.cipher(key, **peer)
        for target in DERIVED:
            mode = "ECDH,ExDSA" if target in CURVES else None
            try:
                kid = self.keys.derive(key.kid, target, target, {"pubkey": b64(party.public)}, mode)
            except Exception as error:  # some secrets are too short for some keys
                assert getattr(error, "status", None) == 406, error
                continue
            self.note(f"{target} derived on {kind}", derived(target, agreed))
            self.use(target, self.key(kid))

    def use(self, kind: str, key: Key) -> None:
        """What a key is for."""
        if kind == "AES256":
            self.cipher(key)
        elif kind in MACS:
            key.mac(self.data(kind))
        elif kind in EDWARDS:
            key.sign(self.data(kind), "Ed448" if kind == "ED448" else "Ed25519ph", b"context")
        elif kind in CURVES:
            key.sign(self.data(kind), "SHA512WithECDSA")
        else:
            assert kind in MONTGOMERY
            party = Party(kind)
            secret = self.note(kind, party.agree(self.keys.public(key.kid)))
            assert key.agree(pubkey=party.public) == secret[:32]

    def cipher(self, key: Key, **peer) -> None:
        """Every mode, there and back and wrong."""
        for alg in ("AES256-ECB", "AES256-CBC", "AES256-GCM"):
            clear = self.data(alg)
            sealed = key.encrypt(clear, alg, **peer)
            assert key.decrypt(sealed, alg, **peer) == clear
            if "tag" in sealed:
                sealed["tag"] = flipped(sealed["tag"])
                refused(406, key.decrypt, sealed, alg, **peer)
        wrapped = self.data("wrapped")
        sealed = key.wrap(wrapped, **peer)
        assert key.unwrap(sealed, **peer) == wrapped
        refused(406, key.unwrap, flipped(sealed), **peer)

    def post_quantum(self) -> None:
        """Encapsulated secrets, signed data."""
        for kind in ML_KEM:
            key = self.key(self.keys.create(kind, kind))
            made = key.encapsulate()
            assert key.decapsulate(made["ct"])["ss"] == self.note(kind, made["ss"])
        for kind in ML_DSA:
            self.key(self.keys.create(kind, kind)).sign_ml_dsa(self.data(kind))


def main() -> None:
    ready, host, file = sys.argv[1:]
    instance = Instance.of_ready_file(ready, host)
    owner, _, _ = claim(instance, host, "a passphrase of the user", "another")
    traces = Traces(Keys(owner))
    for kind in tuple(CURVES) + MONTGOMERY:
        traces.agree(kind)
    traces.post_quantum()
    for kid in traces.made:
        traces.keys.delete(kid)
    with open(file, "w", encoding="utf-8") as found:
        json.dump(traces.secrets, found)


if __name__ == "__main__":
    main()
