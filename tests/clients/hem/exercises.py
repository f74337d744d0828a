"""Each key used in every way it can be, each answer compared with another implementation's."""
# spec: encedo-hem 5.5, 6

from cryptography.hazmat.primitives.asymmetric import ec

from . import oracle
from .api import Refused
from .crypto import Key
from .keys import CURVES, MACS, ML_DSA, ML_KEM, MONTGOMERY
from .oracle import RANDOM, Party, message

CIPHERS = [f"AES{bits}-{mode}" for bits in (128, 192, 256) for mode in ("ECB", "CBC", "GCM")]
KEY_BITS = (128, 192, 256)
# A request holds no more beside the longest signature and context.
SIGNED_MAX = 400


def refused(status: int, use, *args, **members) -> None:
    """A call that must not succeed."""
    try:
        answer = use(*args, **members)
    except Refused as error:
        assert error.status == status, f"{error}, not {status}"
        return
    raise AssertionError(f"{status} expected: {answer}")


def flipped(data: bytes) -> bytes:
    """The same but for one bit."""
    at = RANDOM.randrange(len(data) * 8)
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


def stored_mac(key: Key, kind: str, secret: bytes | None) -> None:
    """A key for HMAC; `secret` is its material, if it is known."""
    for msg in (message(1, 1), message(), message(2048)):
        mac = key.mac(msg)
        assert len(mac) == oracle.derived_size(kind)
        assert secret is None or mac == oracle.mac(kind, secret, msg), kind
        # A stored key knows its hash.
        assert key.mac(msg, alg="SHA3-256") == mac
        assert key.verifies_mac(msg, mac)
        assert not key.verifies_mac(msg, flipped(mac))
        assert not key.verifies_mac(flipped(msg), mac)
        assert not key.verifies_mac(msg, mac[:16])


def sign_ecdsa(key: Key, kind: str, public: bytes) -> None:
    """Every hash with a curve."""
    for alg in oracle.ECDSA:
        msg = message()
        sign = key.sign(msg, alg)
        assert oracle.ecdsa_verifies(kind, public, alg, msg, sign), (kind, alg)
        assert key.verifies(msg, sign, alg)
        assert not key.verifies(flipped(msg), sign, alg)
        others = [other for other in oracle.ECDSA if other != alg]
        assert not any(key.verifies(msg, sign, other) for other in others)
    refused(406, key.sign, b"a", "Ed25519")


def verify_ecdsa(key: Key, kind: str, private: ec.EllipticCurvePrivateKey) -> None:
    """Signatures of ours, with the public half brought in."""
    for alg, used in oracle.ECDSA.items():
        msg = message()
        sign = private.sign(msg, ec.ECDSA(used))
        assert key.verifies(msg, sign, alg), (kind, alg)
        assert not key.verifies(msg, flipped(sign), alg)
    refused(406, key.sign, b"a", "SHA256WithECDSA")


def sign_eddsa(key: Key, kind: str, public: bytes, private: bytes | None) -> None:
    """Every variant of an Edwards key, every length of context."""
    for alg in oracle.SCHEMES[kind]:
        for ctx in oracle.contexts(alg):
            msg = message()
            sign = key.sign(msg, alg, ctx=ctx or None)
            assert oracle.eddsa_verifies(public, alg, msg, ctx, sign), (alg, ctx)
            assert private is None or sign == oracle.eddsa_sign(private, alg, msg, ctx)
            assert key.verifies(msg, sign, alg, ctx=ctx or None)
            assert not key.verifies(flipped(msg), sign, alg, ctx=ctx or None)
            if alg != "Ed25519":
                assert not key.verifies(msg, sign, alg, ctx=flipped(ctx or b"\0"))
    other = "Ed448" if kind == "ED25519" else "Ed25519"
    refused(406, key.sign, b"a", other)


def verify_eddsa(key: Key, kind: str, seed: bytes) -> None:
    """Signatures of ours, with the public half brought in."""
    for alg in oracle.SCHEMES[kind]:
        for ctx in oracle.contexts(alg):
            msg = message()
            sign = oracle.eddsa_sign(seed, alg, msg, ctx)
            assert key.verifies(msg, sign, alg, ctx=ctx or None), (alg, ctx)
            assert not key.verifies(msg, flipped(sign), alg, ctx=ctx or None)


def agree(key: Key, kind: str, public: bytes) -> None:
    """Agreements with a party of ours, and all that is done with the secret."""
    party = Party(kind)
    secret, peer = party.agree(public), {"pubkey": party.public}
    assert key.agree(**peer) == secret[:32], kind
    for alg in MACS:
        assert key.agree(alg, **peer) == oracle.digest(alg, secret), alg
        msg = message()
        mac = key.mac(msg, alg=alg, **peer)
        assert mac == oracle.mac(alg, secret, msg), alg
        assert key.verifies_mac(msg, mac, alg=alg, **peer)
        assert not key.verifies_mac(msg, flipped(mac), alg=alg, **peer)
    for ctx in (None, message(1, 64), message(64, 64)):
        wanted = RANDOM.choice(KEY_BITS)
        sized = oracle.hkdf(secret, b"encedo-aes" + (ctx or b""), 32)
        kek = oracle.hkdf(secret, b"encedo-kek" + (ctx or b""), 32)
        for mode in ("ECB", "CBC", "GCM"):
            cipher(key, sized, f"AES{wanted}-{mode}", ctx=ctx, **peer)
        wrap(key, kek, f"AES{wanted}", ctx=ctx, **peer)
    with_itself(key)
    refused(406, key.agree)
    refused(406, key.agree, pubkey=party.public[:-1])


def with_itself(key: Key) -> None:
    """A stored party, which may be the key itself, and comes before a sent one."""
    secret = key.agree(ext_kid=key.kid)
    assert key.agree(ext_kid=key.kid, pubkey=b"any") == secret
    msg = message()
    mac = key.mac(msg, alg="SHA2-256", ext_kid=key.kid)
    assert len(secret) == 32 and key.verifies_mac(msg, mac, alg="SHA2-256", ext_kid=key.kid)


def cipher(key: Key, secret: bytes | None, alg: str, **more) -> None:
    """One cipher both ways; `secret` is the key's material, if it is known."""
    msg = message(16, 2048, 16) if alg.endswith("ECB") else message()
    for aad in ([b"", message(1, 256), message(32, 32)] if alg.endswith("GCM") else [b""]):
        extra = {**more, **({"aad": aad} if aad else {})}
        sealed = key.encrypt(msg, alg, **extra)
        sizes = {name: len(value) for name, value in sealed.items() if name != "ciphertext"}
        assert sizes == {"ECB": {}, "CBC": {"iv": 16}, "GCM": {"iv": 16, "tag": 16}}[alg[7:]]
        assert key.decrypt(sealed, alg, **extra) == msg
        if secret is not None:
            assert oracle.aes_open(secret, alg, sealed, aad) == msg, alg
            assert key.decrypt(oracle.aes_seal(secret, alg, msg, aad), alg, **extra) == msg, alg
        if alg.endswith("GCM"):
            for name in ("tag", "iv", "ciphertext"):
                changed = {**sealed, name: flipped(sealed[name])}
                refused(406, key.decrypt, changed, alg, **extra)
            refused(406, key.decrypt, sealed, alg, **{**more, "aad": flipped(aad or b"\0")})
    if alg.endswith("ECB"):
        refused(400, key.encrypt, msg[:-1], alg, **more)
    else:
        again = key.encrypt(msg, alg, **more)
        assert again["iv"] != sealed["iv"], "a fresh iv each time"
    if alg.endswith("CBC"):
        short = key.encrypt(b"short", alg, **more)
        # Its 11 bytes of padding say that they are none.
        short["iv"] = short["iv"][:15] + bytes([short["iv"][15] ^ 11])
        refused(406, key.decrypt, short, alg, **more)


def wrap(key: Key, secret: bytes | None, alg: str, **more) -> None:
    """Key wrap both ways, with the usual initial value and another."""
    size = int(alg[3:]) // 8
    for iv in (None, message(8, 8)):
        msg = message(16, 2048, 8)
        wrapped = key.wrap(msg, alg, iv=iv, **more)
        if secret is not None:
            assert wrapped == oracle.key_wrap(secret[:size], msg, iv or b"\xa6" * 8), alg
        assert key.unwrap(wrapped, alg, iv=iv, **more) == msg
        refused(406, key.unwrap, flipped(wrapped), alg, iv=iv, **more)
    refused(406, key.wrap, msg[:8], alg, **more)
    refused(406, key.wrap, msg[:16] + b"part", alg, **more)
    refused(400, key.unwrap, wrapped[:-1], alg, **more)


def stored_aes(key: Key, kind: str, secret: bytes | None) -> None:
    """Every cipher that an AES key is long enough for."""
    bits = int(kind[3:])
    for alg in CIPHERS:
        if int(alg[3:6]) <= bits:
            cipher(key, secret, alg)
        else:
            refused(406, key.encrypt, b"a" * 16, alg)
    for wanted in KEY_BITS:
        if wanted <= bits:
            wrap(key, secret, f"AES{wanted}")
        else:
            refused(406, key.wrap, b"a" * 16, f"AES{wanted}")
    if bits == 256:
        assert key.unwrap(key.wrap(b"a" * 16)) == b"a" * 16
    else:
        refused(406, key.wrap, b"a" * 16)


def ml_kem(key: Key, kind: str, public: bytes) -> None:
    """Both sides here, and the other side elsewhere."""
    made = key.encapsulate()
    assert made["alg"] == kind and len(made["ss"]) == 32
    assert key.decapsulate(made["ct"]) == {"alg": kind, "ss": made["ss"]}
    secret, ciphertext = oracle.encapsulate(kind, public)
    assert len(ciphertext) == len(made["ct"])
    assert key.decapsulate(ciphertext)["ss"] == secret, kind
    # A changed ciphertext gives another secret, not a failure.
    assert key.decapsulate(flipped(ciphertext))["ss"] != secret
    refused(406, key.decapsulate, ciphertext[:-1])


def ml_dsa(key: Key, kind: str, public: bytes) -> None:
    """Signatures made here and verified elsewhere."""
    for ctx in (b"", message(1, 254), message(255, 255)):
        msg = message(1, SIGNED_MAX)
        made = key.sign_ml_dsa(msg, ctx=ctx or None)
        assert made["alg"] == kind
        assert oracle.ml_dsa_verifies(kind, public, msg, ctx, made["sign"]), kind
        assert key.verifies_ml_dsa(msg, made["sign"], ctx=ctx or None)
        assert not key.verifies_ml_dsa(msg, flipped(made["sign"]), ctx=ctx or None)
        assert not key.verifies_ml_dsa(msg, made["sign"], ctx=flipped(ctx or b"\0"))


def verify_ml_dsa(key: Key, kind: str, private) -> None:
    """Signatures made elsewhere, with the public half brought in."""
    msg, ctx = message(1, SIGNED_MAX), message(1, 255)
    assert key.verifies_ml_dsa(msg, private.sign(msg, ctx), ctx=ctx)
    assert not key.verifies_ml_dsa(flipped(msg), private.sign(msg, ctx), ctx=ctx)
    refused(406, key.sign_ml_dsa, msg)


def everything(key: Key, kind: str, public: bytes | None, secret: bytes | None = None) -> None:
    """All that a key of a type does; `secret` is its private half, if it is known."""
    if kind in CURVES:
        sign_ecdsa(key, kind, public)
        agree(key, kind, public)
    elif kind in MONTGOMERY:
        agree(key, kind, public)
    elif kind in oracle.SCHEMES:
        sign_eddsa(key, kind, public, secret)
        refused(406, key.agree, ext_kid=key.kid)
    elif kind in MACS:
        stored_mac(key, kind, secret)
        refused(406, key.sign, b"a", "Ed25519")
    elif kind in ML_KEM:
        ml_kem(key, kind, public)
    elif kind in ML_DSA:
        ml_dsa(key, kind, public)
    else:
        stored_aes(key, kind, secret)
        refused(406, key.mac, b"a")
