"""Two instances of one gateway: keys that stay apart, and that stay.

Usage: python -m hem.keep READY_FILE HOST OTHER FILE. Without the file it takes both instances, makes
keys and notes in the file what to expect; with it, it expects that.
"""
# spec: encedo-hem 2, 5.3

import json
import os
import sys

from .api import Instance
from .crypto import Key
from .encoding import b64, unb64
from .exercises import refused
from .keys import Keys
from .oracle import Party, ecdsa_verifies, message
from .owner import Owner, claim

USER, MASTER = "a passphrase of the user", "a passphrase of the administrator"
KINDS = ("AES256", "SECP256R1", "CURVE25519", "SHA3-256", "MLDSA44")
SEALED, SIGNED, AGREED = "AES256-CBC", "SHA256WithECDSA", "CURVE25519"


class Kept:
    """The keys of one instance."""

    def __init__(self, owner: Owner, kids: dict[str, str]):
        self.owner, self.kids, self.keys = owner, kids, Keys(owner)

    @classmethod
    def make(cls, owner: Owner) -> "Kept":
        """New keys."""
        keys = Keys(owner)
        return cls(owner, {kind: keys.create(f"kept {kind}", kind, "ECDH,ExDSA", b"kept")
                           for kind in KINDS})

    def key(self, kind: str) -> Key:
        """One of them."""
        return Key(self.owner, self.kids[kind])

    def note(self) -> dict:
        """What to expect of them."""
        party, secret = Party(AGREED), message()
        sealed = self.key("AES256").encrypt(secret, SEALED)
        return {"kids": self.kids, "list": self.keys.all(), "secret": b64(secret),
                "sealed": {name: b64(value) for name, value in sealed.items()},
                "party": b64(party.public),
                "agreed": b64(self.key(AGREED).agree(pubkey=party.public)),
                "mac": b64(self.key("SHA3-256").mac(secret)),
                "public": b64(self.keys.public(self.kids["SECP256R1"]))}

    def expect(self, note: dict) -> None:
        """That all is as it was."""
        assert self.keys.all() == note["list"]
        secret = unb64(note["secret"])
        sealed = {name: unb64(value) for name, value in note["sealed"].items()}
        assert self.key("AES256").decrypt(sealed, SEALED) == secret
        party = unb64(note["party"])
        assert b64(self.key(AGREED).agree(pubkey=party)) == note["agreed"]
        assert b64(self.key("SHA3-256").mac(secret)) == note["mac"]
        sign = self.key("SECP256R1").sign(secret, SIGNED)
        assert ecdsa_verifies("SECP256R1", unb64(note["public"]), SIGNED, secret, sign)
        signature = self.key("MLDSA44").sign_ml_dsa(secret)["sign"]
        assert self.key("MLDSA44").verifies_ml_dsa(secret, signature)


def stay_apart(one: Kept, two: Kept) -> None:
    """Neither instance knows of the other's tokens and keys."""
    theirs = one.owner.token("keymgmt:list")
    refused(401, two.owner.instance.get, "keymgmt/list", theirs)
    refused(406, two.keys.show, one.kids["AES256"])
    refused(406, Key(two.owner, one.kids["AES256"]).encrypt, b"a", SEALED)
    assert len(two.keys.all()) == len(KINDS)
    # What is the same key everywhere has one name, and two lives.
    public = Party("CURVE25519").public
    kid = one.keys.bring_in("of both", "CURVE25519", public)
    assert two.keys.bring_in("of both", "CURVE25519", public) == kid
    one.keys.delete(kid)
    refused(406, one.keys.show, kid)
    assert two.keys.public(kid) == public
    two.keys.delete(kid)


def main() -> None:
    ready, host, other, file = sys.argv[1:5]
    instances = [Instance.of_ready_file(ready, name) for name in (host, other)]
    if os.path.exists(file):
        with open(file, encoding="utf-8") as notes:
            for instance, note in zip(instances, json.load(notes)):
                eid = instance.challenge()["eid"]
                Kept(Owner.of_passphrase(instance, USER, eid), note["kids"]).expect(note)
        return
    kept = [Kept.make(claim(instance, name, USER, MASTER)[0])
            for instance, name in zip(instances, (host, other))]
    stay_apart(*kept)
    stay_apart(*reversed(kept))
    with open(file, "w", encoding="utf-8") as notes:
        json.dump([one.note() for one in kept], notes)


if __name__ == "__main__":
    main()
