"""Keys made, brought in, derived, found, changed and removed."""
# spec: encedo-hem 5

import time

from cryptography.hazmat.primitives.asymmetric import ec, mldsa, mlkem

from . import exercises, oracle
from .crypto import Key
from .encoding import b64
from .exercises import everything, refused
from .keys import (
    CURVES, DERIVED, EDWARDS, ML_KEM, MONTGOMERY, PAGE, POST_QUANTUM, PUBLIC_BYTES, SYMMETRIC,
    Keys, name_of, shown_type)
from .oracle import RANDOM, Party, message

BOTH = "ECDH,ExDSA"


def make(keys: Keys, kind: str) -> str:
    """A key that can do all that its type can."""
    return keys.create(f"one {kind}", kind, BOTH if kind in CURVES else kind,
                       f"life {kind}".encode())


def check_shown(keys: Keys, kid: str, kind: str) -> None:
    """What is told of a key that was just made."""
    shown = keys.show(kid)
    assert abs(shown["updated"] - time.time()) < 60, shown
    assert keys.show(kid.upper(), "keymgmt:gen") == shown
    assert keys.show(kid, f"keymgmt:use:{kid}") == shown
    if kind in SYMMETRIC:
        assert shown["type"] == shown_type(kind) and "pubkey" not in shown, shown
    else:
        assert shown["type"] == kind, shown
        public = keys.public(kid)
        assert len(public) == PUBLIC_BYTES[kind] and kid == name_of(public), kind
    assert "label" not in shown


def list_and_search(keys: Keys, names: dict[str, str]) -> None:
    """Pages in the order of creation; descriptions found by their parts."""
    listed = keys.all()
    assert [one["kid"] for one in listed] == list(names.values())
    for one, kind in zip(listed, names):
        assert one["type"] == shown_type(kind, BOTH), one
        assert (one["label"], one["descr"]) == (f"one {kind}", b64(f"life {kind}".encode()))
        assert one["created"] <= one["updated"], one
    page = keys.page(0, 64)
    assert (page["listed"], page["total"]) == (PAGE, len(names)), page
    assert keys.page(2, 3)["list"] == listed[2:5] == keys.all(3)[2:5]
    past = keys.page(1000)
    assert (past["listed"], past["list"], past["total"]) == (0, [], len(names)), past
    every = keys.search("^" + b64(b"life "), offset=3, limit=4)
    assert (every["total"], every["list"]) == (len(names), listed[3:7]), every
    assert kids(keys.search(b64(b"AES256") + "$")) == [names["AES256"]]
    assert kids(keys.search(b64(b"ife MLKEM5"))) == [names["MLKEM512"]]
    assert keys.search(b64(b"nowhere"))["total"] == 0
    anonymous = keys.caller.instance.post("keymgmt/search", {"descr": "^" + b64(b"life ED448")})
    assert kids(anonymous) == [names["ED448"]]
    refused(401, keys.caller.instance.post, "keymgmt/search", {"descr": "^" + b64(b"life ")})


def kids(page: dict) -> list[str]:
    """The names on a page."""
    return [one["kid"] for one in page["list"]]


def elsewhere(kind: str):
    """The private and the public half of a key that others made."""
    if kind in CURVES:
        private = ec.generate_private_key(CURVES[kind])
        return private, oracle.public_bytes(kind, private.public_key())
    if kind in EDWARDS:
        seed = oracle.eddsa_seed(kind)
        return seed, oracle.public_of(kind, seed)
    if kind in MONTGOMERY:
        party = Party(kind)
        return party, party.public
    if kind == "MLKEM512":
        return None, oracle.ML_KEM_512.keygen()[0]
    module = mlkem if kind in ML_KEM else mldsa
    private = getattr(module, f"{kind}PrivateKey").generate()
    return private, private.public_key().public_bytes_raw()


def import_all(keys: Keys) -> None:
    """Public halves of every type."""
    for kind in list(CURVES) + list(EDWARDS) + list(MONTGOMERY) + list(POST_QUANTUM):
        private, public = elsewhere(kind)
        kid = keys.bring_in(f"theirs {kind}", kind, public, BOTH, message(1, 128))
        assert kid == name_of(public) and keys.public(kid) == public
        assert keys.all()[-1]["type"] == shown_type(kind, BOTH, made_here=False)
        refused(406, keys.bring_in, "again", kind, public, BOTH)
        key = Key(keys.caller, kid)
        if kind in CURVES:
            exercises.verify_ecdsa(key, kind, private)
        elif kind in EDWARDS:
            exercises.verify_eddsa(key, kind, private)
        elif kind in MONTGOMERY:
            refused(406, key.agree, ext_kid=kid)
        elif kind in ML_KEM:
            refused(406, key.decapsulate, b"a" * 768)
        else:
            exercises.verify_ml_dsa(key, kind, private)
        keys.delete(kid)
        assert keys.bring_in("again", kind, public, BOTH) == kid
        keys.delete(kid)
    for kind in SYMMETRIC:
        refused(406, keys.bring_in, "symmetric", kind, b"a" * 32)
    refused(406, keys.bring_in, "no point", "SECP256R1", b"\x02" + b"\xff" * 32)


def derive_all(keys: Keys, names: dict[str, str]) -> None:
    """Every type of every agreement; we know the secret, so we know the key."""
    for source in list(CURVES) + list(MONTGOMERY):
        party = Party(source)
        secret = party.agree(keys.public(names[source]))
        for kind in DERIVED if source == "SECP521R1" else RANDOM.sample(DERIVED, 4):
            derive(keys, names[source], kind, {"pubkey": b64(party.public)}, secret)
        refused(406, keys.derive, names[source], "none", "MLKEM768", {"pubkey": b64(party.public)})
        refused(400, keys.derive, names[source], "none", "AES128", {})


def derive(keys: Keys, source: str, kind: str, party: dict, secret: bytes) -> None:
    """One derived key: used, made again, removed."""
    if len(secret) < oracle.derived_size(kind):
        refused(406, keys.derive, source, "short", kind, party, BOTH)
        return
    material = oracle.derived(kind, secret)
    kid = keys.derive(source, f"from {kind}", kind, party, BOTH)
    assert keys.all()[-1]["type"] == shown_type(kind, BOTH), keys.all()[-1]
    public = None
    if kind not in SYMMETRIC:
        public = keys.public(kid)
        assert public == oracle.public_of(kind, material), kind
    everything(Key(keys.caller, kid), kind, public, material)
    refused(406, keys.derive, source, "twice", kind, party, BOTH)
    keys.delete(kid)
    assert keys.derive(source, "once more", kind, party, BOTH, "keymgmt:gen") == kid
    keys.delete(kid)


def update_and_delete(keys: Keys, names: dict[str, str]) -> None:
    """Other words for a key; then no key."""
    kid = names["ED25519"]
    before = keys.show(kid)["updated"]
    keys.update(kid, "~ renamed ~", message(128, 128))
    changed = next(one for one in keys.all() if one["kid"] == kid)
    assert changed["label"] == "~ renamed ~" and changed["updated"] > before, changed
    keys.update(kid, "renamed")
    cleared = next(one for one in keys.all() if one["kid"] == kid)
    assert "descr" not in cleared and cleared["updated"] > changed["updated"], cleared
    for gone in names.values():
        keys.delete(gone)
        refused(406, keys.show, gone)
        refused(406, keys.delete, gone)
        refused(406, keys.update, gone, "gone")
    left = {one["label"] for one in keys.all()}
    assert left == {"A phone", "theirs"}, left
