"""Random inputs; the same again with `TEST_SEED`."""

import os
import random
import time

from Crypto.Cipher import DES3

SEED = int(os.environ.get("TEST_SEED") or time.time_ns() % 2**32)
RANDOM = random.Random(SEED)
print(f"TEST_SEED={SEED}")

KEY_BYTES = {"TDES_2KEY": 16, "TDES_3KEY": 24, "AES_128": 16, "AES_192": 24, "AES_256": 32,
             "HMAC_SHA224": 28, "HMAC_SHA256": 32, "HMAC_SHA384": 48, "HMAC_SHA512": 64}
# spec: payments 3.1, 3.2
TDES_BITS_MAX = 10
AES_BITS_MAX = 16


def hexed(data: bytes) -> str:
    """As the API writes bytes."""
    return data.hex().upper()


def octets(count: int) -> bytes:
    """Random bytes."""
    return RANDOM.randbytes(count)


def key(algorithm: str) -> bytes:
    """A key, of odd parity where parity is a rule."""
    made = octets(KEY_BYTES[algorithm])
    return DES3.adjust_key_parity(made) if algorithm.startswith("TDES") else made


def digits(least: int, most: int | None = None) -> str:
    """Random digits, `least` to `most` of them."""
    count = RANDOM.randint(least, most or least)
    return "".join(RANDOM.choice("0123456789") for _ in range(count))


def luhn(number: str) -> int:
    """The check digit to put behind `number`."""
    sums = (int(one) if at % 2 else sum(divmod(2 * int(one), 10))
            for at, one in enumerate(reversed(number)))
    return -sum(sums) % 10


def pan(least: int = 12, most: int = 19) -> str:
    """An account number with its check digit."""
    body = digits(least - 1, most - 1)
    return f"{body}{luhn(body)}"


def pin(least: int = 4, most: int = 12) -> str:
    """A PIN."""
    return digits(least, most)


def other_digits(value: str) -> str:
    """As long, with one digit changed."""
    at = RANDOM.randrange(len(value))
    return value[:at] + str((int(value[at]) + RANDOM.randint(1, 9)) % 10) + value[at + 1:]


def message(least: int = 1, most: int = 200, step: int = 1) -> bytes:
    """Random bytes of a random length."""
    return octets(RANDOM.randrange(least, most + 1, step))


def expiry() -> str:
    """YYMM."""
    return f"{RANDOM.randint(24, 39):02}{RANDOM.randint(1, 12):02}"


def counter(bits: int, ones_max: int) -> int:
    """A transaction counter with at least one and at most `ones_max` of its bits set."""
    ones = RANDOM.randint(1, ones_max)
    return sum(1 << at for at in RANDOM.sample(range(bits), ones))


def tdes_ksn(bits: int = 21) -> bytes:
    """Ten bytes; the counter uses the low `bits`."""
    device = int.from_bytes(octets(10), "big") >> 21 << 21
    return (device | counter(bits, min(bits, TDES_BITS_MAX))).to_bytes(10, "big")


def aes_ksn() -> bytes:
    """Twelve bytes."""
    return octets(8) + counter(32, AES_BITS_MAX).to_bytes(4, "big")
