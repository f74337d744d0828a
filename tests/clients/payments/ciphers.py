"""Modes of ciphers by pycryptodome, and check values of keys."""
# spec: payments 4.5, 7

import hmac

from Crypto.Cipher import AES, DES3
from Crypto.Hash import CMAC
from Crypto.Util import Counter

CTR_BITS = 128
# Of CFB; the name without a number means whole blocks.
SEGMENT_BITS = {"CFB8": 8, "CFB64": 64, "CFB128": 128}


def module(algorithm: str):
    """Triple DES or AES."""
    return DES3 if algorithm.startswith("TDES") else AES


def block(algorithm: str) -> int:
    """Bytes of a block."""
    return module(algorithm).block_size


def cipher(algorithm: str, key: bytes, mode: str, iv: bytes | None):
    """That of pycryptodome."""
    made, size = module(algorithm), block(algorithm)
    iv = bytes(size) if iv is None else iv
    if mode == "ECB":
        return made.new(key, made.MODE_ECB)
    if mode == "CTR":
        start = Counter.new(CTR_BITS, initial_value=int.from_bytes(iv, "big"))
        return made.new(key, made.MODE_CTR, counter=start)
    if mode.startswith("CFB"):
        bits = SEGMENT_BITS.get(mode, 8 * size)
        return made.new(key, made.MODE_CFB, iv=iv, segment_size=bits)
    return made.new(key, {"CBC": made.MODE_CBC, "OFB": made.MODE_OFB}[mode], iv=iv)


def cfb1(algorithm: str, key: bytes, iv: bytes | None, data: bytes, backwards: bool) -> bytes:
    """CFB of single bits, which pycryptodome lacks."""
    size = block(algorithm)
    ecb = module(algorithm).new(key, module(algorithm).MODE_ECB)
    register, out = int.from_bytes(iv or bytes(size), "big"), 0
    for at in range(8 * len(data)):
        bit = data[at // 8] >> 7 - at % 8 & 1
        top = ecb.encrypt(register.to_bytes(size, "big"))[0] >> 7
        fed = bit if backwards else bit ^ top
        register = (register << 1 | fed) & ((1 << 8 * size) - 1)
        out = out << 1 | (bit ^ top)
    return out.to_bytes(len(data), "big")


def encrypt(algorithm: str, key: bytes, mode: str, iv: bytes | None, data: bytes) -> bytes:
    """In any mode but GCM."""
    if mode == "CFB1":
        return cfb1(algorithm, key, iv, data, backwards=False)
    return cipher(algorithm, key, mode, iv).encrypt(data)


def decrypt(algorithm: str, key: bytes, mode: str, iv: bytes | None, data: bytes) -> bytes:
    """In any mode but GCM."""
    if mode == "CFB1":
        return cfb1(algorithm, key, iv, data, backwards=True)
    return cipher(algorithm, key, mode, iv).decrypt(data)


def gcm_seal(key: bytes, nonce: bytes, aad: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and tag."""
    made = AES.new(key, AES.MODE_GCM, nonce=nonce)
    made.update(aad)
    return made.encrypt_and_digest(data)


def gcm_open(key: bytes, nonce: bytes, aad: bytes, data: bytes, tag: bytes) -> bytes:
    """The plaintext; raises `ValueError`."""
    made = AES.new(key, AES.MODE_GCM, nonce=nonce)
    made.update(aad)
    return made.decrypt_and_verify(data, tag)


def cmac(algorithm: str, key: bytes, data: bytes) -> bytes:
    """SP 800-38B."""
    return CMAC.new(key, data, ciphermod=module(algorithm)).digest()


def check_value(algorithm: str, key: bytes, kind: str | None = None, size: int = 3) -> str:
    """Of a key, of the kind that is usual for its algorithm unless another is named."""
    if algorithm.startswith("HMAC"):
        made = hmac.new(key, b"", algorithm.removeprefix("HMAC_")).digest()
    elif (kind or ("ANSI_X9_24" if algorithm.startswith("TDES") else "CMAC")) == "CMAC":
        made = cmac(algorithm, key, bytes(block(algorithm)))
    else:
        made = encrypt(algorithm, key, "ECB", None, bytes(block(algorithm)))
    return made[:size].hex().upper()
