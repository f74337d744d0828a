"""An RSA key and its signatures as OpenSSL computes them. Usage: openssl_rsa.py BITS COUNT.

The first line has dP, dQ, p, q and qInv in hex, each behind its length of 16 bits. The others have
a padded message and its signature: input and output of the private operation.
"""

import os
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

# DER of DigestInfo for SHA-256, up to the digest. RFC 8017, 9.2, note 1.
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


def padded(size, digest):
    """EMSA-PKCS1-v1_5 of a SHA-256 digest."""
    info = SHA256_INFO + digest
    return b"\x00\x01" + b"\xff" * (size - 3 - len(info)) + b"\x00" + info


def part(number):
    """A number behind its length."""
    size = (number.bit_length() + 7) // 8
    return (size.to_bytes(2, "big") + number.to_bytes(size, "big")).hex()


def main(bits, count):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    numbers = key.private_numbers()
    parts = numbers.dmp1, numbers.dmq1, numbers.p, numbers.q, pow(numbers.q, -1, numbers.p)
    print("".join(part(number) for number in parts))
    for _ in range(count):
        digest = os.urandom(32)
        signature = key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        print(padded(bits // 8, digest).hex(), signature.hex())


main(*map(int, sys.argv[1:]))
