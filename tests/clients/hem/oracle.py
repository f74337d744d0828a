"""What other implementations say: `cryptography` and `pycryptodome`, on fresh random inputs."""
# spec: encedo-hem 5.1, 5.5, 6

import hashlib
import hmac
import os
import random
import time

from Crypto.Cipher import AES
from Crypto.Hash import SHA512, SHAKE256
from Crypto.Signature import eddsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed448, ed25519, mldsa, mlkem, x448, x25519)
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from kyber_py.ml_kem import ML_KEM_512

from .keys import AES as AES_TYPES
from .keys import CURVES, EDWARDS, MACS, public_key

HASHES = {"SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512",
          "SHA3-256": "sha3_256", "SHA3-384": "sha3_384", "SHA3-512": "sha3_512"}
ECDSA = {"SHA256WithECDSA": hashes.SHA256(), "SHA384WithECDSA": hashes.SHA384(),
         "SHA512WithECDSA": hashes.SHA512()}
SCHEMES = {"ED25519": ("Ed25519", "Ed25519ph", "Ed25519ctx"), "ED448": ("Ed448", "Ed448ph")}
ORDER_BITS_CLEARED = {"SECP521R1": 7}
PRIVATE_BYTES = {"SECP256R1": 32, "SECP384R1": 48, "SECP521R1": 66, "SECP256K1": 32,
                 "CURVE25519": 32, "CURVE448": 56, "ED25519": 32, "ED448": 57}
MESSAGE_BYTES_MAX = 2048
SEED = int(os.environ.get("TEST_SEED") or time.time_ns() % 2**32)
RANDOM = random.Random(SEED)
print(f"TEST_SEED={SEED}")


def message(least: int = 1, most: int = MESSAGE_BYTES_MAX, step: int = 1) -> bytes:
    """Random bytes of a random length."""
    return RANDOM.randbytes(RANDOM.randrange(least, most + 1, step))


def mac(hash_name: str, key: bytes, msg: bytes) -> bytes:
    """HMAC."""
    return hmac.new(key, msg, HASHES[hash_name]).digest()


def digest(hash_name: str, data: bytes) -> bytes:
    """A hash."""
    return hashlib.new(HASHES[hash_name], data).digest()


def hkdf(secret: bytes, info: bytes, size: int) -> bytes:
    """HKDF-SHA256 without salt."""
    return HKDF(hashes.SHA256(), size, salt=None, info=info).derive(secret)


class Party:
    """A pair of ours on any curve for agreement."""

    def __init__(self, kind: str):
        self.kind = kind
        makers = {"CURVE25519": x25519.X25519PrivateKey.generate,
                  "CURVE448": x448.X448PrivateKey.generate}
        if kind in CURVES:
            self.private = ec.generate_private_key(CURVES[kind])
        else:
            self.private = makers[kind]()
        self.public = public_bytes(kind, self.private.public_key())

    def agree(self, public: bytes) -> bytes:
        """The secret with the holder of `public`."""
        other = public_key(self.kind, public)
        if self.kind in CURVES:
            return self.private.exchange(ec.ECDH(), other)
        return self.private.exchange(other)


def public_bytes(kind: str, public) -> bytes:
    """A public half as the API shows it."""
    if kind in CURVES:
        return public.public_bytes(serialization.Encoding.X962,
                                   serialization.PublicFormat.CompressedPoint)
    return public.public_bytes_raw()


def derived_size(kind: str) -> int:
    """Bytes of the secret of a key."""
    if kind in MACS:
        return int(kind[-3:]) // 8
    return int(kind[3:]) // 8 if kind in AES_TYPES else PRIVATE_BYTES[kind]


def derived(kind: str, secret: bytes) -> bytes:
    """The secret of a key that is derived of an agreed one."""
    key = bytearray(hkdf(secret, f"encedo-{kind}".encode(), derived_size(kind)))
    key[0] &= 0xFF >> ORDER_BITS_CLEARED.get(kind, 0)
    return bytes(key)


def public_of(kind: str, private: bytes) -> bytes:
    """The public half of a secret."""
    classes = {"ED25519": ed25519.Ed25519PrivateKey, "ED448": ed448.Ed448PrivateKey,
               "CURVE25519": x25519.X25519PrivateKey, "CURVE448": x448.X448PrivateKey}
    if kind in CURVES:
        key = ec.derive_private_key(int.from_bytes(private, "big"), CURVES[kind])
    else:
        key = classes[kind].from_private_bytes(private)
    return public_bytes(kind, key.public_key())


def ecdsa_verifies(kind: str, public: bytes, alg: str, msg: bytes, sign: bytes) -> bool:
    """Whether a signature is right."""
    try:
        public_key(kind, public).verify(sign, msg, ec.ECDSA(ECDSA[alg]))
        return True
    except InvalidSignature:
        return False


def prehashed(alg: str, msg: bytes):
    """What `pycryptodome` takes for a variant: the message, or its running hash."""
    return {"Ed25519ph": SHA512.new, "Ed448ph": SHAKE256.new}.get(alg, lambda data: data)(msg)


def eddsa_verifies(public: bytes, alg: str, msg: bytes, ctx: bytes, sign: bytes) -> bool:
    """Whether a signature is right."""
    key = eddsa.import_public_key(public)
    try:
        eddsa.new(key, "rfc8032", context=ctx).verify(prehashed(alg, msg), sign)
        return True
    except ValueError:
        return False


def eddsa_sign(private: bytes, alg: str, msg: bytes, ctx: bytes) -> bytes:
    """The one signature of a message."""
    key = eddsa.import_private_key(private)
    return eddsa.new(key, "rfc8032", context=ctx).sign(prehashed(alg, msg))


def eddsa_seed(kind: str) -> bytes:
    """A new private half."""
    assert kind in EDWARDS
    return RANDOM.randbytes(PRIVATE_BYTES[kind])


def contexts(alg: str) -> list[bytes]:
    """Contexts to try a scheme with; `Ed25519` has none, `Ed25519ctx` needs one."""
    if alg == "Ed25519":
        return [b""]
    longest = [RANDOM.randbytes(255), message(1, 254)]
    return longest if alg == "Ed25519ctx" else [b""] + longest


def aes_open(key: bytes, alg: str, sealed: dict, aad: bytes) -> bytes:
    """What a ciphertext says; raises `ValueError`."""
    key, mode = key[:int(alg[3:6]) // 8], alg[7:]
    if mode == "ECB":
        return AES.new(key, AES.MODE_ECB).decrypt(sealed["ciphertext"])
    if mode == "CBC":
        padded = AES.new(key, AES.MODE_CBC, iv=sealed["iv"]).decrypt(sealed["ciphertext"])
        pad = padded[-1]
        if padded[-pad:] != bytes([pad]) * pad:
            raise ValueError("padding")
        return padded[:-pad]
    cipher = AES.new(key, AES.MODE_GCM, nonce=sealed["iv"])
    cipher.update(aad)
    return cipher.decrypt_and_verify(sealed["ciphertext"], sealed["tag"])


def aes_seal(key: bytes, alg: str, msg: bytes, aad: bytes) -> dict:
    """A ciphertext of ours, in the form of the API's."""
    key, mode, iv = key[:int(alg[3:6]) // 8], alg[7:], RANDOM.randbytes(16)
    if mode == "ECB":
        return {"ciphertext": AES.new(key, AES.MODE_ECB).encrypt(msg)}
    if mode == "CBC":
        pad = 16 - len(msg) % 16
        padded = msg + bytes([pad]) * pad
        return {"ciphertext": AES.new(key, AES.MODE_CBC, iv=iv).encrypt(padded), "iv": iv}
    cipher = AES.new(key, AES.MODE_GCM, nonce=iv)
    cipher.update(aad)
    ciphertext, tag = cipher.encrypt_and_digest(msg)
    return {"ciphertext": ciphertext, "iv": iv, "tag": tag}


def key_wrap(key: bytes, msg: bytes, iv: bytes) -> bytes:
    """RFC 3394, 2.2.1, with any initial value."""
    cipher = AES.new(key, AES.MODE_ECB)
    blocks = [msg[at:at + 8] for at in range(0, len(msg), 8)]
    chain = iv
    for count in range(6 * len(blocks)):
        at = count % len(blocks)
        both = cipher.encrypt(chain + blocks[at])
        chain = (int.from_bytes(both[:8], "big") ^ (count + 1)).to_bytes(8, "big")
        blocks[at] = both[8:]
    return chain + b"".join(blocks)


def encapsulate(kind: str, public: bytes) -> tuple[bytes, bytes]:
    """Secret and ciphertext for the holder of an ML-KEM key."""
    if kind == "MLKEM512":
        return ML_KEM_512.encaps(public)
    classes = {"MLKEM768": mlkem.MLKEM768PublicKey, "MLKEM1024": mlkem.MLKEM1024PublicKey}
    return classes[kind].from_public_bytes(public).encapsulate()


ML_DSA = {"MLDSA44": (mldsa.MLDSA44PublicKey, mldsa.MLDSA44PrivateKey),
          "MLDSA65": (mldsa.MLDSA65PublicKey, mldsa.MLDSA65PrivateKey),
          "MLDSA87": (mldsa.MLDSA87PublicKey, mldsa.MLDSA87PrivateKey)}


def ml_dsa_verifies(kind: str, public: bytes, msg: bytes, ctx: bytes, sign: bytes) -> bool:
    """Whether an ML-DSA signature is right."""
    try:
        ML_DSA[kind][0].from_public_bytes(public).verify(sign, msg, ctx)
        return True
    except InvalidSignature:
        return False
