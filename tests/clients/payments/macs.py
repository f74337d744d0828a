"""MACs by psec, pycryptodome and the standard library."""
# spec: payments 6

import hmac

from psec.mac import Algorithm, generate_cbc_mac, generate_retail_mac

from .ciphers import cmac

HASHES = {"HMAC_SHA224": "sha224", "HMAC_SHA256": "sha256", "HMAC_SHA384": "sha384",
          "HMAC_SHA512": "sha512"}


def cbc(key: bytes, data: bytes, padding: int = 1) -> bytes:
    """ISO 9797-1 algorithm 1 over triple DES, or DES with eight bytes of key."""
    return generate_cbc_mac(key, data, padding, algorithm=Algorithm.DES)


def retail(key: bytes, data: bytes, padding: int = 1) -> bytes:
    """ISO 9797-1 algorithm 3."""
    return generate_retail_mac(key[:8], key[8:16], data, padding)


def keyed_hash(algorithm: str, key: bytes, data: bytes) -> bytes:
    """HMAC."""
    return hmac.new(key, data, HASHES[algorithm]).digest()


def mac(method: str, algorithm: str, key: bytes, data: bytes, padding: int = 1) -> bytes:
    """By the API's name of a method."""
    if method == "ISO9797_ALGORITHM1":
        return cbc(key, data, padding)
    if method == "ISO9797_ALGORITHM3":
        return retail(key, data, padding)
    if method == "CMAC":
        return cmac(algorithm, key, data)
    return keyed_hash(algorithm if method == "HMAC" else method, key, data)
